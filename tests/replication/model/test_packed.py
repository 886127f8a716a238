"""Numbers that travel with structure: packed in one crossing, read by the readable codec, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gamenet as gn
from gamenet._bridge import counting
from gamenet.replication.codec.native import NativeFormat
from gamenet.replication.codec.reference import unpack_row
from gamenet.replication.model.faces import Faces
from gamenet.replication.model.packed import pack_rows, unpack_rows
from gamenet.replication.model.values import write_rows
from gamenet.replication.operations import Malformed
from tests.replication.arena import Arena, Rock, Ship, Team, rows_for

CLASSES = gn.Protocol([Arena, Rock, Ship])
FORMAT = NativeFormat(CLASSES.tables)
FLOATS = st.floats() | st.sampled_from([math.inf, -math.inf, math.nan, 4096.0, -4096.0, 360.0, 1e308])


def rock(**values: Any) -> Rock:
    made = Rock()
    made.__dict__.update(values)
    return made


def packed(*entities: Any) -> dict[Any, list[bytes]]:
    return pack_rows(entities, CLASSES, FORMAT.pack)


@given(x=FLOATS, angle=FLOATS, mass=FLOATS, heat=FLOATS, small=st.integers(-(1 << 63), (1 << 63) - 1))
def test_what_goes_out_comes_in_in_range_and_goes_out_the_same_again(**values: Any) -> None:
    made, again = rock(**values), Rock()
    (row,) = packed(made)[made]
    (numbers,) = unpack_rows(Rock.__gamenet__, [row])
    assert all(map(math.isfinite, numbers))
    write_rows(again, [numbers])
    assert -4096 <= again.x <= 4096 and 0 <= again.angle < 360 and 0 <= again.heat <= 1 and -5 <= again.small <= 5
    assert packed(again)[again] == [row] == rows_for(again)


def test_many_entities_of_many_classes_are_one_crossing_and_each_gets_its_own() -> None:
    entities = [
        *(rock(x=i, solid=bool(i % 2), team=Team.BLUE) for i in range(50)),
        *(Ship(x=i) for i in range(50)),
        Arena(),
    ]
    with counting() as crossings:
        found = packed(*entities, entities[0])
    assert crossings.total() == 1
    assert found == {entity: rows_for(entity) for entity in entities}


def test_what_is_shown_does_not_go_out() -> None:
    ship, faces = Ship(x=1), Faces()
    faces.show(ship, ("x",), [50.0])
    assert packed(ship)[ship] == rows_for(Ship(x=1))


@pytest.mark.parametrize(("name", "value"), [("x", None), ("count", 1 << 63), ("solid", 1), ("team", "r")])
def test_what_cannot_be_packed_is_named(name: str, value: Any) -> None:
    with pytest.raises(gn.BadArgument, match=name):
        packed(Rock(), rock(**{name: value}))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_row_in_range_or_malformed(data: bytes) -> None:
    try:
        (numbers,) = unpack_rows(Rock.__gamenet__, [data])
    except Malformed:
        return
    assert all(map(math.isfinite, numbers))
    assert len(unpack_row(Rock.__gamenet__.parts[0].table, data)) == len(numbers)


def test_a_row_has_one_length_and_zeros_behind_its_last_bit() -> None:
    (row,) = rows_for(Rock())
    for wrong in ([], [row, row], [row + b"\0"], [row[:-1]], [b""]):
        with pytest.raises(Malformed, match="Rock"):
            unpack_rows(Rock.__gamenet__, wrong)
