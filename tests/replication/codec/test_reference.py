"""The readable codec and the native one speak the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.replication.codec import Kind, NumericField, Table
from gamenet.replication.codec.native import NativeFormat
from gamenet.replication.codec.reference import (
    EXP,
    PLAIN,
    RICE,
    Baselines,
    Malformed,
    Message,
    Row,
    Section,
    UnknownBaseline,
    decode_message,
    encode_message,
    error_of,
    quantise,
    top,
    unit_of,
    value_of,
)
from tests.replication.codec import schemas

COURT = [Table("Ball", (NumericField("x", Kind.RANGED, 0, 100, 1), NumericField("spin", Kind.ANGLE, step=1)))]
STILL = Row(7, (10, 20), 3, (10, 20))
ONE = Message(3, (Section(0, 0, 0, 3, (RICE, RICE), (STILL,)),))

Outcome = Message | type[Exception]


def outcome(decode: Callable[[], Message]) -> tuple[Outcome, str]:
    try:
        return decode(), ""
    except Malformed as error:
        return Malformed, str(error)
    except UnknownBaseline:
        return UnknownBaseline, ""


def agree(tables: Sequence[Table], body: bytes, held: Baselines) -> Outcome:
    """What both make of a body."""
    ours = outcome(lambda: decode_message(tables, body, held))
    assert outcome(lambda: NativeFormat(tables).decode_message(body, held)) == ours
    return ours[0]


@given(st.data())
def test_both_write_the_same_bytes_and_read_them_back(data: st.DataObject) -> None:
    tables = data.draw(schemas.tables())
    message = data.draw(schemas.messages(tables))
    held = schemas.baselines(message)
    message = schemas.settled(message, held)
    body = encode_message(tables, message)
    assert NativeFormat(tables).encode_message(message) == body
    assert agree(tables, body, held) == message


@given(st.data())
def test_both_make_the_same_of_a_message_with_flipped_bits(data: st.DataObject) -> None:
    tables = data.draw(schemas.tables())
    message = data.draw(schemas.messages(tables))
    held = schemas.baselines(message)
    body = bytearray(encode_message(tables, schemas.settled(message, held)))
    for bit in data.draw(st.sets(st.integers(0, len(body) * 8 - 1), min_size=1, max_size=4)):
        body[bit // 8] ^= 1 << bit % 8
    agree(tables, bytes(body), held)


@given(st.data())
def test_a_truncated_or_prolonged_message_is_malformed_for_both(data: st.DataObject) -> None:
    tables = data.draw(schemas.tables())
    message = data.draw(schemas.messages(tables))
    held = schemas.baselines(message)
    body = encode_message(tables, schemas.settled(message, held))
    cut = data.draw(st.integers(0, len(body) - 1))
    assert agree(tables, body[:cut], held) is Malformed
    assert agree(tables, body + data.draw(st.binary(min_size=1, max_size=3)), held) is Malformed


@given(st.data())
def test_both_make_the_same_of_any_bytes(data: st.DataObject) -> None:
    agree(data.draw(schemas.tables()), data.draw(st.binary(max_size=80)), {})


@given(st.data())
def test_both_quantise_alike_whatever_the_number(data: st.DataObject) -> None:
    (table,) = data.draw(schemas.tables(most=1))
    rows = data.draw(schemas.values(table, [1, 2]))
    floats, ints = iter(rows.floats), iter(rows.ints)
    ours = [quantise(field, next(floats if field.kind.is_float else ints)) for _ in rows.ids for field in table.fields]
    assert NativeFormat([table]).quantise(rows) == ours
    assert all(0 <= unit <= top(field) for unit, field in zip(ours, table.fields * 2, strict=True))


@given(schemas.fields(), st.data())
def test_a_value_that_was_read_is_read_again_the_same(field: NumericField, data: st.DataObject) -> None:
    unit = data.draw(schemas.unit(field))
    assert quantise(field, value_of(field, unit)) == unit


@given(schemas.fields(), st.data())
def test_an_error_leads_from_its_baseline_to_the_unit(field: NumericField, data: st.DataObject) -> None:
    unit, base = data.draw(schemas.unit(field)), data.draw(schemas.unit(field))
    assert unit_of(field, error_of(field, unit, base), base) == unit
    assert error_of(field, unit, base) <= top(field)


def test_an_angle_takes_the_short_way() -> None:
    spin = COURT[0].fields[1]
    assert [error_of(spin, 1, 359), error_of(spin, 359, 1), error_of(spin, 180, 0)] == [4, 3, 359]


def test_a_still_row_costs_three_bits_behind_the_first() -> None:
    rows = tuple(STILL._replace(id=id) for id in range(7, 7 + 101))
    section = ONE.sections[0]._replace(rows=rows, codes=(0, 0))
    few, many = (ONE._replace(sections=(section._replace(rows=rows[:n]),)) for n in (16, 100))
    assert len(encode_message(COURT, many)) - len(encode_message(COURT, few)) <= 84 * 3 / 8 + 1


# --- Golden files, read by native/codec/tests/golden.rs as well ------------------------------------------------------

GOLDEN = Path(__file__).parents[2] / "golden" / "values"


def load(path: Path) -> tuple[list[Table], dict[str, Any]]:
    golden = json.loads(path.read_text())
    tables = [
        Table(table["name"], tuple(map(field, table["fields"])), table.get("tick_rate", 60.0))
        for table in golden["tables"]
    ]
    return tables, golden


def field(told: dict[str, Any]) -> NumericField:
    return NumericField(**{**told, "kind": Kind[told["kind"]], "source": tuple(told.get("source", ()))})


def row(told: dict[str, Any]) -> Row:
    return Row(**{**told, "units": tuple(told["units"]), "baseline": tuple(told["baseline"])})


def section(told: dict[str, Any]) -> Section:
    return Section(**{**told, "codes": tuple(told["codes"]), "rows": tuple(map(row, told["rows"]))})


@pytest.mark.parametrize("name", ["ship", "extremes", "codes", "sections", "nothing", "predicted"])
def test_a_golden_message_has_its_bytes_and_the_bytes_their_message(name: str) -> None:
    tables, golden = load(GOLDEN / f"{name}.json")
    message = Message(golden["message"]["previous"], tuple(map(section, golden["message"]["sections"])))
    body = bytes.fromhex(golden["hex"])
    assert encode_message(tables, message) == body
    assert NativeFormat(tables).encode_message(message) == body
    assert agree(tables, body, schemas.baselines(message)) == message


def test_the_golden_malformed_bodies_are_refused_by_both_with_their_reasons() -> None:
    tables, golden = load(GOLDEN / "malformed.json")
    for told in golden["malformed"]:
        body = bytes.fromhex(told["hex"])
        assert agree(tables, body, {}) is Malformed
        with pytest.raises(Malformed, match=told["why"]):
            decode_message(tables, body, {})


def broken(change: Callable[[Section], Section]) -> bytes:
    return encode_message(COURT, ONE._replace(sections=(change(ONE.sections[0]),)))


BODY = encode_message(COURT, ONE)
MALFORMED = {
    "nothing": (b"", "ends in the middle"),
    "cut off": (BODY[:-1], "ends in the middle"),
    "a byte too many": (BODY + b"\0", "bytes follow"),
    "padding": (BODY[:-1] + bytes([BODY[-1] | 0x80]), "padding"),
    "a code that does not exist": (
        broken(lambda s: s._replace(codes=(63, PLAIN), rows=(STILL._replace(age=0),))),
        "code",
    ),
    "a value out of range": (broken(lambda s: s._replace(rows=(Row(7, (101, 20)),))), "range"),
    "an id beyond 32 bits": (
        broken(lambda s: s._replace(rows=(STILL._replace(id=2**32 - 1), STILL._replace(id=2**32)))),
        "32 bits",
    ),
    "sections out of order": (encode_message(COURT, ONE._replace(sections=ONE.sections * 2)), "order"),
    "more bytes than any message has": (BODY + bytes(4096), "longer"),
}


@pytest.mark.parametrize(("body", "why"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_message_is_refused_by_both_with_the_reason(body: bytes, why: str) -> None:
    assert agree(COURT, body, {(0, 7, 3): (10, 20)}) is Malformed
    with pytest.raises(Malformed, match=why):
        decode_message(COURT, body, {})


def test_a_table_that_does_not_exist_is_malformed() -> None:
    three = [*COURT, *COURT, *COURT]
    body = encode_message([*three, *COURT], ONE._replace(sections=(ONE.sections[0]._replace(table=3),)))
    assert agree(three, body, {}) is Malformed


def test_a_good_message_against_a_row_that_is_not_held_is_nobodys_fault() -> None:
    assert agree(COURT, BODY, {}) is UnknownBaseline
    assert agree(COURT, BODY, {(0, 7, 3): (10, 20)}) == ONE


def test_large_and_small_errors_cost_what_the_codes_say() -> None:
    x = Table("T", (NumericField("x", Kind.INTEGER, 0, 2**16 - 1),))

    def bits(code: int, error: int) -> int:
        row = Row(1, (unit_of(x.fields[0], error, 0),), 1, (0,))
        return len(encode_message([x], Message(1, (Section(0, 0, 0, 1, (code,), (row,) * 1),))))

    assert bits(RICE, 11) > bits(RICE, 0)
    assert bits(RICE, 60_000) == bits(EXP, 60_000), "both escape"
