"""Numbers that travel with structure: each part's row packed as the values' format has it, without a baseline."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from ..codec import Rows
from ..codec.reference import Malformed as BadBits
from ..codec.reference import unpack_row, value_of
from ..operations import Malformed
from .entity import Replicated
from .schema import ClassSchema, Protocol
from .values import UNPACKABLE, simulated

Pack = Callable[[Sequence[Rows]], list[bytes]]


def pack_rows(entities: Iterable[Replicated], classes: Protocol, pack: Pack) -> dict[Replicated, list[bytes]]:
    """Every entity's simulated values as they are now, one packed row for each part: one call of `pack` for all.

    Raises:
        BadArgument: a value that cannot be sent, with entity, field and value.
    """
    kinds: dict[ClassSchema, list[Replicated]] = {}
    packed: dict[Replicated, list[bytes]] = {}
    for entity in dict.fromkeys(entities):
        kinds.setdefault(entity.__gamenet__, []).append(entity)
        packed[entity] = []
    rows = [one for kind, alike in kinds.items() for one in _rows(kind, alike, classes.first_table(kind))]
    found = iter(pack(rows))
    for kind, alike in kinds.items():
        for _ in kind.parts:
            for entity in alike:
                packed[entity].append(next(found))
    return packed


def _rows(kind: ClassSchema, entities: list[Replicated], first: int) -> Iterable[Rows]:
    there = list(map(simulated, entities))
    ids = array("I", [0]) * len(entities)  # whose rows these are is told beside them
    try:
        for table, part in enumerate(kind.parts, first):
            yield Rows(table, ids, part.pack_floats(there), part.pack_ints(there))
    except UNPACKABLE:
        kind.explain_unpackable(entities)


def unpack_rows(kind: ClassSchema, rows: Sequence[bytes]) -> list[list[float]]:
    """For each part its floats, then its integers, all in range.

    Raises:
        Malformed: rows that the class cannot have.
    """
    if len(rows) != len(kind.parts):
        raise Malformed(f"a {kind.name} with {len(rows)} rows, which has {len(kind.parts)} parts")
    values = []
    for part, row in zip(kind.parts, rows, strict=True):
        try:
            units = zip(part.table.fields, unpack_row(part.table, row), strict=True)
        except BadBits as wrong:
            raise Malformed(f"a row of a {kind.name}: {wrong}") from None
        numbers = [(field.kind.is_float, value_of(field, unit)) for field, unit in units]
        floats = [number for is_float, number in numbers if is_float]
        values.append([*floats, *(int(number) for is_float, number in numbers if not is_float)])
    return values
