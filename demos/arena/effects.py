"""What is only for the eye: sparks where something was hit. Found by looking at what changed between two frames."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

from . import rules

_FADE: Final = 0.7  # seconds


class Ship(rules.Point, Protocol):
    """What the effects need to see of a ship."""

    hp: int
    color: int


@dataclass
class Spark:
    """A dot that flies and fades; `age` goes from 0 to 1."""

    x: float
    y: float
    vx: float
    vy: float
    color: int
    size: float
    age: float = 0.0


class Effects:
    """Sparks of one window."""

    def __init__(self, seed: int = 0) -> None:
        self.sparks: list[Spark] = []
        self._hp: dict[int, int] = {}
        self._rng = Random(seed)

    def look(self, ships: Iterable[tuple[int, Ship]], dt: float) -> None:
        """One frame: ships by number. Whoever has lost hp since the last look gives sparks, a destroyed one many."""
        hp: dict[int, int] = {}
        for number, ship in ships:
            hp[number] = ship.hp
            if ship.hp < self._hp.get(number, ship.hp):
                self._burst(ship, 9 if ship.hp else 46)
        self._hp = hp
        for spark in self.sparks:
            spark.x, spark.y, spark.age = spark.x + spark.vx * dt, spark.y + spark.vy * dt, spark.age + dt / _FADE
        self.sparks = [spark for spark in self.sparks if spark.age < 1]

    def _burst(self, ship: Ship, count: int) -> None:
        for _ in range(count):
            heading, speed = self._rng.uniform(0, math.tau), self._rng.uniform(20, 60 + 4 * count)
            vx, vy = math.cos(heading) * speed, math.sin(heading) * speed
            self.sparks.append(Spark(ship.x, ship.y, vx, vy, ship.color, self._rng.uniform(1.5, 4)))
