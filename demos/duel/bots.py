"""Bots: duellists of this session that pilots play."""

from __future__ import annotations

from random import Random
from typing import Final

import gamenet as gn

from .pilot import Pilot
from .world import Disc, Duel, Duellist

NAMES: Final = ("Ada", "Grace", "Linus", "Hedy")


def add(net: gn.Session[Duel], count: int) -> None:
    """host: so many bots take a seat, after the player, so that the player's is the first of mine."""

    @net.on("peer_joined")
    def sit(peer: gn.Peer) -> None:
        for name in NAMES[:count] if peer.is_me and net.is_host else ():
            net.room.welcome(None, name)


def play(net: gn.Session[Duel], *, mine: bool = False, seed: int = 0) -> None:
    """Pilots play the bots of this session; with `mine` the player's own duellist, too, who then is always ready."""
    pilots: dict[int, Pilot] = {}

    @net.each_tick
    def think(dt: float) -> None:
        for who in net.all(Duellist):
            if who.mine and (who.bot or mine):
                who.ready = True
                _act(net, who, pilots.setdefault(who.seat, Pilot(Random(seed + who.seat))), dt)


def _act(net: gn.Session[Duel], who: Duellist, pilot: Pilot, dt: float) -> None:
    others = [other for other in net.all(Duellist) if other is not who]
    discs = [disc for disc in net.all(Disc) if disc.seat != who.seat]
    who.act(pilot.decide(who, others, discs, dt), dt)
