"""Operations as bytes: what an honest peer says comes back, and anything else is refused."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.replication import operations as op

U8, U16, U32, U48 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32, 48))
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.binary(max_size=9), max_size=3)
TEXTS = st.lists(st.text(max_size=8), max_size=3)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.binary(max_size=5) | NUMBERS,
    lambda inside: st.lists(inside, max_size=3),
    max_leaves=8,
)
OPERATIONS = st.one_of(
    st.builds(op.Spawn, U32, U16, ROWS, TEXTS, st.none() | U16, U8 | st.just(0), U32 | st.just(0)),
    st.builds(op.Despawn, U32),
    st.builds(op.Own, U32, st.none() | U16, U8, ROWS),
    st.builds(op.Write, U32, U8, st.text(max_size=20)),
    st.builds(op.Invoke, U32, U16, U32, U16, U48, NUMBERS, st.none() | st.lists(U16), st.lists(PLAIN, max_size=4)),
    st.builds(op.Answer, U32, st.booleans(), PLAIN),
    st.builds(op.Ready, U48),
    st.builds(op.Want, U32, U16, ROWS, TEXTS),
    st.builds(op.Drop, U32),
    st.builds(op.Unwanted, U32, st.text(max_size=20)),
)


def message(*operations: object, complete: object = True) -> bytes:
    packed: bytes = msgpack.packb([complete, list(operations)])
    return packed


@given(st.lists(OPERATIONS, max_size=20))
def test_what_was_joined_is_read_again_in_order(operations: list[op.Operation]) -> None:
    read = [op.read(body) for body in op.join(list(map(op.pack, operations)))]
    assert [operation for _, part in read for operation in part] == operations
    assert [complete for complete, _ in read] == [True] * bool(operations)


def test_many_operations_span_messages_and_only_the_last_is_complete() -> None:
    packed = [op.pack(op.Write(1, 0, "x" * 1000))] * 1000
    bodies = op.join(packed)
    assert [op.read(body)[0] for body in bodies] == [False] * (len(bodies) - 1) + [True]
    assert len(bodies) > 1
    assert max(map(len, bodies)) <= op.MAX_MESSAGE + 16
    assert sum(len(op.read(body)[1]) for body in bodies) == 1000


def test_more_operations_than_a_reader_takes_go_into_two_messages() -> None:
    bodies = op.join([op.pack(op.Drop(1))] * 5000)
    assert [len(op.read(body)[1]) for body in bodies] == [4096, 904]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        complete, operations = op.read(body)
    except op.Malformed:
        return
    assert type(complete) is bool
    assert all(op.pack(operation) for operation in operations)


@given(st.lists(OPERATIONS, min_size=1, max_size=5), st.data())
def test_a_message_that_was_tampered_with_is_read_or_refused_and_can_be_packed_again(
    operations: list[op.Operation], data: st.DataObject
) -> None:
    body = bytearray(op.join(list(map(op.pack, operations)))[0])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(U8)
    try:
        _, read = op.read(bytes(body[: data.draw(st.integers(0, len(body)))]))
    except op.Malformed:
        return
    for operation in read:
        op.pack(operation)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x92\xc3",
        b"\x92\xc3\xdd\xff\xff\xff\xff",
        b"\x92\xc3\xdf\xff\xff\xff\xff",
        b"\x91" * 2000,
        b"\xdd\x00\x00\x0f\xff" * 2000,
        msgpack.packb([1, []]),
        msgpack.packb([True, {}]),
        msgpack.packb([True, [], 3]),
        message(7),
        message([]),
        message([0]),
        message([99, 1]),
        message([True, 1]),
        message(["2", 1]),
        message([2]),
        message([2, 1, 1]),
        message([2, -1]),
        message([2, 1 << 32]),
        message([2, True]),
        message([2, 1.0]),
        message([1, 1, 0, []]),
        message([1, 1, 0, [], [], None, 0, 0, 0]),
        message([1, 1, 0, [], [], "me"]),
        message([4, 1, 0, {"a": 1}]),
        message([11, 1, 0, 0, 5]),
        message([11, 1, 0, 0, [5]]),
        message([11, 1, 0, -1, []]),
        message([11, 1, 0, 1 << 48, []]),
        message([11, 1, 0, 0, [[{"a": 1}]]]),
        message([4, 1, 256, "text"]),
        message([9, None]),
        message([8, 1, 0, [[1.0]], []]),
        message([8, 1, 0, ["text"], []]),
        message([3, 1, "me", 0, []]),
        message([3, 1, 1 << 16, 0, []]),
        message([8, 1, 0, [1], []]),
        message([8, 1, 0, [], [{"a": 1}]]),
        message([8, 1, 0, [], "text"]),
        message([5, 0, 0, 1, 0, 0, float("nan"), None, []]),
        message([5, 0, 0, 1, 0, 0, 0, [1 << 16], []]),
        message([5, 0, 0, 1, 0, 0, 0, None, {}]),
        message([5, 0, 0, 1, 0, 0, 0, None, [{"a": 1}]]),
        message([6, 1, 1, None]),
        message([6, 1, True, {"a": 1}]),
        message([6, 1, True, msgpack.ExtType(4, b"")]),
        message([2, 1]) + b"\x00",
    ],
)
def test_what_no_honest_peer_sends_is_malformed(body: bytes) -> None:
    with pytest.raises(op.Malformed):
        op.read(body)


def test_an_answer_nested_too_deeply_to_be_packed_again_is_malformed() -> None:
    answer = b"\x94\x06\x01\xc3" + b"\x91" * 600 + b"\xc0"
    with pytest.raises(op.Malformed, match="broken answer"):
        op.read(b"\x92\xc3\x91" + answer)


@pytest.mark.parametrize("size", [70_000, 200_000])
def test_a_long_argument_that_fits_is_read(size: int) -> None:
    call = op.Invoke(0, 1, 0, 0, 0, 0.0, None, [b"x" * size, "y" * 10])
    assert op.read(op.join([op.pack(call)])[0]) == (True, [call])
