"""An entity's values as lists that stand in a checkpoint: out, checked, and in again.

Both ways what is out of range becomes what the codec would make of it, so that nobody ever sees another value.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

from ..codec import Kind, NumericField
from ..codec.reference import bounds
from ..operations import Malformed
from .entity import Replicated
from .schema import ClassSchema, Part
from .structural import Plain

UNPACKABLE: Final = (TypeError, ValueError, OverflowError, KeyError, AttributeError, struct.error)
"""What packing raises when an attribute holds something that its field cannot."""

_MOST_FLOAT: Final = 3.4028234663852886e38  # the greatest binary32


def rows_of(entity: Replicated) -> list[list[float]]:
    """Its simulated values as they are now, one list for each part: floats, then integers.

    Raises:
        BadArgument: a value that cannot be sent, with entity, field and value.
    """
    one = (simulated(entity),)
    try:
        rows = [[*part.pack_floats(one), *part.pack_ints(one)] for part in entity.__gamenet__.parts]
    except UNPACKABLE:
        entity.__gamenet__.explain_unpackable([entity])
    return [_in_range(part, row) for part, row in zip(entity.__gamenet__.parts, rows, strict=True)]


def structure_of(entity: Replicated) -> list[Plain]:
    """Its structural fields as they are told to somebody new."""
    return [field.plain(entity) for field in entity.__gamenet__.structural]


def check_rows(kind: ClassSchema, rows: list[list[float]]) -> None:
    """Raises: Malformed: numbers that a class cannot have."""
    if len(rows) != len(kind.parts):
        raise Malformed(f"a {kind.name} with the wrong number of parts")
    for part, row in zip(kind.parts, rows, strict=True):
        if len(row) != len(part.table.fields) or not all(map(_fits, part.table.ints, row[len(part.floats) :])):
            raise Malformed(f"a {kind.name} whose row does not fit its fields")


def read_structure(kind: ClassSchema, structure: Sequence[Plain]) -> list[Any]:
    """What stands in a spawn of its structural fields, for `write_values`.

    Raises:
        Malformed: what a class cannot have.
    """
    if len(structure) != len(kind.structural):
        raise Malformed(f"a {kind.name} with {len(structure)} structural fields, not {len(kind.structural)}")
    return [field.read(plain) for field, plain in zip(kind.structural, structure, strict=True)]


def write_values(entity: Replicated, rows: list[list[float]], structure: list[Any]) -> None:
    """Checked values from the wire into the attributes."""
    write_rows(entity, rows)
    for field, value in zip(entity.__gamenet__.structural, structure, strict=True):
        field.write(entity, value)


def write_rows(entity: Replicated, rows: list[list[float]]) -> None:
    """Checked numbers from the wire into the attributes."""
    for part, row in zip(entity.__gamenet__.parts, rows, strict=True):
        values = _in_range(part, row)
        part.write(entity, values[: len(part.floats)], [int(value) for value in values[len(part.floats) :]])


def simulated(entity: Replicated) -> Any:
    """The entity, or what stands in for it while its attributes show what is drawn."""
    return SimpleNamespace(**{**entity.__dict__, **entity._simulated}) if entity._simulated else entity


def _fits(field: NumericField, value: float) -> bool:
    """An integer column: 64 bits, and for a flag or a choice one of those that there are."""
    low, high = (-1 << 63, (1 << 63) - 1) if field.kind is Kind.INTEGER else bounds(field)
    return type(value) is int and low <= value <= high


def _in_range(part: Part, row: Sequence[float]) -> list[float]:
    floats = len(part.floats)
    return [*map(_clamped, part.table.floats, row[:floats]), *map(_clamped_int, part.table.ints, row[floats:])]


def _clamped(field: NumericField, value: float) -> float:
    if field.kind is Kind.ANGLE:
        turned = value % 360.0 if math.isfinite(value) else 0.0
        return turned if turned < 360.0 else 0.0  # a tiny negative angle turns to 360 exactly
    low, high = (field.low, field.high) if field.kind is Kind.RANGED else (-_MOST_FLOAT, _MOST_FLOAT)
    if math.isnan(value):
        return low if field.kind is Kind.RANGED else 0.0
    return min(max(float(value), low), high)


def _clamped_int(field: NumericField, value: float) -> int:
    low, high = bounds(field)
    return min(max(int(value), low), high)
