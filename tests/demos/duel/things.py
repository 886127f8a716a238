"""Plain objects with the attributes that the rules and the effects ask for."""

from __future__ import annotations

from dataclasses import dataclass

from demos.duel import rules
from demos.duel.rules import State


@dataclass(eq=False)
class Duellist:
    x: float = 90.0
    y: float = 300.0
    vx: float = 0.0
    vy: float = 0.0
    angle: float = 0.0
    dash: float = 0.0
    rest: float = 0.0
    state: State = State.ARMED
    score: int = 0
    seat: int = 0


@dataclass(eq=False)
class Disc:
    x: float = 100.0
    y: float = 60.0
    vx: float = rules.DISC_SPEED
    vy: float = 0.0
    bounces: int = 0
    left: float = rules.FLIGHT
    home: bool = False
    seat: int = 0
