"""The duel without a window: a bot plays, and what happens is told line by line. Nothing here needs arcade."""

from __future__ import annotations

from functools import partial
from typing import Final

import gamenet as gn
from gamenet.engines.headless import run

from .scene import winner
from .world import Duel, Duellist, Phase

tell = partial(print, flush=True)  # also when a file or a pipe listens
_PARTING: Final = 3.0  # seconds after a match within which a host waits for the others to go


def play(net: gn.Session[Duel], seconds: float = 0) -> int:
    """Plays one match to its end, or for so many seconds.

    Returns:
        The process's exit code: 0 when it went so, 1 when the session ended before.
    """
    herald = Herald(net, seconds)
    run(net)
    if not herald.done:
        tell(net.problem or "the session was closed")
    return 0 if herald.done else 1


class Herald:
    """Tells what changes, and closes the session when all is told.

    Shape of what it tells: "code K7QX-3MNP", "port 27015", "Ada came", "Ada left the game", "round 1: Ada",
    "the duel: Ada 5, Grace 3".
    """

    def __init__(self, net: gn.Session[Duel], seconds: float = 0) -> None:
        self._net, self._left = net, seconds or float("inf")
        self._code, self._round, self._parting = "", 0, _PARTING
        self.done = False
        net.each_tick(self._look)
        net.on("peer_joined")(lambda peer: tell(f"{peer.name} came"))
        net.on("peer_left")(lambda peer, reason: tell(f"{peer.name} {reason}"))
        port = net.address.rpartition(":")[2]
        if port.isdigit():
            tell(f"port {port}")

    def _look(self, dt: float) -> None:
        net, room = self._net, self._net.room
        if net.code != self._code:
            self._code = net.code
            tell(f"code {net.code}")
        if room.phase is Phase.PAUSE and room.round != self._round:
            self._round = room.round
            tell(f"round {room.round}: {winner(net) or 'nobody'}")
        self._left -= dt
        if self._left <= 0 or room.phase is Phase.WON:
            self._end(dt)

    def _end(self, dt: float) -> None:
        """The result; who hosts lets the others go first, because the game ends with the host."""
        if not self.done:
            self.done = True
            tell(f"the duel: {standings(self._net)}")
        self._parting -= dt
        if not self._net.is_host or len(self._net.peers) < 2 or self._parting <= 0:
            self._net.close()


def standings(net: gn.Session[Duel]) -> str:
    """As "Ada 5, Grace 3": the best first."""
    ranked = sorted(net.all(Duellist), key=lambda who: (-who.score, who.seat))
    return ", ".join(f"{who.name} {who.score}" for who in ranked)
