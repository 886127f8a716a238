"""Bots: players without hands. They talk a little, too."""

from __future__ import annotations

from random import Random
from typing import Final

import gamenet as gn

from .pilot import Pilot
from .player import Player
from .world import Arena, Phase, Pickup, Ship

NAMES: Final = ("Ada", "Grace", "Linus", "Margaret", "Dennis", "Barbara", "Ken", "Radia", "Edsger", "Frances", "Hedy")
LINES: Final = ("hello", "good luck", "nice shot", "that was close", "who has the star?", "over here", "ouch", "again!")
TALK: Final = 9.0  # seconds between lines, on average


class Bot:
    """One session flown by a pilot."""

    def __init__(self, net: gn.Session[Arena], seed: int = 0) -> None:
        self.player, self._rng = Player(net), Random(seed)
        self._pilot = Pilot(self._rng)
        self._silent = self._rng.uniform(2, TALK)

        @net.each_tick
        def think(dt: float) -> None:
            self.think(dt)

    def think(self, dt: float) -> None:
        """One tick: look, decide, act."""
        net, ship = self.player.net, self.player.ship
        if ship is None or net.room.phase is Phase.OVER:
            return
        others = [other for other in net.all(Ship) if other is not ship]
        self.player.fly(self._pilot.decide(ship, others, net.all(Pickup), dt), dt)
        self._talk(dt)

    def _talk(self, dt: float) -> None:
        self._silent -= dt
        if self._silent <= 0:
            self._silent = self._rng.uniform(0.5, 1.5) * TALK
            self.player.say(self._rng.choice(LINES))
