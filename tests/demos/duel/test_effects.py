"""What is only for the eye."""

from __future__ import annotations

from demos.duel.effects import TRAIL, Effects
from demos.duel.rules import State
from tests.demos.duel.things import Disc, Duellist

DT = 1 / 60


def test_who_falls_gives_sparks_waves_and_a_shaking_ground_once() -> None:
    effects, who = Effects(), Duellist()
    effects.look([(1, who)], [], DT)
    assert not effects.sparks and not effects.waves
    who.state = State.OUT
    effects.look([(1, who)], [], DT)
    sparks = len(effects.sparks)
    assert sparks > 50 and len(effects.waves) == 2 and effects.shake > 5
    effects.look([(1, who)], [], DT)
    assert len(effects.sparks) <= sparks and len(effects.waves) == 2


def test_who_was_never_in_the_round_does_not_fall() -> None:
    effects = Effects()
    effects.look([(1, Duellist(state=State.OUT))], [], DT)
    assert not effects.sparks


def test_a_throw_and_a_bounce_give_sparks_and_the_way_home_gives_none() -> None:
    effects, disc = Effects(), Disc()
    effects.look([], [(1, disc)], DT)
    thrown = len(effects.sparks)
    assert thrown > 0
    disc.vx = -disc.vx
    effects.look([], [(1, disc)], 0.0)
    assert len(effects.sparks) == 2 * thrown
    disc.vy, disc.home = 100, True
    effects.look([], [(1, disc)], 0.0)
    assert len(effects.sparks) == 2 * thrown


def test_a_disc_has_a_trail_of_so_many_places_that_goes_with_it() -> None:
    effects, disc = Effects(), Disc(seat=2)
    for step in range(2 * TRAIL):
        disc.x = float(step)
        effects.look([], [(1, disc)], DT)
    [(seat, places)] = effects.trails
    assert seat == 2 and places == [(float(step), disc.y) for step in range(TRAIL, 2 * TRAIL)]
    effects.look([], [], DT)
    assert effects.trails == []


def test_who_dashes_leaves_ghosts_that_fade() -> None:
    effects, who = Effects(), Duellist(dash=0.1)
    effects.look([(1, who)], [], DT)
    assert [(ghost.x, ghost.y) for ghost in effects.ghosts] == [(who.x, who.y)]
    who.dash = 0
    effects.look([(1, who)], [], 1.0)
    assert not effects.ghosts


def test_everything_fades_within_two_seconds() -> None:
    effects, who = Effects(), Duellist()
    effects.look([(1, who)], [(1, Disc())], DT)
    who.state = State.OUT
    for _ in range(120):
        effects.look([(1, who)], [], DT)
    assert not effects.sparks and not effects.waves and effects.shake < 0.1
