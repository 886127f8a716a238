"""Bots fly by the rules, see what a player sees, and are worth playing against."""

from __future__ import annotations

import math
from random import Random

import pytest

from demos.arena import rules
from demos.arena.pilot import Pilot, angle_between, lead, turn_towards
from demos.arena.rules import Controls
from tests.demos.arena.things import Pickup, Ship

DT = 1 / 60


def fly(pilot: Pilot, me: Ship, others: list[Ship], pickups: list[Pickup], seconds: float) -> list[Controls]:
    flown = []
    for _ in range(round(seconds / DT)):
        controls = pilot.decide(me, others, pickups, DT)
        rules.steer(me, controls, DT)
        flown.append(controls)
    return flown


@pytest.mark.parametrize(("one", "other", "between"), [(0, 90, 90), (350, 10, 20), (10, 350, -20), (0, 180, -180)])
def test_turning_takes_the_short_way(one: float, other: float, between: float) -> None:
    assert angle_between(one, other) == between


def test_the_turn_is_full_when_far_off_and_gentle_when_near() -> None:
    assert turn_towards(0, 90) == 1 and turn_towards(0, -90) == -1
    assert 0 < turn_towards(0, 5) < 0.5


def test_aiming_ahead_meets_a_ship_that_flies_straight() -> None:
    me, target = Ship(x=100, y=100), Ship(x=400, y=100, vy=100)
    aim = lead(me, target)
    time = rules.distance(me, target) / rules.SHOT_SPEED
    assert (aim.x, aim.y) == pytest.approx((400, 100 + 100 * time))


def test_a_bot_flies_to_a_pickup() -> None:
    me, star = Ship(x=150, y=150), Pickup(x=800, y=500)
    least = math.inf
    pilot = Pilot(Random(1))
    for _ in range(12):
        fly(pilot, me, [], [star], 0.5)
        least = min(least, rules.distance(me, star))
    assert least < 80


def test_a_bot_turns_to_an_enemy_and_fires_only_when_it_points_at_it() -> None:
    me, enemy = Ship(x=300, y=300, angle=180), Ship(x=600, y=300)
    flown = fly(Pilot(Random(2)), me, [enemy], [], 3)
    assert not flown[0].fire and any(controls.fire for controls in flown)


def test_a_bot_spares_those_with_a_shield_and_those_who_are_down() -> None:
    me, shielded, down = Ship(x=300, y=300), Ship(x=500, y=300, shield=1), Ship(x=500, y=310, hp=0)
    assert not any(controls.fire for controls in fly(Pilot(Random(3)), me, [shielded, down], [], 2))


def test_a_bot_that_is_alone_keeps_moving() -> None:
    me = Ship(x=200, y=200)
    fly(Pilot(Random(4)), me, [], [], 10)
    assert math.hypot(me.vx, me.vy) > 20


def test_the_same_seed_flies_the_same() -> None:
    ways = []
    for seed in (5, 5, 6):
        me = Ship(x=200, y=200)
        fly(Pilot(Random(seed)), me, [Ship(x=900, y=600)], [], 3)
        ways.append((me.x, me.y))
    assert ways[0] == ways[1] != ways[2]
