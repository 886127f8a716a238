"""What plays a bot, on plain objects."""

from __future__ import annotations

from random import Random

from demos.duel import pilot, rules
from demos.duel.pilot import Pilot
from demos.duel.rules import Controls, State
from tests.demos.duel.things import Disc, Duellist

DT = 1 / 60


def decisions(me: Duellist, enemy: Duellist, discs: list[Disc], seconds: float = 10) -> list[Controls]:
    """What a pilot says to a picture that stands still, but for its own turning."""
    mind, said = Pilot(Random(1)), []
    for _ in range(round(seconds / DT)):
        controls = mind.decide(me, [enemy], discs, DT)
        rules.run(me, Controls(aim=controls.aim), DT)
        said.append(controls)
    return said


def test_it_aims_at_its_opponent_and_throws_when_the_way_is_clear() -> None:
    me, enemy = Duellist(x=100, y=60, angle=90), Duellist(x=600, y=60)
    thrown = [controls for controls in decisions(me, enemy, []) if controls.throw]
    assert thrown and all(abs((controls.aim or 0) % 360) < 8 for controls in thrown)


def test_it_does_not_throw_at_a_pillar() -> None:
    me, enemy = Duellist(x=100, y=300), Duellist(x=860, y=300)
    assert not any(controls.throw for controls in decisions(me, enemy, []))


def test_it_aims_ahead_of_who_runs() -> None:
    me, enemy = Duellist(x=100, y=60), Duellist(x=600, y=60, vy=rules.SPEED)
    assert all(0 < (controls.aim or 0) < 90 for controls in decisions(me, enemy, []))


def test_it_leaves_those_alone_who_are_out() -> None:
    assert set(decisions(Duellist(), Duellist(x=200, state=State.OUT), [])) == {Controls()}


def test_it_comes_nearer_to_who_is_far() -> None:
    said = decisions(Duellist(x=100, y=60), Duellist(x=900, y=60), [])
    assert all(controls.x > 0 for controls in said)


def test_it_dashes_aside_when_it_minds_a_disc_and_not_always() -> None:
    me, enemy = Duellist(x=300, y=300), Duellist(x=600, y=60)
    said = decisions(me, enemy, [Disc(x=300 - pilot.DANGER / 2, y=295)], seconds=30)
    aside = [controls for controls in said if controls.dash]
    assert 0.1 * len(said) < len(aside) < 0.6 * len(said)
    assert all(controls.y > 0.99 and abs(controls.x) < 0.01 for controls in aside)


def test_it_minds_no_disc_that_flies_away_or_home() -> None:
    me, enemy = Duellist(x=300, y=300), Duellist(x=600, y=60)
    harmless = [Disc(x=350, y=300), Disc(x=250, y=300, home=True)]
    assert not any(controls.dash for controls in decisions(me, enemy, harmless))
