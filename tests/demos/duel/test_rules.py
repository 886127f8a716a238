"""The duel's rules on plain objects."""

from __future__ import annotations

import math

import pytest

from demos.duel import rules
from demos.duel.rules import Controls, Place, State
from tests.demos.duel.things import Disc, Duellist

DT = 1 / 60


def run(who: Duellist, controls: Controls, seconds: float) -> None:
    for _ in range(round(seconds / DT)):
        rules.run(who, controls, DT)


# ----------------------------------------------------------------------------------------------------------- the owner
def test_running_soon_has_its_speed_and_slanting_is_no_faster() -> None:
    straight, slanting = Duellist(x=60, y=60), Duellist(x=60, y=60)
    run(straight, Controls(1, 0), 1)
    run(slanting, Controls(1, 1), 1)
    for who in (straight, slanting):
        assert math.hypot(who.vx, who.vy) == pytest.approx(rules.SPEED, rel=0.01)


def test_one_looks_where_one_runs_and_where_one_aims_when_one_aims() -> None:
    who = Duellist()
    run(who, Controls(0, 1), 0.5)
    assert who.angle == pytest.approx(90)
    run(who, Controls(0, 1, aim=200), 0.5)
    assert who.angle == pytest.approx(200)


def test_turning_takes_the_short_way() -> None:
    who = Duellist(angle=350)
    rules.run(who, Controls(aim=10), DT)
    assert who.angle == pytest.approx((350 + rules.TURN * DT) % 360)


@pytest.mark.parametrize("pillar", rules.PILLARS)
def test_nobody_is_in_a_pillar(pillar: rules.Pillar) -> None:
    who = Duellist(x=pillar.x - pillar.radius - 60, y=pillar.y)
    for _ in range(120):
        rules.run(who, Controls(1, 0), DT)
        assert math.dist((who.x, who.y), (pillar.x, pillar.y)) >= pillar.radius + rules.RADIUS - 1e-9
    assert abs(who.vx) > 0


def test_nobody_leaves_the_field() -> None:
    who = Duellist(x=40, y=40)
    run(who, Controls(-1, -1), 1)
    assert (who.x, who.y) == (rules.RADIUS, rules.RADIUS)


def test_a_dash_is_short_and_fast_and_needs_a_rest() -> None:
    dashing, running = Duellist(x=60, y=60), Duellist(x=60, y=60)
    run(dashing, Controls(1, 0, dash=True), rules.DASH_TIME)
    run(running, Controls(1, 0), rules.DASH_TIME)
    assert dashing.x - 60 > 2 * (running.x - 60)
    run(dashing, Controls(1, 0, dash=True), 2 * rules.DASH_TIME)
    assert dashing.dash == 0 and dashing.rest > 0
    run(dashing, Controls(1, 0, dash=True), rules.DASH_REST)
    assert dashing.dash > 0 or dashing.rest > rules.DASH_REST / 2


def test_nobody_dashes_on_the_spot() -> None:
    who = Duellist()
    rules.run(who, Controls(dash=True), DT)
    assert (who.dash, who.rest) == (0, 0)


def test_only_who_has_the_disc_in_hand_throws() -> None:
    assert rules.wants_to_throw(Duellist(state=State.ARMED), Controls(throw=True))
    assert not rules.wants_to_throw(Duellist(state=State.ARMED), Controls())
    assert not rules.wants_to_throw(Duellist(state=State.BARE), Controls(throw=True))
    assert not rules.wants_to_throw(Duellist(state=State.OUT), Controls(throw=True))


def test_a_round_begins_at_rest() -> None:
    who = Duellist(vx=5, vy=5, dash=0.1, rest=1)
    rules.stand(who, Place(1, 2, 3))
    assert (who.x, who.y, who.angle, who.vx, who.vy, who.dash, who.rest) == (1, 2, 3, 0, 0, 0, 0)


# ------------------------------------------------------------------------------------------------------------ the host
def test_a_throw_from_far_away_is_not_plausible() -> None:
    assert rules.plausible(100, 100, Place(150, 100, 0))
    assert not rules.plausible(100, 100, Place(600, 100, 0))


@pytest.mark.parametrize("angle", range(0, 360, 15))
@pytest.mark.parametrize("pillar", rules.PILLARS)
def test_a_disc_begins_in_no_pillar(pillar: rules.Pillar, angle: int) -> None:
    beside = rules.free(pillar.x + 1, pillar.y + 1, rules.RADIUS)
    x, y = rules.hand(Place(*beside, angle))
    assert all(math.dist((x, y), (p.x, p.y)) >= p.radius + rules.DISC - 1e-9 for p in rules.PILLARS)


def test_a_disc_bounces_off_a_wall_as_light_does() -> None:
    vx, vy = rules.velocity(30)
    disc = Disc(x=rules.WIDTH - 12, y=60, vx=vx, vy=vy)
    rules.fly(disc, DT)
    assert (disc.vx, disc.vy, disc.bounces) == (pytest.approx(-vx), pytest.approx(vy), 1)
    rules.fly(disc, DT)
    assert disc.bounces == 1


def test_a_disc_flies_back_from_a_pillar_that_it_meets_head_on() -> None:
    pillar = rules.PILLARS[0]
    disc = Disc(x=pillar.x - pillar.radius - rules.DISC - 2, y=pillar.y)
    rules.fly(disc, DT)
    assert disc.vx == pytest.approx(-rules.DISC_SPEED) and disc.vy == pytest.approx(0) and disc.bounces == 1


@pytest.mark.parametrize("angle", range(3, 360, 7))
def test_a_disc_keeps_its_speed_and_never_enters_wall_or_pillar(angle: int) -> None:
    vx, vy = rules.velocity(angle)
    disc = Disc(x=120, y=300, vx=vx, vy=vy)
    while not disc.home:
        rules.fly(disc, DT)
        assert math.hypot(disc.vx, disc.vy) == pytest.approx(rules.DISC_SPEED)
        assert rules.DISC <= disc.x <= rules.WIDTH - rules.DISC and rules.DISC <= disc.y <= rules.HEIGHT - rules.DISC
        assert all(rules.distance(disc, p) >= p.radius + rules.DISC - 1e-6 for p in rules.PILLARS)  # type: ignore[arg-type]


def test_a_disc_turns_home_after_its_last_bounce_or_when_its_time_is_over() -> None:
    bounced, late, fresh = Disc(bounces=rules.BOUNCES), Disc(left=DT / 2), Disc()
    for disc in (bounced, late, fresh):
        rules.fly(disc, DT)
    assert (bounced.home, late.home, fresh.home) == (True, True, False)


def test_a_disc_comes_home_through_everything_to_who_runs_away() -> None:
    thrower, disc = Duellist(x=700, y=300, vx=100), Disc(x=200, y=300, home=True)
    for _ in range(200):
        if rules.go_home(disc, thrower, DT):
            break
        thrower.x += thrower.vx * DT
    assert rules.distance(disc, thrower) <= rules.RADIUS + rules.HOME_SPEED * DT


def test_a_disc_harms_whom_it_touches_but_not_on_its_way_home_and_nobody_twice() -> None:
    near, out = Duellist(x=110, y=60), Duellist(x=110, y=60, state=State.OUT)
    assert rules.struck(Disc(), [out, near]) is near
    assert rules.struck(Disc(), [out, Duellist(x=300, y=300)]) is None
    assert rules.struck(Disc(home=True), [near]) is None


def test_a_round_is_decided_when_one_stands_or_nobody() -> None:
    one, other = Duellist(), Duellist()
    assert not rules.is_decided([one, other]) and rules.survivor([one, other]) is None
    other.state = State.OUT
    assert rules.is_decided([one, other]) and rules.survivor([one, other]) is one
    one.state = State.OUT
    assert rules.is_decided([one, other]) and rules.survivor([one, other]) is None


def test_the_match_is_won_with_so_many_rounds() -> None:
    one, other = Duellist(score=4), Duellist(score=3)
    assert rules.champion([one, other], 5) is None
    other.score = 5
    assert rules.champion([one, other], 5) is other


@pytest.mark.parametrize(
    ("ready", "may"), [([], False), ([True], False), ([True, False], False), ([True, True], True), ([True] * 3, True)]
)
def test_a_match_begins_when_two_at_least_are_here_and_all_are_ready(ready: list[bool], may: bool) -> None:
    assert rules.can_begin(ready) is may


def test_a_match_may_wait_for_more() -> None:
    assert not rules.can_begin([True, True], least=3)


def test_every_seat_has_a_corner_of_its_own_in_no_pillar() -> None:
    corners = [rules.corner(rules.free_seat(range(taken))) for taken in range(rules.SEATS)]
    assert len(set(corners)) == rules.SEATS
    assert all(rules.free(at.x, at.y, rules.RADIUS) == (at.x, at.y) for at in corners)


def test_a_seat_that_became_free_is_taken_again() -> None:
    assert rules.free_seat([0, 2, 3]) == 1


def test_a_pillar_between_two_is_in_the_way() -> None:
    assert not rules.is_clear(Duellist(x=100, y=300), Duellist(x=860, y=300))
    assert rules.is_clear(Duellist(x=100, y=60), Duellist(x=860, y=60))
