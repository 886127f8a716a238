"""What flies a bot: it sees what a player sees and gives the same controls. No engine, no network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

from . import rules
from .rules import Controls, Pickup, Point, Ship

BURST: Final = 1.6  # seconds, half of which a bot holds its fire
CLOSE: Final = 150.0  # px from an enemy, where a pass at it ends
RANGE: Final = 420.0  # px, from where a bot shoots


class Pilot:
    """Decides the controls for one ship; each has its own nerves, from `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._nerves = rng.uniform(0, math.tau)
        self._age = 0.0
        self._away: Point | None = None  # where to after a pass, so that bots do not end in one heap

    def decide(self, me: Ship, others: Iterable[Ship], pickups: Sequence[Pickup], dt: float) -> Controls:
        """Attacks the nearest ship in passes, fetches pick-ups, leads its aim, and fires in bursts."""
        self._age += dt
        enemies = [ship for ship in others if rules.alive(ship) and ship.shield <= 0]
        enemy = min(enemies, key=lambda ship: rules.distance(me, ship), default=None)
        self._turn_away(me, enemy)
        goal = self._away or self._goal(me, enemy, pickups)
        turn = turn_towards(me.angle, heading(me, goal) + 12 * math.sin(self._age * 1.3 + self._nerves))
        fire = enemy is not None and self._wants_to_fire(me, enemy)
        return Controls(turn, thrust=self._wants_speed(me, goal, turn), fire=fire)

    def _turn_away(self, me: Ship, enemy: Ship | None) -> None:
        """Close to an enemy a pass is over: somewhere else first, then the next one."""
        if enemy is not None and rules.distance(me, enemy) < CLOSE and self._away is None:
            x, y = self._rng.uniform(0.1, 0.9) * rules.WIDTH, self._rng.uniform(0.1, 0.9) * rules.HEIGHT
            self._away = _Spot(x, y)
        elif self._away is not None and rules.distance(me, self._away) < CLOSE:
            self._away = None

    def _goal(self, me: Ship, enemy: Ship | None, pickups: Sequence[Pickup]) -> Point:
        """A pick-up when it is much nearer than the enemy, else where the enemy will be; alone, the middle."""
        pickup = min(pickups, key=lambda lying: rules.distance(me, lying), default=None)
        if enemy is None:
            return pickup or _Spot(rules.WIDTH / 2, rules.HEIGHT / 2)
        if pickup is not None and rules.distance(me, pickup) < 0.8 * rules.distance(me, enemy):
            return pickup
        return lead(me, enemy)

    def _wants_to_fire(self, me: Ship, enemy: Ship) -> bool:
        aimed = abs(angle_between(me.angle, heading(me, lead(me, enemy)))) < 9
        return aimed and rules.distance(me, enemy) < RANGE and (self._age + self._nerves) % BURST < BURST / 2

    def _wants_speed(self, me: Ship, goal: Point, turn: float) -> bool:
        """Ahead and far, or simply slow: a still ship is a target."""
        slow = math.hypot(me.vx, me.vy) < 90
        return slow or (abs(turn) < 0.5 and rules.distance(me, goal) > 160)


class _Spot:
    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


def lead(me: Point, target: Ship) -> Point:
    """Where to aim so that a shot fired now meets a ship that flies straight on."""
    time = rules.distance(me, target) / rules.SHOT_SPEED
    return _Spot(target.x + target.vx * time, target.y + target.vy * time)


def heading(origin: Point, goal: Point) -> float:
    """The direction of the goal in degrees."""
    return math.degrees(math.atan2(goal.y - origin.y, goal.x - origin.x))


def angle_between(one: float, other: float) -> float:
    """How far to turn from one direction to the other, -180 … 180, positive clockwise."""
    return (other - one + 180) % 360 - 180


def turn_towards(angle: float, wanted: float) -> float:
    """The controls' turn, full from 20 degrees on."""
    return max(-1.0, min(1.0, angle_between(angle, wanted) / 20))
