"""What `sight=`, `lost=` and `weight=` take, and what classes make of it."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from gamenet.replication.model.sight import everything


def ship(**keywords: Any) -> type[Any]:
    class Ship(gn.Entity, **keywords):
        name: str = ""
        x: float = gn.coord(0)
        y: float = gn.coord(0)

    return Ship


def test_a_class_that_says_nothing_is_seen_by_everybody() -> None:
    schema = ship().__gamenet__
    assert (schema.sight, schema.lost, schema.weight, schema.position) == (everything, "remove", 1.0, (0, 0, 1))


def test_what_inherits_shares_the_range() -> None:
    base = ship(sight=gn.nearest(3), lost="keep", weight=2)

    class Tug(base):  # type: ignore[misc, valid-type]
        pull: int = 0

    assert Tug.__gamenet__.sight is base.__gamenet__.sight
    assert (Tug.__gamenet__.lost, Tug.__gamenet__.weight) == ("keep", 2.0)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: gn.nearest(0), "how many"),
        (lambda: gn.nearest(2.5), "how many"),  # type: ignore[arg-type]
        (lambda: gn.nearest(True), "how many"),
        (lambda: gn.within(-1), "a length above 0"),
        (lambda: gn.within(float("nan")), "a length above 0"),
        (lambda: gn.grid(float("inf")), "a length above 0"),
        (lambda: gn.grid("wide"), "a length above 0"),  # type: ignore[arg-type]
        (lambda: ship(sight="nearest"), r"gn\.nearest\(50\)"),
        (lambda: ship(sight=gn.nearest), r"gn\.nearest\(50\)"),
        (lambda: ship(lost="vanish"), "'remove' or 'freeze' or 'keep'"),
        (lambda: ship(weight=0), "above 0"),
        (lambda: ship(weight="heavy"), "above 0"),
    ],
)
def test_what_is_no_sight_is_refused_with_advice(make: Any, advice: str) -> None:
    with pytest.raises(gn.BadDeclaration, match=advice):
        make()


def test_a_range_needs_a_place() -> None:
    with pytest.raises(gn.BadDeclaration, match="x and y"):

        class Word(gn.Entity, sight=gn.within(5)):
            x: float = 0
            text: str = ""


def test_the_place_must_have_one_decider() -> None:
    with pytest.raises(gn.BadDeclaration, match="one side"):

        class Lift(gn.Entity, authority="owner", sight=gn.within(5)):
            x: float = gn.coord(0)
            y: float = gn.coord(0, authority="host")
