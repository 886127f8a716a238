"""Tells in the terminal what happens, line by line: also the code, so that it can be copied."""

from __future__ import annotations

from functools import partial

import gamenet as gn

from .scene import winner
from .world import Duel, Duellist, Phase

tell = partial(print, flush=True)  # also when a file or a pipe listens


class Herald:
    """Shape of what it tells: "code K7QX-3MNP", "port 27015", "Ada came", "Ada left the game", "round 1: Ada",
    "the duel: Ada 5, Grace 3"."""

    def __init__(self, net: gn.Session[Duel]) -> None:
        self._net = net
        self._code, self._round, self._won = "", 0, 0
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
        if room.phase is Phase.WON and room.round != self._won:
            self._won = room.round
            tell(f"the duel: {standings(net)}")


def standings(net: gn.Session[Duel]) -> str:
    """As "Ada 5, Grace 3": the best first."""
    ranked = sorted(net.all(Duellist), key=lambda who: (-who.score, who.seat))
    return ", ".join(f"{who.name} {who.score}" for who in ranked)
