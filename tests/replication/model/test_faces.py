"""Two faces of one attribute: shown outside the frame, simulated inside it."""

from __future__ import annotations

from typing import Any

from gamenet.replication.model.faces import Faces
from tests.replication.arena import Ship


def test_what_is_shown_stands_in_the_attribute_and_the_true_value_beside_it() -> None:
    ship, faces = Ship(x=1, y=2), Faces()
    faces.show(ship, ("x",), [10.0])
    assert (ship.x, ship.y, ship.simulated.x, ship.simulated.y) == (10.0, 2, 1, 2)
    faces.put_back(never)
    assert (ship.x, ship.simulated.x, ship._simulated) == (1, 1, None)


def test_two_parts_of_one_entity_are_shown_and_put_back_together() -> None:
    ship, faces = Ship(x=1, y=2), Faces()
    faces.show(ship, ("x",), [10.0])
    faces.show(ship, ("y",), [20.0])
    assert (ship.x, ship.y, ship.simulated.x, ship.simulated.y) == (10.0, 20.0, 1, 2)
    faces.put_back(never)
    assert (ship.x, ship.y) == (1, 2)


def test_a_write_outside_the_frame_is_told_once_and_undone() -> None:
    ship, faces, told = Ship(x=1, y=2), Faces(), []
    faces.show(ship, ("x", "y"), [10.0, 20.0])
    ship.x = 99.0
    faces.put_back(lambda *what: told.append(what))
    assert told == [(ship, "x", 99.0)]
    assert (ship.x, ship.y) == (1, 2)
    faces.put_back(never)


def test_what_has_one_face_may_be_written_outside_the_frame() -> None:
    ship, faces = Ship(x=1), Faces()
    faces.show(ship, ("x",), [10.0])
    ship.name, ship.hull = "new", 5
    faces.put_back(never)
    assert (ship.x, ship.name, ship.hull) == (1, "new", 5)


def never(*what: Any) -> None:
    raise AssertionError(what)
