"""Signals that wait for somebody to carry them; early ones leave twice.

A signal that is lost comes again only after half a second or a second, so those of an attempt's first second are sent
again 50 ms later: doubled signals do no harm.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

AGAIN_AFTER: Final = 0.05
"""Seconds between the two; not at once, as what loses one may lose its neighbour, too."""
MOST_WAITING: Final = 4096
"""Signals that nobody carried; beyond, the oldest go, and come again like any that is lost."""


class _Copy(NamedTuple):
    due: float
    to: str
    data: bytes


class Post:
    """What is to be carried, oldest first."""

    def __init__(self) -> None:
        self._ready: deque[tuple[str, bytes]] = deque(maxlen=MOST_WAITING)
        self._copies: deque[_Copy] = deque(maxlen=MOST_WAITING)

    def put(self, now: float, to: str, data: bytes, *, twice: bool) -> None:
        self._ready.append((to, data))
        if twice:
            self._copies.append(_Copy(now + AGAIN_AFTER, to, data))

    def tend(self, now: float) -> None:
        """Copies whose time has come are ready."""
        while self._copies and self._copies[0].due <= now:
            _, to, data = self._copies.popleft()
            self._ready.append((to, data))

    def take(self) -> list[tuple[str, bytes]]:
        """To whom by address, and what."""
        ready = list(self._ready)
        self._ready.clear()
        return ready
