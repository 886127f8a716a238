"""Sparks are where something was hit, and only there."""

from __future__ import annotations

from demos.arena import rules
from demos.arena.effects import Effects
from tests.demos.arena.things import Ship

DT = 1 / 60


def test_a_hit_gives_sparks_in_the_colour_of_the_ship_and_its_end_many_more() -> None:
    effects, ship = Effects(), Ship(x=200, y=300, color=3)
    effects.look([(1, ship)], DT)
    assert effects.sparks == []
    ship.hp -= rules.DAMAGE
    effects.look([(1, ship)], DT)
    few = len(effects.sparks)
    assert few > 0 and {spark.color for spark in effects.sparks} == {3}
    assert all(abs(spark.x - 200) < 10 and abs(spark.y - 300) < 10 for spark in effects.sparks)
    ship.hp = 0
    effects.look([(1, ship)], DT)
    assert len(effects.sparks) > 4 * few


def test_sparks_fly_apart_and_fade() -> None:
    effects, ship = Effects(), Ship()
    effects.look([(1, ship)], DT)
    ship.hp = 0
    effects.look([(1, ship)], DT)
    near = max(rules.distance(ship, spark) for spark in effects.sparks)
    effects.look([(1, ship)], DT)
    assert max(rules.distance(ship, spark) for spark in effects.sparks) > near
    for _ in range(120):
        effects.look([(1, ship)], DT)
    assert effects.sparks == []


def test_newcomers_and_repaired_ships_give_none() -> None:
    effects, ship = Effects(), Ship(hp=20)
    effects.look([(1, ship)], DT)
    ship.hp = 60
    effects.look([(1, ship), (2, Ship(hp=40))], DT)
    assert effects.sparks == []
