"""What one window saw: which ships, and how far each moved on its screen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from . import rules

_JUMP: Final = 100.0
"""Pixels in one frame: more is no flight but a new life somewhere else."""


class Ship(rules.Point, Protocol):
    """What a witness needs to see of a ship."""

    name: str
    score: int


@dataclass
class Sighting:
    """One ship as it was drawn."""

    name: str
    x: float
    y: float
    moved: float = 0.0
    frames: int = 0
    score: int = 0


class Witness:
    """Looks at what is drawn, frame by frame."""

    def __init__(self) -> None:
        self.frames = 0
        self.seen: dict[int, Sighting] = {}

    def look(self, ships: Iterable[tuple[int, Ship]]) -> None:
        """One picture: ships by number, at their drawn places."""
        self.frames += 1
        for number, ship in ships:
            before = self.seen.setdefault(number, Sighting(ship.name, ship.x, ship.y))
            step = math.dist((before.x, before.y), (ship.x, ship.y))
            before.moved += step if step < _JUMP else 0.0
            before.name, before.x, before.y, before.score = ship.name, ship.x, ship.y, ship.score
            before.frames += 1
