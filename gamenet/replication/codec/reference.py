"""The wire format of values to read: what native/codec does fast, bit for bit (docs/wire-format.md, "Values").

From top to bottom: fields and their units, errors against a baseline, bits, prefix codes, rows, sections, messages.
Stateless: which rows go to whom against which baseline is the encoder's affair, not the format's. Slow, on purpose.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from . import Kind, NumericField, Table

Units = tuple[int, ...]
Baselines = Mapping[tuple[int, int, int], Units]
"""What the receiver holds: the units of a row by (table, id, age)."""


class Malformed(ValueError):
    """Not what an honest peer sends."""


class UnknownBaseline(LookupError):
    """A row refers to one that the receiver does not hold."""


class Row(NamedTuple):
    """One entity's row. `age`: ticks since its baseline, 0 when it has none. `cut`: ticks since it teleported."""

    id: int
    units: Units
    age: int = 0
    baseline: Units = ()
    hold: bool = False
    cut: int | None = None


class Section(NamedTuple):
    """Rows of one table in one owner term, ascending by id. `gap`: k of the Rice code of ids; `age`: the usual one."""

    table: int
    term: int
    gap: int
    age: int
    codes: tuple[int, ...]
    rows: tuple[Row, ...]


class Message(NamedTuple):
    """`previous`: ticks since the snapshot before this one, 0 when there was none."""

    previous: int
    sections: tuple[Section, ...]


# --- Units: a field's values as the whole numbers 0 … top ------------------------------------------------------------

FLOAT_ZERO: Final = 0x7F7FFFFF
"""The unit of 0.0: floats are counted from the least finite one, and these are the bits of the greatest."""


def top(field: NumericField) -> int:
    """The greatest unit."""
    if field.kind is Kind.FLOAT:
        return 2 * FLOAT_ZERO
    if field.kind is Kind.RANGED:
        return math.floor((field.high - field.low) / field.step + 1e-6)
    if field.kind is Kind.ANGLE:
        return math.floor(360 / field.step + 0.5) - 1
    low, high = bounds(field)
    return high - low


def bounds(field: NumericField) -> tuple[int, int]:
    """The least and greatest value of an integer kind."""
    if field.kind is Kind.INTEGER and field.low == field.high == 0:
        return -(1 << 63), (1 << 63) - 1
    return {Kind.INTEGER: (int(field.low), int(field.high)), Kind.FLAG: (0, 1)}.get(field.kind, (0, int(field.high)))


def width(field: NumericField) -> int:
    """The bits of a unit."""
    return top(field).bit_length()


def quantise(field: NumericField, value: float) -> int:
    """The unit of a value; out of range it is that of the nearest value, for NaN and infinite angles 0."""
    if field.kind is Kind.FLOAT:
        return _quantise_binary32(value)
    if field.kind is Kind.ANGLE:
        turns = value / 360 if math.isfinite(value) else 0.0
        return math.floor((turns - math.floor(turns)) * (top(field) + 1) + 0.5) % (top(field) + 1)
    if field.kind is Kind.RANGED:
        steps = (value - field.low) / field.step + 0.5
        if math.isnan(steps):
            return 0
        return math.floor(min(max(steps, 0), top(field)))
    low, high = bounds(field)
    return min(max(int(value), low), high) - low


def _quantise_binary32(value: float) -> int:
    """binary32 numbers in their order; both zeros are one."""
    if math.isnan(value):
        return FLOAT_ZERO
    try:
        bits = min(int.from_bytes(struct.pack("<f", abs(value)), "little"), FLOAT_ZERO)
    except OverflowError:
        bits = FLOAT_ZERO
    return FLOAT_ZERO - bits if value < 0 else FLOAT_ZERO + bits


def value_of(field: NumericField, unit: int) -> float:
    """The value that every peer reads (an int for the kinds that are integers)."""
    if field.kind is Kind.FLOAT:
        (size,) = struct.unpack("<f", struct.pack("<I", abs(unit - FLOAT_ZERO)))
        return float(size) if unit >= FLOAT_ZERO else -float(size)
    if field.kind is Kind.RANGED:
        return float(min(field.low + unit * field.step, field.high))
    if field.kind is Kind.ANGLE:
        return unit * 360.0 / (top(field) + 1)
    return bounds(field)[0] + unit


# --- Errors: the way from a baseline, the short way round modulo top + 1 ---------------------------------------------


def error_of(field: NumericField, unit: int, base: int) -> int:
    """0, -1, +1, -2, +2 … as 0, 1, 2, 3, 4 …"""
    count = top(field) + 1
    up = (unit - base) % count
    return 2 * up if 2 * up < count else 2 * (count - up) - 1


def unit_of(field: NumericField, error: int, base: int) -> int:
    """The unit whose error is `error`."""
    up = -(error + 1) // 2 if error % 2 else error // 2
    return (base + up) % (top(field) + 1)


def rest(field: NumericField) -> int:
    """What wide fields of a row without a baseline are coded against: the unit of 0, or the nearest."""
    low, high = bounds(field)
    return min(max(0, low), high) - low


# --- What a column is expected to be: its baseline, moved or turned on ------------------------------------------------


def expected(table: Table, index: int, units: Sequence[int], base: Sequence[int], age: int) -> int:
    """The unit of a column `age` ticks after `base`. Of `units` only the columns that it is predicted from are read.

    All in binary64, in this order of operations: both ends come to the same.
    """
    field = table.fields[index]
    sources = [table.fields.index(column) for name in field.source for column in table.fields if column.name == name]
    before, now = ([float(value_of(table.fields[s], row[s])) for s in sources] for row in (base, units))
    if len(sources) == 1:
        way = ((age - 1.0) * before[0] + (age + 1.0) * now[0]) * (0.5 / table.tick_rate)
        return quantise(field, value_of(field, base[index]) + way)
    towards = [direction(*row) for row in (before, now)] if sources else [None]
    if None in towards:
        return base[index]
    was, is_now = (quantise(field, degrees) for degrees in towards if degrees is not None)
    return unit_of(field, error_of(field, is_now, was), base[index])


def in_order(table: Table) -> list[int]:
    """The columns, each behind those that it is predicted from."""
    names, order = [field.name for field in table.fields], list[int]()
    while len(order) < len(names):
        known = {names[index] for index in order}
        order += [i for i, f in enumerate(table.fields) if i not in order and known.issuperset(f.source)]
    return order


ARCTAN: Final = (
    *(0.140759860257, -0.825136771315, 2.27929603069, -4.14526806055, 6.01545327358),
    *(-8.11378682163, 11.4510811199, -19.0981713046, 57.2957730035),
)
"""Of arctan(r) / r in degrees as a polynomial of r², the highest power first, for 0 ≤ r ≤ 1."""


def direction(x: float, y: float) -> float | None:
    """Degrees from the direction of +x towards +y; None for no direction."""
    short, long = sorted((abs(x), abs(y)))
    if long == 0:
        return None
    ratio = short / long
    total = ARCTAN[0]
    for factor in ARCTAN[1:]:
        total = total * (ratio * ratio) + factor
    degrees = ratio * total
    degrees = 90.0 - degrees if abs(x) < abs(y) else degrees
    degrees = 180.0 - degrees if x < 0 else degrees
    return 360.0 - degrees if y < 0 else degrees


# --- Bits: the first is the lowest of the first byte -----------------------------------------------------------------


class BitWriter:
    def __init__(self) -> None:
        self.number, self.count = 0, 0

    def put(self, value: int, bits: int) -> None:
        self.number |= value << self.count
        self.count += bits

    def bytes(self) -> bytes:
        """What was written, with zeros up to the end of the last byte."""
        return self.number.to_bytes((self.count + 7) // 8, "little")


class BitReader:
    def __init__(self, data: bytes) -> None:
        self.number, self.left = int.from_bytes(data, "little"), 8 * len(data)

    def get(self, bits: int) -> int:
        if bits > self.left:
            raise Malformed("the message ends in the middle of a row")
        value = self.number & ((1 << bits) - 1)
        self.number >>= bits
        self.left -= bits
        return value

    def ones(self, most: int) -> int:
        """How many ones come next, at most `most`; the zero that ends fewer is taken too."""
        count = 0
        while count < most and self.get(1):
            count += 1
        return count

    def finish(self) -> None:
        if self.left >= 8:
            raise Malformed("bytes follow the end of the message")
        if self.number:
            raise Malformed("the padding bits are not zero")


# --- Prefix codes ----------------------------------------------------------------------------------------------------

ZERO, PLAIN, RICE, EXP, ZERO_EXP, RARE, CODES = 0, 1, 2, 18, 34, 50, 58
"""Where each family of codes begins: RICE, EXP and ZERO_EXP have one for each k from 0 to 15; RARE, which is ZERO_EXP
but left out of plain rows, from 0 to 7. From CODES on: none."""

ESCAPE: Final = 12
"""So many ones are followed by the number itself."""


def write(out: BitWriter, code: int, number: int, width: int) -> None:
    """Writes a number below 2**width."""
    if code == ZERO:
        assert number == 0, "code 0 cannot say that a field changed"
    elif code == PLAIN:
        out.put(number, width)
    elif code < EXP:
        k = code - RICE
        _write_prefixed(out, number >> k, number & ((1 << k) - 1), k, (number, width))
    elif code < ZERO_EXP:
        k = code - EXP
        j = ((number >> k) + 1).bit_length() - 1
        _write_prefixed(out, j, number - (((1 << j) - 1) << k), k + j, (number, width))
    else:
        out.put(min(number, 1), 1)
        if number:
            write(out, code - (RARE if code >= RARE else ZERO_EXP) + EXP, number - 1, width)


def _write_prefixed(out: BitWriter, ones: int, tail: int, bits: int, plain: tuple[int, int]) -> None:
    if ones < ESCAPE:
        out.put((1 << ones) - 1, ones + 1)
        out.put(tail, bits)
    else:
        out.put((1 << ESCAPE) - 1, ESCAPE)
        out.put(*plain)


def read(data: BitReader, code: int, width: int, most: int) -> int:
    """Reads a number of at most `most`."""
    number = _read(data, code, width)
    if number > most:
        raise Malformed("a value is out of its field's range")
    return number


def _read(data: BitReader, code: int, width: int) -> int:
    if code == ZERO:
        return 0
    if code == PLAIN:
        return data.get(width)
    if code >= ZERO_EXP:
        return 1 + _read(data, code - (RARE if code >= RARE else ZERO_EXP) + EXP, width) if data.get(1) else 0
    ones = data.ones(ESCAPE)
    if ones == ESCAPE:
        return data.get(width)
    if code < EXP:
        return (ones << (code - RICE)) + data.get(code - RICE)
    return (((1 << ones) - 1) << (code - EXP)) + data.get(code - EXP + ones)


# --- Rows, sections, messages ----------------------------------------------------------------------------------------

AGE, COUNT, FIRST_ID, WIDE = EXP + 3, EXP + 4, EXP + 8, EXP + 8
NUMBER_BITS, TERM_BITS, GAP_BITS, CODE_BITS = 32, 8, 4, 6
LONGEST_BODY: Final = 4096


def write_number(out: BitWriter, code: int, number: int) -> None:
    write(out, code, number, NUMBER_BITS)


def read_number(data: BitReader, code: int) -> int:
    return read(data, code, NUMBER_BITS, (1 << NUMBER_BITS) - 1)


def table_bits(tables: Sequence[Table]) -> int:
    return max(len(tables) - 1, 0).bit_length()


def encode_message(tables: Sequence[Table], message: Message) -> bytes:
    """The body of a values message."""
    out = BitWriter()
    write_number(out, AGE, message.previous)
    for section in message.sections:
        out.put(1, 1)
        out.put(section.table, table_bits(tables))
        _write_section(out, tables[section.table], section)
    out.put(0, 1)
    return out.bytes()


def _write_section(out: BitWriter, table: Table, section: Section) -> None:
    out.put(section.term, TERM_BITS)
    out.put(section.gap, GAP_BITS)
    write_number(out, AGE, section.age)
    for code in section.codes:
        out.put(code, CODE_BITS)
    write_number(out, COUNT, len(section.rows) - 1)
    last = None
    for row in section.rows:
        if last is None:
            write_number(out, FIRST_ID, row.id)
        else:
            write_number(out, RICE + section.gap, row.id - last - 1)
        last = row.id
        _write_row(out, table, section, row)


def _write_row(out: BitWriter, table: Table, section: Section, row: Row) -> None:
    errors = _errors(table, row)
    rare = [index for index, code in enumerate(section.codes) if row.age and code >= RARE]
    plain = row.age == section.age and not row.hold and row.cut is None and not any(errors[index] for index in rare)
    out.put(int(not plain), 1)
    if not plain:
        _write_manner(out, section, row)
    for index, (field, error) in enumerate(zip(table.fields, errors, strict=True)):
        if index not in rare:
            write(out, _code(section, row, index, field), error, width(field))
    for index in [] if plain else rare:
        write(out, section.codes[index], errors[index], width(table.fields[index]))


def _write_manner(out: BitWriter, section: Section, row: Row) -> None:
    out.put(int(row.age != section.age), 1)
    if row.age != section.age:
        write_number(out, AGE, row.age)
    if row.cut is not None:
        out.put(0b11, 2)
        write_number(out, AGE, row.cut)
    else:
        out.put(0b01 if row.hold else 0, 2 if row.hold else 1)


def _errors(table: Table, row: Row) -> list[int]:
    """What a row says of each column: its error; without a baseline its unit, of wide ones the error against `rest`."""
    if row.age:
        bases = (expected(table, index, row.units, row.baseline, row.age) for index in range(len(row.units)))
        return [error_of(*each) for each in zip(table.fields, row.units, bases, strict=True)]
    units = zip(table.fields, row.units, strict=True)
    return [unit if width(field) <= 32 else error_of(field, unit, rest(field)) for field, unit in units]


def _code(section: Section, row: Row, index: int, field: NumericField) -> int:
    return section.codes[index] if row.age else PLAIN if width(field) <= 32 else WIDE


def pack_row(table: Table, units: Units) -> bytes:
    """A row as it travels with structure: as one without baseline, padded to whole bytes."""
    out = BitWriter()
    for field, unit in zip(table.fields, units, strict=True):
        wide = width(field) > 32
        write(out, WIDE if wide else PLAIN, error_of(field, unit, rest(field)) if wide else unit, width(field))
    return out.bytes()


def unpack_row(table: Table, data: bytes) -> Units:
    """Raises: Malformed: not what `pack_row` makes of any row of that table."""
    bits = BitReader(data)
    units = []
    for field in table.fields:
        wide = width(field) > 32
        number = read(bits, WIDE if wide else PLAIN, width(field), top(field))
        units.append(unit_of(field, number, rest(field)) if wide else number)
    bits.finish()
    return tuple(units)


def decode_message(tables: Sequence[Table], body: bytes, baselines: Baselines) -> Message:
    """The message of a body.

    Raises:
        Malformed: this is no values message, whatever the baselines.
        UnknownBaseline: it is one, but refers to a row that is not in `baselines`.
    """
    if len(body) > LONGEST_BODY:
        raise Malformed("the message is longer than any may be")
    data = BitReader(body)
    previous = read_number(data, AGE)
    sections: list[Section] = []
    while data.get(1):
        sections.append(_read_section(data, tables, sections[-1][:2] if sections else (-1, 0)))
    data.finish()
    return Message(previous, tuple(_resolve(tables[section.table], section, baselines) for section in sections))


def _read_section(data: BitReader, tables: Sequence[Table], before: tuple[int, int]) -> Section:
    """The section after that of table and term `before`; where its rows have a baseline they hold errors, not units."""
    index = data.get(table_bits(tables))
    if index >= len(tables):
        raise Malformed("a section names a table that does not exist")
    term = data.get(TERM_BITS)
    if before >= (index, term):
        raise Malformed("sections are not in ascending order of table and term")
    gap, age = data.get(GAP_BITS), read_number(data, AGE)
    codes = tuple(_read_code(data) for _ in tables[index].fields)
    section, rows, last = Section(index, term, gap, age, codes, ()), [], None
    for _ in range(read_number(data, COUNT) + 1):
        last = read_number(data, FIRST_ID) if last is None else last + 1 + read_number(data, RICE + gap)
        if last >> NUMBER_BITS:
            raise Malformed("an entity id is beyond 32 bits")
        rows.append(_read_row(data, tables[index], section, last))
    return section._replace(rows=tuple(rows))


def _read_code(data: BitReader) -> int:
    code = data.get(CODE_BITS)
    if code >= CODES:
        raise Malformed("a section names a prefix code that does not exist")
    return code


def _read_row(data: BitReader, table: Table, section: Section, id: int) -> Row:
    """The row; its `units` are what it says of each column."""
    plain = not data.get(1)
    age = section.age if plain or not data.get(1) else read_number(data, AGE)
    mode = 0 if plain else data.ones(2)
    row = Row(id, (), age, hold=mode == 1, cut=read_number(data, AGE) if mode == 2 else None)
    rare = [index for index, code in enumerate(section.codes) if age and code >= RARE]
    numbers = [0] * len(table.fields)
    for index, field in enumerate(table.fields):
        if index not in rare:
            number = read(data, _code(section, row, index, field), width(field), top(field))
            numbers[index] = unit_of(field, number, rest(field)) if not age and width(field) > 32 else number
    for index in [] if plain else rare:
        numbers[index] = read(data, section.codes[index], width(table.fields[index]), top(table.fields[index]))
    return row._replace(units=tuple(numbers))


def _resolve(table: Table, section: Section, baselines: Baselines) -> Section:
    return section._replace(rows=tuple(_with_units(table, section.table, row, baselines) for row in section.rows))


def _with_units(table: Table, index: int, row: Row, baselines: Baselines) -> Row:
    if not row.age:
        return row
    base = baselines.get((index, row.id, row.age))
    if base is None:
        raise UnknownBaseline(f"entity {row.id}, {row.age} ticks ago")
    units = list(row.units)
    for column in in_order(table):
        old = expected(table, column, units, base, row.age)
        units[column] = unit_of(table.fields[column], row.units[column], old)
    return row._replace(units=tuple(units), baseline=base)
