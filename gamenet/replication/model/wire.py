"""`Ship.wire()`: what of a class travels, as a table to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .compile import Field
    from .schema import ClassSchema

_HEADINGS: Final = ("field", "kind", "bits", "decided by", "rate", "audience", "smooth")
_WIDEST: Final = 60


def table_of(schema: ClassSchema) -> str:
    """The table, and a line for each RPC. Bits are those of a value sent whole; differences take fewer."""
    rows = [_row(schema, field) for field in schema.fields.values()]
    rpcs = [f"{rpc.number} {rpc.name}{rpc.words}" for rpc in schema.methods]
    return "\n".join([_title(schema), *_aligned([_HEADINGS, *rows]), *_cut(rpcs)])


def _title(schema: ClassSchema) -> str:
    count = sum(field.bits for field in schema.fields.values())
    whole = f"{schema.name}: {len(schema.fields)} field{'s' * (len(schema.fields) != 1)}, {count} bits"
    if not schema.owned:
        return whole
    return f"{whole}; computed by the {schema.authority}, leaves={schema.leaves!r}, most={schema.most}"


def _row(schema: ClassSchema, field: Field) -> Sequence[str]:
    decider = "host" if field.decider == "host" else schema.authority
    bits = str(field.bits) if field.numeric else "-"
    rate = "every send tick" if field.numeric else "on change"
    smooth = "yes" if field.numeric and field.numeric.smooth else "no"
    return (field.name, *_cut([field.words]), bits, decider, rate, "everyone", smooth)


def _cut(words: Iterable[str]) -> list[str]:
    return [text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…" for text in words]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
