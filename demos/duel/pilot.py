"""What plays a bot: it sees what a player sees and gives the same controls. No engine, no network."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from . import rules
from .rules import Controls, Disc, Duellist, Point

NEAR: Final = 190.0  # px from an opponent, where a bot would rather be
DANGER: Final = 170.0  # px, from where it minds a disc
MIND: Final = (0.25, 0.9)  # seconds between two thoughts
BOLD: Final = 0.6  # of its thoughts, in which it throws,
ALERT: Final = 0.3  # and in which it minds discs


class Pilot:
    """Decides the controls for one duellist; each has its own nerves, from `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._think, self._side, self._bold, self._alert = 0.0, 1.0, False, False

    def decide(self, me: Duellist, others: Iterable[Duellist], discs: Iterable[Disc], dt: float) -> Controls:
        """Circles the nearest opponent, steps aside from the others' `discs`, and throws when the way is clear."""
        self._think -= dt
        if self._think <= 0:
            self._change_its_mind()
        enemy = min((who for who in others if rules.alive(who)), key=lambda who: rules.distance(me, who), default=None)
        if enemy is None:
            return Controls()
        threat = next((disc for disc in discs if self._alert and _threatens(disc, me)), None)
        x, y = _aside(threat, me) if threat is not None else self._circle(me, enemy)
        aim = rules.heading(me, _ahead(me, enemy))
        return Controls(x, y, aim, self._wants_to_throw(me, enemy, aim), dash=threat is not None)

    def _change_its_mind(self) -> None:
        self._think = self._rng.uniform(*MIND)
        self._side = self._rng.choice((-1.0, 1.0))
        self._bold = self._rng.random() < BOLD
        self._alert = self._rng.random() < ALERT

    def _circle(self, me: Duellist, enemy: Duellist) -> tuple[float, float]:
        """Around the opponent, nearer or farther; around pillars, too, since `rules.run` slides along them."""
        far = rules.distance(me, enemy)
        angle = math.radians(rules.heading(me, enemy))
        closer = max(-1.0, min(1.0, (far - NEAR) / 120))
        return (
            math.cos(angle) * closer - math.sin(angle) * self._side,
            math.sin(angle) * closer + math.cos(angle) * self._side,
        )

    def _wants_to_throw(self, me: Duellist, enemy: Duellist, aim: float) -> bool:
        aimed = abs((aim - me.angle + 180) % 360 - 180) < 8
        return self._bold and aimed and rules.is_clear(me, enemy)


def _threatens(disc: Disc, me: Point) -> bool:
    """Whether a disc comes near."""
    if disc.home or rules.distance(disc, me) > DANGER:
        return False
    return (me.x - disc.x) * disc.vx + (me.y - disc.y) * disc.vy > 0


def _aside(disc: Disc, me: Point) -> tuple[float, float]:
    """Across the disc's way, to the side on which one is already."""
    speed = math.hypot(disc.vx, disc.vy) or 1.0
    x, y = -disc.vy / speed, disc.vx / speed
    side = math.copysign(1.0, (me.x - disc.x) * x + (me.y - disc.y) * y)
    return x * side, y * side


def _ahead(me: Duellist, enemy: Duellist) -> Point:
    """Where the opponent will be when a disc that is thrown now comes there."""
    time = rules.distance(me, enemy) / rules.DISC_SPEED
    return _Spot(enemy.x + enemy.vx * time, enemy.y + enemy.vy * time)


@dataclass
class _Spot:
    x: float
    y: float
