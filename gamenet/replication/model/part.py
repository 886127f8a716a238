"""The part of a class that one authority computes, and the functions that carry its values to the codec and back.

They are made once for each class, of pieces that run in C: one `attrgetter` call for each entity, one `struct` pack for
all of them, no Python for a single field. Flags and choices are integers on the wire; a member is found by the identity
of the object (`id`), because `Enum.__hash__` is a Python function.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from ..codec import Table
from .compile import Decider, Field

Entities = Iterable[Any]
Write = Callable[[Any, Sequence[float], Sequence[int]], None]


class Part(NamedTuple):
    """What becomes one table of the codec."""

    table: Table
    authority: Decider  # "entity": whoever computes the entity; "host": the host, although an owner computes it
    floats: tuple[str, ...]  # names in the order of the columns
    ints: tuple[str, ...]
    smooth: tuple[str, ...]
    fields: tuple[Field, ...]  # in the order of table.fields

    pack_floats: Callable[[Entities], array[float]]
    """Row-major array('d') of these entities' floats. Raises struct.error, AttributeError: see `explain_unpackable`."""

    pack_ints: Callable[[Entities], array[int]]
    """Row-major array('q') of flags, choices and integers. Raises struct.error, AttributeError, KeyError."""

    write: Write
    """write(entity, floats, ints): one row into the attributes, past every guard; flags and choices as themselves."""

    def value(self, column: int, number: float) -> Any:
        """What the attribute reads when this column of the table (an index into table.fields) holds that number."""
        field = self.fields[column]
        if field.members:
            return field.members[int(number)]
        return float(number) if self.table.fields[column].kind.is_float else int(number)


def part_of(name: str, authority: Decider, fields: Sequence[Field]) -> Part:
    """Make the part and its functions.

    Args:
        name: of the table: "Ship", "Ship/host".
        fields: numeric fields in the order in which they were declared.
    """
    numeric = [field.numeric for field in fields if field.numeric is not None]
    table = Table(name, tuple(numeric))
    floats = tuple(column.name for column in table.floats)
    ints = [field for field in fields if field.numeric is not None and not field.numeric.kind.is_float]
    names = tuple(field.name for field in ints)
    smooth = tuple(column.name for column in table.smooth)
    packers = _packer(floats, "d", {}), _packer(names, "q", {i: f.members for i, f in enumerate(ints) if f.members})
    return Part(table, authority, floats, names, smooth, tuple(fields), *packers, _writer(floats, ints))


def reader(names: Sequence[str]) -> Callable[[Entities], Iterable[Any]]:
    """A function that reads these attributes of all entities, one after the other, in C."""
    if not names:
        return lambda entities: ()
    read = attrgetter(*names)
    if len(names) == 1:
        return lambda entities: map(read, entities)
    return lambda entities: chain.from_iterable(map(read, entities))


def _packer(names: Sequence[str], code: str, members: dict[int, tuple[Any, ...]]) -> Callable[[Entities], array[Any]]:
    """Args: members: column → what its integers mean, for flags and choices."""
    read, width = reader(names), len(names)
    index_of = {column: _index(values) for column, values in members.items()}

    def pack(entities: Entities) -> array[Any]:
        values = list(read(entities))
        for column, index in index_of.items():
            values[column::width] = map(index, map(id, values[column::width]))
        packed = array(code)
        packed.frombytes(struct.pack(f"{len(values)}{code}", *values))
        return packed

    return pack


def _index(members: tuple[Any, ...]) -> Callable[[int], int]:
    return {id(member): index for index, member in enumerate(members)}.__getitem__


def _writer(floats: tuple[str, ...], ints: Sequence[Field]) -> Write:
    """`write` of these columns, unrolled as `dataclass` does it: some three times as fast as `update(zip(…))`.

    def write(entity, floats, ints):
        attributes = entity.__dict__
        [attributes['x'], attributes['y']] = floats
        [attributes['hp'], column_1] = ints
        attributes['team'] = members[1][column_1]
    """
    columns = [f"column_{c}" if field.members else f"attributes[{field.name!r}]" for c, field in enumerate(ints)]
    lines = [
        "attributes = entity.__dict__",
        f"[{', '.join(f'attributes[{name!r}]' for name in floats)}] = floats",
        f"[{', '.join(columns)}] = ints",
        *(f"attributes[{f.name!r}] = members[{c}][column_{c}]" for c, f in enumerate(ints) if f.members),
    ]
    names: dict[str, Any] = {"members": [field.members for field in ints]}
    exec("def write(entity, floats, ints):\n " + "\n ".join(lines), names)  # only names of attributes are put in
    write: Write = names["write"]
    return write
