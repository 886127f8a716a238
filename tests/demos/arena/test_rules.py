"""The game's rules on plain objects: no engine, no network."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.arena import rules
from demos.arena.rules import Controls, Kind, Place
from tests.demos.arena.things import Pickup, Ship, Shot

DT = 1 / 60


def steer_for(ship: Ship, seconds: float, controls: Controls) -> None:
    for _ in range(round(seconds / DT)):
        rules.steer(ship, controls, DT)


# -------------------------------------------------------------------------------------------------------------- flying
def test_a_ship_that_thrusts_flies_where_its_nose_points() -> None:
    ship = Ship(angle=90)
    steer_for(ship, 0.5, Controls(thrust=True))
    assert ship.x == pytest.approx(Ship.x) and ship.y > Ship.y + 30 and ship.thrust


def test_turning_right_is_clockwise_on_the_screen_and_stays_within_a_full_turn() -> None:
    ship = Ship(angle=350)
    steer_for(ship, 0.1, Controls(turn=1))
    assert ship.angle == pytest.approx((350 + rules.TURN * 0.1) % 360)


def test_nobody_turns_faster_than_the_rules_allow() -> None:
    honest, greedy = Ship(), Ship()
    rules.steer(honest, Controls(turn=1), DT)
    rules.steer(greedy, Controls(turn=50), DT)
    assert greedy.angle == honest.angle


def test_a_ship_without_thrust_slows_down() -> None:
    ship = Ship(vx=200)
    steer_for(ship, 1, Controls())
    assert 0 < ship.vx < 200


def test_the_top_speed_holds_whatever_the_pilot_does() -> None:
    ship = Ship(y=rules.SHIP_RADIUS)
    for _ in range(300):
        rules.steer(ship, Controls(thrust=True), DT)
        assert math.hypot(ship.vx, ship.vy) <= rules.TOP_SPEED + rules.THRUST * DT


@given(
    x=st.floats(0, rules.WIDTH),
    y=st.floats(0, rules.HEIGHT),
    vx=st.floats(-360, 360),
    vy=st.floats(-360, 360),
    angle=st.floats(0, 359),
    thrust=st.booleans(),
    turn=st.floats(-1, 1),
)
def test_walls_keep_every_ship_inside(
    x: float,
    y: float,
    vx: float,
    vy: float,
    angle: float,
    thrust: bool,
    turn: float,
) -> None:
    ship = Ship(x=x, y=y, vx=vx, vy=vy, angle=angle)
    for _ in range(120):
        rules.steer(ship, Controls(turn, thrust), DT)
        assert rules.SHIP_RADIUS <= ship.x <= rules.WIDTH - rules.SHIP_RADIUS
        assert rules.SHIP_RADIUS <= ship.y <= rules.HEIGHT - rules.SHIP_RADIUS


def test_a_ship_comes_back_slower_from_a_wall() -> None:
    ship = Ship(x=rules.WIDTH - rules.SHIP_RADIUS - 1, vx=300)
    rules.steer(ship, Controls(), DT)
    assert -300 < ship.vx < -100


def test_a_destroyed_ship_does_not_obey() -> None:
    ship = Ship(hp=0, vx=100)
    steer_for(ship, 0.5, Controls(turn=1, thrust=True))
    assert (ship.x, ship.angle, ship.vx, ship.thrust) == (Ship.x, 0, 0, False)


# ------------------------------------------------------------------------------------------------------------ shooting
def shots_in(ship: Ship, seconds: float) -> int:
    return sum(rules.trigger(ship, Controls(fire=True), DT) for _ in range(round(seconds / DT)))


def test_the_gun_fires_at_its_rate_and_twice_as_fast_when_rapid() -> None:
    assert shots_in(Ship(), 2.8) in (9, 10)
    assert shots_in(Ship(rapid=9), 2.8) in (18, 19)


def test_a_destroyed_ship_does_not_fire() -> None:
    assert shots_in(Ship(hp=0), 1) == 0
    assert not rules.may_fire(Ship(hp=0))


def test_the_host_takes_shots_that_arrive_together_but_no_higher_rate() -> None:
    ship = Ship()
    assert [rules.may_fire(ship) for _ in range(4)] == [True, True, False, False]
    taken = 0
    for _ in range(round(10 / DT)):
        rules.recover(ship, DT)
        taken += rules.may_fire(ship)
    assert taken == pytest.approx(10 / rules.RELOAD, abs=2)


def test_a_shot_claimed_from_across_the_arena_is_not_plausible() -> None:
    assert rules.plausible(Ship.x, Ship.y, Place(Ship.x + 40, Ship.y + 30, 0))
    assert not rules.plausible(Ship.x, Ship.y, Place(Ship.x + 400, Ship.y, 0))


def test_a_shot_leaves_at_the_nose_and_flies_where_it_points() -> None:
    at = rules.muzzle(Place(100, 100, 90))
    assert (at.x, at.y) == pytest.approx((100, 100 + rules.SHIP_RADIUS + rules.SHOT_RADIUS))
    assert rules.velocity(90) == pytest.approx((0, rules.SHOT_SPEED))


def test_a_shot_ends_with_its_life_and_at_the_wall() -> None:
    shot, frames = Shot(), 1
    while rules.fly(shot, DT):
        frames += 1
    assert frames * DT == pytest.approx(rules.SHOT_LIFE, abs=2 * DT)
    assert not rules.fly(Shot(x=rules.WIDTH - 1, vx=rules.SHOT_SPEED), DT)


@pytest.mark.parametrize("dt", [1 / 60, 1 / 20, 1 / 5])
def test_a_fast_shot_does_not_jump_over_a_ship(dt: float) -> None:
    ship, shot, met = Ship(x=300), Shot(x=100, vx=rules.SHOT_SPEED), False
    while rules.fly(shot, dt):
        met = met or rules.struck(shot, [ship], dt) is ship
    assert met


def test_a_shot_meets_the_nearest_ship_on_its_way() -> None:
    near, far, aside = Ship(x=150), Ship(x=170), Ship(x=150, y=100)
    shot = Shot(x=200, vx=1000)
    assert rules.struck(shot, [far, aside, near], 0.1) is near
    assert rules.struck(shot, [aside], 0.1) is None


def test_a_hit_costs_hp_and_gives_the_shooter_points_and_the_last_one_more() -> None:
    victim, shooter = Ship(), Ship()
    kills = [rules.hurt(victim, shooter) for _ in range(rules.HP // rules.DAMAGE)]
    assert kills == [False] * 9 + [True]
    assert victim.hp == 0 and victim.wait == rules.WAIT
    assert shooter.score == 10 * rules.POINTS_HIT + rules.POINTS_KILL


def test_shielded_and_destroyed_ships_cannot_be_hurt() -> None:
    for victim in (Ship(shield=1), Ship(hp=0)):
        shooter, before = Ship(), victim.hp
        assert not rules.hurt(victim, shooter)
        assert (victim.hp, shooter.score) == (before, 0)


def test_a_hit_by_somebody_who_left_still_counts() -> None:
    victim = Ship()
    rules.hurt(victim, None)
    assert victim.hp == rules.HP - rules.DAMAGE


# ----------------------------------------------------------------------------------------------------- lives, pick-ups
def test_a_destroyed_ship_lives_again_once_after_its_wait_with_a_shield() -> None:
    ship = Ship(hp=0, wait=rules.WAIT, rapid=3)
    begun = [rules.recover(ship, DT) for _ in range(round(rules.WAIT / DT) + 30)]
    assert sum(begun) == 1 and begun.index(True) == pytest.approx(rules.WAIT / DT, abs=2)
    assert ship.hp == rules.HP and 0 < ship.shield <= rules.SHIELD


def test_shields_and_rapid_guns_run_out() -> None:
    ship = Ship(shield=rules.SHIELD, rapid=rules.RAPID)
    for _ in range(round(rules.RAPID / DT) + 1):
        rules.recover(ship, DT)
    assert (ship.shield, ship.rapid) == (0, 0)


def test_a_pickup_goes_to_a_living_ship_that_touches_it() -> None:
    pickup, ghost, near, far = Pickup(), Ship(hp=0), Ship(x=Ship.x + 25), Ship(x=Ship.x + 100)
    assert rules.touched(pickup, [ghost, far, near]) is near
    assert rules.touched(pickup, [ghost, far]) is None


def test_each_kind_of_pickup_does_its_own() -> None:
    ship = Ship(hp=30)
    for kind in Kind:
        rules.take(ship, kind)
    assert (ship.hp, ship.rapid, ship.score) == (30 + rules.REPAIR, rules.RAPID, rules.POINTS_STAR)
    for _ in range(3):
        rules.take(ship, Kind.REPAIR)
    assert ship.hp == rules.HP


def test_a_life_begins_far_from_the_others_and_looks_at_the_middle() -> None:
    enemy = Ship(x=100, y=100)
    for seed in range(30):
        at = rules.start([enemy], Random(seed))
        assert math.dist((at.x, at.y), (100, 100)) > 300
        ahead = Ship(x=at.x + math.cos(math.radians(at.angle)) * 10, y=at.y + math.sin(math.radians(at.angle)) * 10)
        assert rules.distance(ahead, Ship()) < rules.distance(Ship(x=at.x, y=at.y), Ship())


def test_pickups_lie_inside_and_are_of_every_kind() -> None:
    rng = Random(1)
    lying = [rules.new_pickup(rng) for _ in range(100)]
    assert all(rules.inside(Pickup(x, y)) for x, y, _ in lying)
    assert {kind for _, _, kind in lying} == set(Kind)


def test_the_smallest_free_number_is_given() -> None:
    assert [rules.free_number(taken) for taken in ([], [0, 1], [1, 2], [0, 2])] == [0, 2, 0, 1]


def test_the_ranking_has_the_best_first_and_keeps_equals_in_order() -> None:
    first, second, best = Ship(score=1), Ship(score=1), Ship(score=4)
    assert rules.ranking([first, second, best]) == [best, first, second]


def test_the_rules_know_neither_engine_nor_network() -> None:
    code = "import sys, demos.arena.rules; print(sorted({'pygame', 'gamenet', 'arcade'} & set(sys.modules)))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
