"""Hypothesis makes tables, rows and messages."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from hypothesis import strategies as st

from gamenet.replication.codec import Kind, NumericField, Rows, Table
from gamenet.replication.codec.reference import CODES, ZERO, Baselines, Message, Row, Section, top

SMALL = st.integers(0, 40)
NUMBERS = st.one_of(SMALL, st.integers(0, 2**32 - 1))


def fields() -> st.SearchStrategy[NumericField]:
    low, span, smooth = st.integers(-5000, 5000), st.integers(0, 10_000), st.booleans()
    step = st.sampled_from([1 / 16, 0.1, 0.5, 1, 3])
    long = st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)).map(sorted)
    return st.one_of(
        st.builds(lambda s: NumericField("f", Kind.FLOAT, smooth=s), smooth),
        st.builds(lambda a, b, c, s: NumericField("r", Kind.RANGED, a, a + b, c, s), low, span, step, smooth),
        st.builds(lambda a, s: NumericField("a", Kind.ANGLE, step=a, smooth=s), step, smooth),
        st.just(NumericField("i", Kind.INTEGER)),
        st.builds(lambda ab: NumericField("l", Kind.INTEGER, *ab), long),
        st.builds(lambda a, b: NumericField("i", Kind.INTEGER, a, a + b), low, span),
        st.just(NumericField("b", Kind.FLAG)),
        st.builds(lambda a: NumericField("c", Kind.CHOICE, high=a), SMALL),
    )


def tables(most: int = 3) -> st.SearchStrategy[list[Table]]:
    return st.lists(table(), min_size=1, max_size=most)


@st.composite
def table(draw: st.DrawFn) -> Table:
    """Columns of all kinds; some floats are predicted from columns that all stand before or all behind them."""
    named = [
        field._replace(name=f"{field.name}{i}")
        for i, field in enumerate(draw(st.lists(fields(), min_size=1, max_size=5)))
    ]
    behind = draw(st.booleans())
    columns = [
        field._replace(source=draw(sources(field, [other.name for other in (named[i + 1 :] if behind else named[:i])])))
        for i, field in enumerate(named)
    ]
    return Table("T", tuple(columns), draw(st.sampled_from([1, 20, 60, 1000])))


def sources(field: NumericField, others: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    if not others or not field.kind.is_float:
        return st.just(())
    one = st.sampled_from(others)
    either = [st.just(()), st.tuples(one)] + [st.tuples(one, one)] * (field.kind is Kind.ANGLE)
    return st.one_of(either)


def unit(field: NumericField, near: int | None = None) -> st.SearchStrategy[int]:
    """A unit of the field, often at its ends, in its middle, or `near` another one."""
    most = top(field)
    picks = [st.integers(0, most), st.sampled_from(sorted({0, most, most // 2, (most + 1) // 2}))]
    if near is not None:
        picks.append(st.integers(-9, 9).map(lambda way: (near + way) % (most + 1)))
    return st.one_of(picks)


@st.composite
def rows(draw: st.DrawFn, table: Table, id: int, codes: Sequence[int], usual: int) -> Row:
    age = draw(st.one_of(st.just(usual), st.just(0), NUMBERS))
    base = tuple(draw(unit(field)) for field in table.fields) if age else ()
    units = []
    for index, field in enumerate(table.fields):
        still = age and codes[index] == ZERO
        units.append(base[index] if still else draw(unit(field, base[index] if age else None)))
    cut = draw(st.one_of(st.none(), NUMBERS))
    return Row(id, tuple(units), age, base, cut is None and draw(st.booleans()), cut)


@st.composite
def sections(draw: st.DrawFn, tables: Sequence[Table], table: int, term: int) -> Section:
    least = [int(bool(field.source)) for field in tables[table].fields]  # what is predicted may always be wrong
    codes = tuple(draw(st.integers(code, CODES - 1)) for code in least)
    age, gap = draw(NUMBERS), draw(st.integers(0, 15))
    ids = sorted(draw(st.sets(NUMBERS, min_size=1, max_size=6)))
    return Section(table, term, gap, age, codes, tuple(draw(rows(tables[table], id, codes, age)) for id in ids))


@st.composite
def messages(draw: st.DrawFn, tables: Sequence[Table]) -> Message:
    places = st.tuples(st.integers(0, len(tables) - 1), st.integers(0, 255))
    chosen = sorted(draw(st.sets(places, max_size=4)))
    return Message(draw(NUMBERS), tuple(draw(sections(tables, *place)) for place in chosen))


def baselines(message: Message) -> dict[tuple[int, int, int], tuple[int, ...]]:
    """What a receiver must hold to read the message; where two sections refer to the same row, both read the first."""
    held: dict[tuple[int, int, int], tuple[int, ...]] = {}
    for section in message.sections:
        for row in section.rows:
            if row.age:
                held.setdefault((section.table, row.id, row.age), row.baseline)
    return held


def settled(message: Message, held: Baselines) -> Message:
    """The message with every baseline as it is held: rows that code 0 keeps from changing follow theirs."""

    def row(section: Section, row: Row) -> Row:
        base = held.get((section.table, row.id, row.age), ())
        units = [
            base[index] if row.age and section.codes[index] == ZERO else unit for index, unit in enumerate(row.units)
        ]
        return row._replace(baseline=base, units=tuple(units))

    each = [s._replace(rows=tuple(row(s, r) for r in s.rows)) for s in message.sections]
    return message._replace(sections=tuple(each))


@st.composite
def values(draw: st.DrawFn, table: Table, ids: Sequence[int]) -> Rows:
    """Rows of any numbers, in range or not."""
    floats, ints = array("d"), array("q")
    for _ in ids:
        for field in table.fields:
            if field.kind.is_float:
                near = st.floats(field.low - 10, field.high + 10) if field.kind is Kind.RANGED else st.floats(-800, 800)
                floats.append(draw(st.one_of(near, st.floats(allow_nan=True, allow_infinity=True))))
            else:
                ints.append(draw(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-6000, 16_000))))
    return Rows(0, array("I", ids), floats, ints)
