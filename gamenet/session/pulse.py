"""The two clocks of a tie to a peer: that of the path, and that of the game behind it."""

from __future__ import annotations

from .patience import PATH_PATIENCE


class Pulse:
    """Is the path alive, and is the game behind it?

    *Path*: the other end's transport acknowledges reliable bytes even while its game hangs, so bytes that stay
    unacknowledged for `PATH_PATIENCE` mean that the path, or the process, is gone. What counts is progress: the bytes
    that were given to the connection, less those unacknowledged. *Game*: the last message from the peer's session.
    """

    __slots__ = ("_given", "_progress", "heard_at", "path_at")

    def __init__(self, now: float) -> None:
        self.heard_at = self.path_at = now
        self._given = self._progress = 0

    def gave(self, size: int) -> None:
        """Reliable bytes were given to the connection."""
        self._given += size

    def look(self, now: float, unacknowledged: int) -> None:
        """The connection's count of reliable bytes on their way."""
        progress = self._given - unacknowledged
        if progress > self._progress or unacknowledged == 0:
            self.path_at = now
        self._progress = progress

    def path_lost(self, now: float) -> bool:
        return now - max(self.path_at, self.heard_at) > PATH_PATIENCE
