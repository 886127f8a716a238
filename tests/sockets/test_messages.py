"""Messages as columns."""

from __future__ import annotations

import pytest

from gamenet._bridge import ffi
from gamenet.errors import InvalidHandle
from gamenet.sockets import Connection, Result, SendFlags
from gamenet.sockets.messages import Outgoing, columns, handle_column, payload, results

C = Connection(5)


def test_messages_become_columns_and_one_block_of_data() -> None:
    made = columns(
        [(C, b"ab", SendFlags.RELIABLE), (Connection(6), b"", 0), (C, b"cde", SendFlags.UNRELIABLE_NO_DELAY)]
    )
    assert (list(made.connections), list(made.sizes), list(made.flags)) == ([5, 6, 5], [2, 0, 3], [8, 0, 5])
    assert (made.data, made.size, made.length, made.lanes) == (b"abcde", 5, 3, ffi.NULL)


def test_lanes_may_be_given_for_some() -> None:
    assert list(columns([(C, b"a", 8, 1), (C, b"b", 8, 2)]).lanes) == [1, 2]
    assert list(columns([(C, b"a", 8), (C, b"b", 8, 2), (C, b"c", 8)]).lanes) == [0, 2, 0]


def test_whatever_is_bytes_like_is_sent_as_its_bytes() -> None:
    wide = memoryview(b"12345678").cast("I")
    mixed: list[Outgoing] = [(C, bytearray(b"ab"), 8), (C, memoryview(b"cd"), 8), (C, wide, 8)]  # type: ignore[list-item]
    made = columns(mixed)
    assert (made.data, list(made.sizes)) == (b"abcd12345678", [2, 2, 8])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((C, "text", 8), r"messages\[1\] data must be bytes, not str: encode it"),
        ((C, None, 8), r"messages\[1\] data must be bytes, not NoneType"),
        (("5", b"", 8), r"messages\[1\] connection must be an int"),
        ((C, b"", 8.0), r"messages\[1\] flags must be an int"),
        ((C, b"", 8, "1"), r"messages\[1\] lane must be an int"),
        ((C, b""), r"messages\[1\] must be \(connection, data, flags\)"),
        (b"abc", r"messages\[1\] must be \(connection, data, flags\)"),
        (None, r"messages\[1\] must be \(connection, data, flags\)"),
    ],
)
def test_a_message_of_the_wrong_shape_is_named(wrong: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        columns([(C, b"ok", 8), wrong])  # type: ignore[list-item]


@pytest.mark.parametrize(("flags", "lane"), [(1 << 31, 0), (-(1 << 31) - 1, 0), (8, -1), (8, 1 << 16)])
def test_flags_and_lanes_out_of_range_are_value_errors(flags: int, lane: int) -> None:
    with pytest.raises(ValueError, match=r"messages\[0\] (flags|lane) must be from 0"):
        columns([(C, b"", flags, lane)])


@pytest.mark.parametrize("number", [-1, 1 << 32, 1 << 90])
def test_a_connection_out_of_range_is_an_invalid_handle(number: int) -> None:
    with pytest.raises(InvalidHandle, match=r"messages\[0\] connection"):
        columns([(Connection(number), b"", 8)])
    with pytest.raises(InvalidHandle, match=r"connections\[1\]"):
        handle_column([C, Connection(number)], "connections")


def test_the_results_are_read_only_when_something_was_refused() -> None:
    column = ffi.new("int32_t[]", [1, 25, 4242])
    assert results(2, column, 3) == [Result.OK, Result.LIMIT_EXCEEDED, Result.FAIL]
    assert results(0, column, 3) == [Result.OK] * 3


def test_bytes_pass_without_a_copy() -> None:
    data = b"as it is"
    assert payload(data, "data") is data
