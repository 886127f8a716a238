"""What a window says it saw."""

from __future__ import annotations

from demos.arena.witness import Witness
from tests.demos.arena.things import Ship


def test_the_way_of_each_ship_is_added_up() -> None:
    witness, one, other = Witness(), Ship(x=0, y=0, name="one"), Ship(name="other", score=3)
    for frame in range(5):
        one.x = frame * 3.0
        one.y = frame * 4.0
        witness.look([(1, one), (2, other)])
    assert witness.frames == 5
    assert [(ship.name, ship.moved, ship.frames, ship.score) for ship in witness.seen.values()] == [
        ("one", 20.0, 5, 0),
        ("other", 0.0, 5, 3),
    ]


def test_a_new_life_somewhere_else_is_no_movement() -> None:
    witness, ship = Witness(), Ship(x=100)
    for x in (100, 105, 900, 905):
        ship.x = float(x)
        witness.look([(1, ship)])
    assert witness.seen[1].moved == 10
