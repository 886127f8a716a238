"""The duel without a window: a bot plays one match, and what happens is told. Nothing here needs arcade."""

from __future__ import annotations

from typing import Final

import gamenet as gn
from gamenet.engines.headless import run

from .herald import Herald, standings, tell
from .world import Duel, Phase

_PARTING: Final = 3.0  # seconds after a match within which a host waits for the others to go


def play(net: gn.Session[Duel], seconds: float = 0) -> int:
    """Plays one match to its end, or for so many seconds.

    Returns:
        The process's exit code: 0 when it went so, 1 when the session ended before.
    """
    Herald(net)
    ending = Ending(net, seconds)
    run(net)
    if not ending.done:
        tell(net.problem or "the session was closed")
    return 0 if ending.done else 1


class Ending:
    """Closes the session after the match, or after so many seconds; 0 is no limit."""

    def __init__(self, net: gn.Session[Duel], seconds: float = 0) -> None:
        self._net, self._left, self._parting = net, seconds or float("inf"), _PARTING
        self.done = False
        net.each_tick(self._look)

    def _look(self, dt: float) -> None:
        self._left -= dt
        if not self.done and self._net.room.phase is Phase.WON:
            self.done = True
        elif not self.done and self._left <= 0:
            self.done = True
            tell(f"the duel so far: {standings(self._net)}")
        if self.done:
            self._part(dt)

    def _part(self, dt: float) -> None:
        """Who hosts lets the others go first, because the game ends with the host."""
        self._parting -= dt
        if not self._net.is_host or len(self._net.peers) < 2 or self._parting <= 0:
            self._net.close()
