from __future__ import annotations

import enum
from typing import Any

import pytest

from gamenet.replication.model.advice import instead_of, is_engine, name_of, nearest
from gamenet.replication.model.entity import Entity


class Ship(Entity): ...


class Flags(enum.Flag):
    A = 1


class Surface:
    """Stands for pygame's: only the module tells."""


Surface.__module__ = "pygame.surface"


def test_the_nearest_name_is_offered_and_a_far_one_is_not() -> None:
    assert nearest("hpp", ["x", "hp"]) == "; did you mean 'hp'?"
    assert nearest("velocity", ["x", "hp"]) == ""


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        (frozenset[int], "gn.unique()"),
        (tuple[int, int], "x and y"),
        (Flags, "one bool field for each flag"),
        (Ship, "write `Ship | None`"),
        (Surface, "one machine only"),
        (float | None, "value that means none"),
        (object, "a field is one of float, int, bool, str, Enums"),
    ],
)
def test_each_kind_of_thing_gets_advice_of_its_own(kind: Any, advice: str) -> None:
    assert advice in instead_of(kind)


def test_a_class_of_an_engine_is_known_by_its_module() -> None:
    assert is_engine(Surface)
    assert not is_engine(Ship)


def test_types_are_called_by_their_short_names() -> None:
    assert name_of(Ship) == "Ship"
    assert name_of(float | None) == "float | None"
