"""Messages as packed rows, and batches that leave them where they are."""

from __future__ import annotations

import pytest
from msgpack import unpackb

from gamenet._bridge import ffi
from gamenet.errors import InvalidHandle
from gamenet.sockets import Connection, PollGroup, ReceivedBatch, Result, SendFlags, Sockets
from gamenet.sockets.messages import Outgoing, checked, handle_column, pack, payload, results

C = Connection(5)


def test_messages_are_packed_in_order_with_their_lanes() -> None:
    some: list[Outgoing] = [(C, b"ab", SendFlags.RELIABLE), (C, b"", SendFlags.UNRELIABLE_NO_DELAY, 3)]
    assert unpackb(pack(some)) == [[5, b"ab", 8], [5, b"", 5, 3]]
    assert unpackb(checked(some)) == [[5, b"ab", 8, 0], [5, b"", 5, 3]]


def test_whatever_is_bytes_like_is_sent_as_its_bytes(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    wide, gaps = memoryview(b"12345678").cast("I"), memoryview(b"abcdef")[::2]
    for data in (bytearray(b"ab"), memoryview(b"cd"), wide, gaps):
        assert net.send_messages([(one, data, 8)]) == [Result.OK]  # type: ignore[list-item]
    assert [m.data for m in net.receive_messages_on_connection(other)] == [b"ab", b"cd", b"12345678", b"ace"]


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
        checked([(C, b"ok", 8), wrong])  # type: ignore[list-item]


@pytest.mark.parametrize("wrong", [(C, "text", 8), (C, None, 8), (C, b""), None, (C, b"", ...)], ids=repr)
def test_one_wrong_message_and_nothing_is_sent(net: Sockets, wrong: object) -> None:
    one, other = net.create_socket_pair()
    with pytest.raises(TypeError, match=r"messages\[1\]"):
        net.send_messages([(one, b"ok", 8), wrong])  # type: ignore[list-item]
    assert net.receive_messages_on_connection(other) == []


@pytest.mark.parametrize(("flags", "lane"), [(1 << 31, 0), (-(1 << 31) - 1, 0), (8, -1), (8, 1 << 16)])
def test_flags_and_lanes_out_of_range_are_value_errors(flags: int, lane: int) -> None:
    with pytest.raises(ValueError, match=r"messages\[0\] (flags|lane) must be from 0"):
        checked([(C, b"", flags, lane)])


@pytest.mark.parametrize("number", [-1, 1 << 32, 1 << 90])
def test_a_connection_out_of_range_is_an_invalid_handle(number: int) -> None:
    with pytest.raises(InvalidHandle, match=r"messages\[0\] connection"):
        checked([(Connection(number), b"", 8)])
    with pytest.raises(InvalidHandle, match=r"connections\[1\]"):
        handle_column([C, Connection(number)], "connections")


def test_the_results_are_read_only_when_something_was_refused() -> None:
    column = ffi.new("int32_t[]", [1, 25, 4242])
    assert results(2, column, 3) == [Result.OK, Result.LIMIT_EXCEEDED, Result.FAIL]
    assert results(0, column, 3) == [Result.OK] * 3


def test_bytes_pass_without_a_copy() -> None:
    data = b"as it is"
    assert payload(data, "data") is data


def received(net: Sockets, *datas: bytes) -> ReceivedBatch:
    """A batch of messages with that data."""
    one, other = net.create_socket_pair()
    group = net.create_poll_group()
    net.set_connection_poll_group(other, group)
    assert set(net.send_messages([(one, data, SendFlags.RELIABLE) for data in datas])) <= {Result.OK}
    return net.receive_batch(group)


def test_a_batch_has_the_same_messages_as_views_and_as_rows(net: Sockets) -> None:
    batch = received(net, b"one", b"", b"x" * 300_000)
    rows = batch.rows()
    assert [row[1] for row in rows] == [b"one", b"", b"x" * 300_000] and len(batch) == 3
    assert [tuple(view._replace(data=bytes(view.data))) for view in batch] == rows  # type: ignore[arg-type]
    assert rows[0][4] is True and rows[0][2] < rows[1][2]
    assert (batch[-1], batch[0:2]) == (list(batch)[2], list(batch)[:2])


def test_a_view_copies_nothing_cannot_be_written_and_outlives_the_next_call(net: Sockets) -> None:
    batch = received(net, b"first")
    view = batch[0].data
    assert view.obj is batch[0].data.obj and view.readonly
    del batch
    received(net, b"later" * 1000)
    assert bytes(view) == b"first"


def test_an_empty_batch_has_nothing(net: Sockets) -> None:
    batch = net.receive_batch(PollGroup(net.create_poll_group()))
    assert (len(batch), list(batch), batch.rows(), batch[:]) == (0, [], [], [])
    with pytest.raises(IndexError):
        batch[0]
