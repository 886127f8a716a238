"""Plain objects with the attributes that the rules and the picture ask for."""

from __future__ import annotations

from dataclasses import dataclass

from demos.arena import rules
from demos.arena.rules import Kind


@dataclass(eq=False)
class Ship:
    x: float = rules.WIDTH / 2
    y: float = rules.HEIGHT / 2
    vx: float = 0.0
    vy: float = 0.0
    angle: float = 0.0
    thrust: bool = False
    reload: float = 0.0
    hp: int = rules.HP
    score: int = 0
    wait: float = 0.0
    shield: float = 0.0
    rapid: float = 0.0
    name: str = ""
    color: int = 0


@dataclass(eq=False)
class Shot:
    x: float = rules.WIDTH / 2
    y: float = rules.HEIGHT / 2
    vx: float = 0.0
    vy: float = 0.0
    left: float = rules.SHOT_LIFE
    color: int = 0


@dataclass(eq=False)
class Pickup:
    x: float = rules.WIDTH / 2
    y: float = rules.HEIGHT / 2
    kind: Kind = Kind.STAR
