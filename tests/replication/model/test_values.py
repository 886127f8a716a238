"""Values as lists: checked, in range, and the simulated ones."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gamenet as gn
from gamenet.replication.codec import OutgoingRows, Rows
from gamenet.replication.codec.native import NativeEncoder
from gamenet.replication.model.faces import Faces
from gamenet.replication.model.values import check_rows, read_structure, rows_of, structure_of, write_values
from gamenet.replication.operations import Malformed
from tests.replication.arena import Rock, Ship, Team

FLOATS = st.floats() | st.sampled_from([math.inf, -math.inf, math.nan, 4096.0, -4096.0, 360.0, 1e308])


def rock(**values: Any) -> Rock:
    made = Rock()
    made.__dict__.update(values)
    return made


def test_rows_are_floats_then_integers_for_each_part_and_come_back() -> None:
    ship = Ship(x=1, y=2, angle=3, hull=4, name="n", rank="r")
    assert rows_of(ship) == [[1.0, 2.0, 3.0], [4]]
    assert structure_of(ship) == ["n", "r"]
    again = Ship()
    write_values(again, rows_of(ship), structure_of(ship))
    assert (again.x, again.y, again.angle, again.hull, again.name, again.rank) == (1.0, 2.0, 3.0, 4, "n", "r")


def test_flags_and_choices_are_themselves_again() -> None:
    again = rock()
    write_values(again, rows_of(rock(solid=False, team=Team.BLUE)), [""])
    assert again.solid is False
    assert again.team is Team.BLUE


@given(x=FLOATS, angle=FLOATS, mass=FLOATS, heat=FLOATS, small=st.integers(-(1 << 63), (1 << 63) - 1))
def test_what_goes_out_is_finite_and_in_range_and_the_codec_clamps_none_of_it(**values: Any) -> None:
    (row,) = rows_of(rock(**values))
    assert all(map(math.isfinite, row))
    part = Rock.__gamenet__.parts[0]
    floats, ints = array("d", row[: len(part.floats)]), array("q", map(int, row[len(part.floats) :]))
    rows = Rows(0, array("I", [1]), floats, ints)
    clamped = NativeEncoder([part.table]).collect(1, [OutgoingRows(rows, array("H", [0]), array("B", [0]))])
    assert clamped == []
    assert 0 <= row[part.floats.index("angle")] < 360


@given(st.lists(FLOATS.filter(math.isfinite), min_size=4, max_size=4), st.integers(-(1 << 63), (1 << 63) - 1))
def test_what_comes_in_is_in_range_in_the_attributes(floats: list[float], small: int) -> None:
    part = Rock.__gamenet__.parts[0]
    ints = [small if name == "small" else 0 for name in part.ints]
    check_rows(Rock.__gamenet__, [[*floats, *ints]])
    made = rock()
    write_values(made, [[*floats, *ints]], [""])
    assert -4096 <= made.x <= 4096
    assert 0 <= made.heat <= 1
    assert -5 <= made.small <= 5
    assert math.isfinite(made.mass)


def test_what_is_shown_does_not_go_out() -> None:
    made, faces = Ship(x=1), Faces()
    faces.show(made, ("x",), [50.0])
    assert made.x == 50.0
    assert rows_of(made)[0][0] == 1.0


@pytest.mark.parametrize(
    ("name", "value"),
    [("x", None), ("x", "text"), ("count", 1 << 63), ("count", 1.5), ("solid", 1), ("team", "r"), ("team", Team)],
)
def test_what_cannot_be_packed_is_named(name: str, value: Any) -> None:
    with pytest.raises(gn.BadArgument, match=name):
        rows_of(rock(**{name: value}))


@pytest.mark.parametrize(
    ("rows", "structure"),
    [
        ([], [""]),
        ([[0.0] * 4 + [0] * 4, []], [""]),
        ([[0.0] * 4 + [0] * 3], [""]),
        ([[0.0] * 4 + [0] * 5], [""]),
        ([[0.0] * 4 + [0] * 4], []),
        ([[0.0] * 4 + [0] * 4], ["", ""]),
        ([[0.0] * 4 + [0] * 4], ["x" * 41]),
        ([[0.0] * 4 + [0] * 4], [7]),
        ([[0.0] * 4 + [0] * 4], [None]),
        ([[0.0] * 4 + [0.5, 0, 0, 0]], [""]),
        ([[0.0] * 4 + [1 << 63, 0, 0, 0]], [""]),
        ([[0.0] * 4 + [0, 0, 2, 0]], [""]),
        ([[0.0] * 4 + [0, 0, -1, 0]], [""]),
        ([[0.0] * 4 + [0, 0, 0, 3]], [""]),
    ],
)
def test_values_that_a_class_cannot_have_are_malformed(rows: Any, structure: Any) -> None:
    def check() -> None:
        check_rows(Rock.__gamenet__, rows)
        read_structure(Rock.__gamenet__, structure)

    with pytest.raises(Malformed):
        check()
