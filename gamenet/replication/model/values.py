"""An entity's values as lists that travel with its spawn or stand in a checkpoint: out, checked, and in again."""
from __future__ import annotations

from ...errors import GamenetError
from ..codec import Kind, NumericField
from ..operations import Malformed
from .entity import Replicated
from .schema import ClassSchema, Structural


def rows_of(entity: Replicated) -> list[list[float]]:
    """Its values as they are now, one list for each part: floats, then integers."""
    one = (entity,)
    return [[*part.pack_floats(one), *part.pack_ints(one)] for part in entity.__gamenet__.parts]


def texts_of(entity: Replicated) -> list[str]:
    return [getattr(entity, field.name) for field in entity.__gamenet__.structural]


def check_values(kind: ClassSchema, rows: list[list[float]], texts: list[str]) -> None:
    """Raises: Malformed: values that a class cannot have."""
    if len(rows) != len(kind.parts) or len(texts) != len(kind.structural):
        raise Malformed(f"a {kind.name} with the wrong number of parts or texts")
    for part, row in zip(kind.parts, rows, strict=True):
        if len(row) != len(part.table.fields) or not all(map(_fits, part.table.ints, row[len(part.floats) :])):
            raise Malformed(f"a {kind.name} whose row does not fit its fields")
    for field, text in zip(kind.structural, texts, strict=True):
        check_text(field, text)


def write_values(entity: Replicated, rows: list[list[float]], texts: list[str]) -> None:
    """Checked values from the wire into the attributes."""
    kind = entity.__gamenet__
    for part, row in zip(kind.parts, rows, strict=True):
        floats = len(part.floats)
        part.write(entity, [float(value) for value in row[:floats]], [int(value) for value in row[floats:]])
    entity.__dict__.update((field.name, text) for field, text in zip(kind.structural, texts, strict=True))


def _fits(field: NumericField, value: float) -> bool:
    """An integer column: floats are finite by now, and what is out of range is clamped by the codec."""
    most = 1 << 63 if field.kind is Kind.INTEGER else 2 if field.kind is Kind.FLAG else int(field.high) + 1
    return type(value) is int and (-most if field.kind is Kind.INTEGER else 0) <= value < most


def check_text(field: Structural, text: str) -> None:
    try:
        field.check(text)
    except GamenetError as error:
        raise Malformed(str(error)) from None
