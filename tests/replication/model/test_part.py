from __future__ import annotations

import enum
import struct
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import coord, integer, text


class Team(enum.Enum):
    RED = 1
    CRIMSON = 1  # noqa: PIE796 (an alias is no member of its own)
    BLUE = 2


class Same(enum.IntEnum):
    ONE = 1
    TWO = 2


class Ship(Entity):
    x: float = 0.0
    hp: int = 5
    y: float = coord(low=-8, high=8)
    team: Team = Team.RED
    ready: bool = False
    name: str = text("")
    gear: Same = Same.ONE


class Dot(Entity):
    x: float = 0.0
    on: bool = False


PART = Ship.__gamenet__.parts[0]


def test_columns_keep_the_order_of_declaration() -> None:
    assert [field.name for field in PART.table.fields] == ["x", "hp", "y", "team", "ready", "gear"]
    assert PART.floats == ("x", "y") and PART.ints == ("hp", "team", "ready", "gear") and PART.smooth == ("x", "y")


def test_rows_are_packed_one_entity_after_the_other() -> None:
    ships = [Ship(x=1, y=2, hp=3), Ship(x=4.5, y=6, hp=-7, team=Team.BLUE, ready=True, gear=Same.TWO)]
    assert PART.pack_floats(ships) == array("d", [1, 2, 4.5, 6])
    assert PART.pack_ints(ships) == array("q", [3, 0, 0, 0, -7, 1, 1, 1])


def test_a_single_column_and_no_entity_are_packed_alike() -> None:
    part = Dot.__gamenet__.parts[0]
    assert part.pack_floats([Dot(x=1), Dot(x=2)]) == array("d", [1, 2])
    assert part.pack_ints([Dot(on=True), Dot()]) == array("q", [1, 0])
    assert part.pack_floats([]) == array("d") and part.pack_ints([]) == array("q")


def test_a_part_without_floats_packs_none() -> None:
    class Counter(Entity):
        n: int = 0

    part = Counter.__gamenet__.parts[0]
    assert part.pack_floats([Counter(), Counter()]) == array("d")
    assert part.pack_ints([Counter(n=1), Counter(n=2)]) == array("q", [1, 2])


@given(
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(Team),
    st.booleans(),
    st.sampled_from(Same),
)
def test_what_was_packed_and_written_is_what_was_there(
    x: float, y: float, hp: int, team: Team, ready: bool, gear: Same
) -> None:
    ship, copy = Ship(x=x, y=y, hp=hp, team=team, ready=ready, gear=gear), Ship()
    PART.write(copy, PART.pack_floats([ship]), PART.pack_ints([ship]))
    assert (copy.x, copy.y, copy.hp) == (x, y, hp)
    assert copy.team is team and copy.ready is ready and copy.gear is gear


def test_a_number_beside_the_enum_is_not_taken_for_its_member() -> None:
    ship = Ship()
    ship.gear = 1  # type: ignore[assignment]
    with pytest.raises(KeyError):
        PART.pack_ints([ship])


@pytest.mark.parametrize(("name", "value"), [("x", "1"), ("y", None), ("hp", 1.5), ("hp", 2**63), ("hp", None)])
def test_what_has_no_place_in_a_row_is_not_packed(name: str, value: Any) -> None:
    ship = Ship()
    setattr(ship, name, value)
    with pytest.raises(struct.error):
        PART.pack_ints([ship]) if name == "hp" else PART.pack_floats([ship])


def test_a_column_s_number_becomes_the_attribute_s_value() -> None:
    values = [PART.value(column, 1.0) for column in range(6)]
    assert values == [1.0, 1, 1.0, Team.BLUE, True, Same.TWO]
    assert [type(value) for value in values] == [float, int, float, Team, bool, Same]


def test_writing_passes_every_guard() -> None:
    ship = Ship()
    ship.__class__ = Ship.__gamenet__.guard(frozenset({"x"}))
    PART.write(ship, [1.0, 2.0], [3, 0, 0, 0])
    assert ship.x == 1.0


@pytest.mark.parametrize("row", [([1.0], [0, 0, 0, 0]), ([1.0, 2.0], [0, 0, 0]), ([1.0, 2.0, 3.0], [0, 0, 0, 0])])
def test_a_row_of_another_width_is_not_written(row: Any) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        PART.write(Ship(), *row)


def test_any_name_that_python_allows_is_written() -> None:
    odd = type("Odd", (Entity,), {"__annotations__": {"write": int, "members": bool, "größe": float, "it's": int}})
    one: Any = odd.__gamenet__.blank()  # type: ignore[attr-defined]
    one.__gamenet__.parts[0].write(one, [1.5], [2, 1, 3])
    assert (one.write, one.members, one.größe, one.__dict__["it's"]) == (2, True, 1.5, 3)


def test_owners_and_the_host_have_a_part_each() -> None:
    class Hero(Entity, authority="owner"):
        x: float = 0.0
        hp: int = integer(1, authority="host")
        name: str = text("", authority="host")

    parts = Hero.__gamenet__.parts
    assert [(part.table.name, part.authority) for part in parts] == [("Hero", "entity"), ("Hero/host", "host")]
    assert [part.floats + part.ints for part in parts] == [("x",), ("hp",)]


def test_a_class_without_numbers_has_no_part() -> None:
    class Sign(Entity):
        label: str = ""

    assert Sign.__gamenet__.parts == ()
