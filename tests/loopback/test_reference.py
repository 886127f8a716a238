"""What the reference says of its calls and flags, where no other test says it already: tests/sockets/reference.py."""

from __future__ import annotations

import time

import pytest

from gamenet.errors import InvalidHandle
from gamenet.sockets import ConnectionState, FakeNetwork, Options, Result, SendFlags, Sockets
from tests.sockets.support import NOBODY, Pumped, connect

FLAGS = [
    SendFlags.UNRELIABLE,
    SendFlags.UNRELIABLE_NO_NAGLE,
    SendFlags.UNRELIABLE_NO_DELAY,
    SendFlags.RELIABLE,
    SendFlags.RELIABLE_NO_NAGLE,
]


@pytest.mark.parametrize("flags", FLAGS)
def test_each_flag_carries_a_message_and_says_whether_it_was_reliable(net: Sockets, flags: SendFlags) -> None:
    pair = connect(net)
    assert net.send_message_to_connection(pair.client, b"x", flags) is Result.OK
    (message,) = pair.receive(pair.server, 1)
    assert (message.connection, message.data) == (pair.server, b"x")
    assert message.reliable is (flags >= SendFlags.RELIABLE)


@pytest.mark.parametrize("flags", [SendFlags.RELIABLE, SendFlags.RELIABLE_NO_NAGLE])
def test_reliable_messages_all_arrive_in_order_through_bad_weather(net: Sockets, flags: SendFlags) -> None:
    pair = connect(net)
    net.simulate(FakeNetwork(loss=15, reorder=15, reorder_ms=3, duplicate=10))
    net.send_messages([(pair.client, b"%d" % i, flags) for i in range(300)])
    got = [int(message.data) for message in pair.receive(pair.server, 300)]
    assert got == list(range(300))


@pytest.mark.parametrize("flags", FLAGS[:3])
def test_unreliable_messages_may_get_lost_and_none_comes_twice(net: Sockets, flags: SendFlags) -> None:
    pair = connect(net, Options(nagle_time=0))
    net.simulate(FakeNetwork(loss=40, duplicate=20))
    for i in range(100):
        net.send_message_to_connection(pair.client, b"%d" % i + b" " * 1000, flags)
    net.send_message_to_connection(pair.client, b"last", SendFlags.RELIABLE)
    got: list[bytes] = []
    pair.until(lambda: got.extend(m.data for m in pair.receive(pair.server, 1)) or b"last" in got)
    assert len(set(got)) == len(got)
    assert 1 < len(got) < 101


def test_a_message_without_nagle_takes_along_what_waits(net: Sockets) -> None:
    pair = connect(net, Options(nagle_time=20_000))

    def waited(flags: SendFlags) -> float:
        sent = time.monotonic()
        net.send_message_to_connection(pair.client, b"waits", SendFlags.UNRELIABLE)
        net.send_message_to_connection(pair.client, b"follows", flags)
        first, _ = sorted(pair.receive(pair.server, 2), key=lambda message: message.number)
        assert first.data == b"waits"
        return first.received_at - sent

    assert waited(SendFlags.UNRELIABLE) > 0.019
    for flags in (SendFlags.UNRELIABLE_NO_NAGLE, SendFlags.RELIABLE_NO_NAGLE, SendFlags.UNRELIABLE_NO_DELAY):
        pair.until(lambda flags=flags: waited(flags) < 0.019, "it to be sooner, on a busy machine in one of many tries")


def test_without_delay_means_not_at_all_while_the_connection_is_not_up(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9")
    assert net.send_message_to_connection(connection, b"x", SendFlags.UNRELIABLE_NO_DELAY) is Result.IGNORED
    assert net.send_message_to_connection(connection, b"x", SendFlags.UNRELIABLE) is Result.OK


def test_at_most_thirty_two_messages_come_at_once_unless_more_are_asked_for(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    third, fourth = net.create_socket_pair()
    group = net.create_poll_group()
    net.set_connection_poll_group(fourth, group)
    net.send_messages([(each, b"%d" % i, SendFlags.RELIABLE) for i in range(80) for each in (one, third)])
    for receive, source in (
        (net.receive_messages_on_connection, other),
        (net.receive_messages_on_poll_group, group),
    ):
        parts = [receive(source), receive(source, 40), receive(source), receive(source)]  # type: ignore[operator]
        assert [len(part) for part in parts] == [32, 40, 8, 0]
        assert [int(message.data) for part in parts for message in part] == list(range(80))


def test_accepting_is_ok_once_and_otherwise_says_why_not(net: Sockets) -> None:
    pumped = Pumped(net, accepts=False)
    client = net.connect_by_ip_address(net.create_listen_socket_ip("127.0.0.1:0").address)
    pumped.until(lambda: [change for change in pumped.changes if change.listen_socket])
    incoming = next(change.connection for change in pumped.changes if change.listen_socket)
    assert net.accept_connection(client) is Result.INVALID_PARAM, "it does not come in"
    assert net.accept_connection(incoming) is Result.OK
    assert net.accept_connection(incoming) is Result.INVALID_STATE
    assert net.accept_connection(NOBODY) is Result.INVALID_PARAM
    pumped.expect(client, ConnectionState.CONNECTED)


def test_closing_discards_what_was_not_received_and_the_connection_with_it(net: Sockets) -> None:
    pair = connect(net)
    net.send_message_to_connection(pair.client, b"x", SendFlags.RELIABLE_NO_NAGLE)
    pair.until(lambda: net.get_connection_real_time_status(pair.client).sent_unacked_reliable == 0, "it to arrive")
    assert net.close_connection(pair.server) is True
    with pytest.raises(InvalidHandle):
        net.receive_messages_on_connection(pair.server)
    assert net.close_connection(pair.server) is False
    pair.expect(pair.client, ConnectionState.CLOSED_BY_PEER)


def test_what_arrived_before_the_other_side_closed_can_still_be_received(net: Sockets) -> None:
    pair = connect(net)
    net.send_message_to_connection(pair.client, b"x", SendFlags.RELIABLE)
    net.close_connection(pair.client, linger=True)
    pair.expect(pair.server, ConnectionState.CLOSED_BY_PEER)
    assert [message.data for message in net.receive_messages_on_connection(pair.server)] == [b"x"]
    assert net.send_message_to_connection(pair.server, b"y") is Result.NO_CONNECTION


def test_each_message_of_many_has_its_own_result(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    results = net.send_messages([(one, b"a", 8), (NOBODY, b"b", 8), (other, b"c", 0)])
    assert results == [Result.OK, Result.INVALID_PARAM, Result.OK]


def test_a_poll_group_is_destroyed_once(net: Sockets) -> None:
    group = net.create_poll_group()
    assert net.destroy_poll_group(group) is True
    assert net.destroy_poll_group(group) is False
    with pytest.raises(InvalidHandle):
        net.receive_messages_on_poll_group(group)


def test_who_has_said_nothing_has_no_identity(net: Sockets) -> None:
    assert net.get_identity() is None
