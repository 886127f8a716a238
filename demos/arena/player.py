"""What a player does through a session: fly, fire, talk. Windows and bots use the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gamenet as gn

from . import rules
from .rules import Controls
from .world import Arena, Phase, Ship


@dataclass
class Asked:
    """Calls to the host: how many were made and what became of them."""

    made: int = 0
    answered: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)

    def next(self) -> int:
        self.made += 1
        return self.made

    def note(self, call: gn.Call[Any]) -> None:
        """Takes an answer; the host's `False` counts as a refusal that is no error."""
        self.answered += 1
        if call.error:
            self.errors.append(call.error)
        elif call.value is False:
            self.refused += 1


class Player:
    """The hands of one session."""

    def __init__(self, net: gn.Session[Arena]) -> None:
        self.net = net
        self.fired, self.said = Asked(), Asked()

    @property
    def ship(self) -> Ship | None:
        """Mine, as soon as the host gave me one."""
        return self.net.mine(Ship)

    def fly(self, controls: Controls, dt: float) -> None:
        """One frame at the controls; nothing happens without a living ship or between rounds."""
        ship = self.ship
        if ship is None or not ship.ready or self.net.room.phase is Phase.OVER:
            return
        rules.steer(ship, controls, dt)
        if rules.trigger(ship, controls, dt):
            ship.fire.call(self.fired.next(), ship.x, ship.y, ship.angle).then(self.fired.note)

    def say(self, text: str) -> None:
        self.net.room.say.call(self.said.next(), text[:120]).then(self.said.note)
