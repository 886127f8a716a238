"""What each option of the reference does. That it arrives is in tests/sockets/calls/test_options.py."""

from __future__ import annotations

import time

import pytest

from gamenet.sockets import (
    Connection,
    ConnectionState,
    EndReason,
    FakeNetwork,
    Options,
    Result,
    SendFlags,
    Sockets,
)
from tests.loopback.relay import Relay
from tests.sockets.support import Pair, Pumped, connect

NOBODY_THERE = "127.0.0.1:9"
LONG = 3_600_000
"""Milliseconds that no test takes."""


def state(net: Sockets, connection: Connection) -> ConnectionState:
    return net.get_connection_info(connection).state


def test_timeout_initial_ends_an_attempt_that_nobody_answers(net: Sockets) -> None:
    pumped = Pumped(net)
    patient = net.connect_by_ip_address(NOBODY_THERE, Options(timeout_initial=LONG))
    hasty = net.connect_by_ip_address(NOBODY_THERE, Options(timeout_initial=100))
    change = pumped.expect(hasty, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert change.end_reason == 5003
    assert state(net, patient) is ConnectionState.CONNECTING


def test_timeout_connected_ends_a_connection_that_fell_silent(net: Sockets) -> None:
    hasty, patient = connect(net, Options(timeout_connected=200)), connect(net, Options(timeout_connected=LONG))
    net.simulate(FakeNetwork(loss=100))
    net.send_messages([(end, b"no answer", SendFlags.RELIABLE) for end in (hasty.client, patient.client)])
    net.on_connection_changed = hasty.changes.append
    change = hasty.expect(hasty.client, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert change.end_reason in (4001, 5003)
    assert state(net, patient.client) is state(net, patient.server) is ConnectionState.CONNECTED


def test_send_buffer_size_is_where_sending_meets_its_limit(net: Sockets) -> None:
    connection = net.connect_by_ip_address(NOBODY_THERE, Options(send_buffer_size=10_000))
    results = net.send_messages([(connection, b"x" * 990, SendFlags.RELIABLE)] * 12)
    assert results == [Result.OK] * 10 + [Result.LIMIT_EXCEEDED] * 2
    assert net.get_connection_real_time_status(connection).pending_reliable <= 10_000
    net.set_option("SendBufferSize", 20_000, connection)
    assert net.send_message_to_connection(connection, b"x" * 990) is Result.OK


@pytest.mark.parametrize(("low", "high"), [(40_000, 40_000), (40_000, 50_000), (5_000_000, 9_000_000)])
def test_send_rate_min_and_max_hold_what_the_link_is_thought_to_take(net: Sockets, low: int, high: int) -> None:
    pair = connect(net, Options(send_rate_min=low, send_rate_max=high))

    def estimate() -> int:
        net.send_message_to_connection(pair.client, b"x")
        return net.get_connection_real_time_status(pair.client).send_rate

    assert low <= estimate() <= high
    net.set_option("SendRateMax", low, pair.client)
    assert estimate() == low


def test_send_rate_max_makes_messages_wait_for_the_line(net: Sockets) -> None:
    pair = connect(net, Options(send_rate_min=50_000, send_rate_max=50_000))
    sent = time.monotonic()
    net.send_message_to_connection(pair.client, b"x" * 30_000)
    status = net.get_connection_real_time_status(pair.client)
    assert status.pending_reliable > 0 < status.queue_time
    (message,) = pair.receive(pair.server, 1)
    assert message.received_at - sent > 0.3, "30 kB at 50 kB a second"


def test_nagle_time_holds_a_small_message_back(net: Sockets) -> None:
    pair = connect(net, Options(nagle_time=20_000))

    def waited() -> float:
        sent = time.monotonic()
        net.send_message_to_connection(pair.client, b"small", SendFlags.UNRELIABLE)
        return pair.receive(pair.server, 1)[0].received_at - sent

    def pends() -> bool:
        net.send_message_to_connection(pair.client, b"small", SendFlags.UNRELIABLE)
        return net.get_connection_real_time_status(pair.client).pending_unreliable == len(b"small")

    assert waited() > 0.019
    pair.until(pends, "a message that is still pending right after it was sent")
    pair.receive(pair.server, 1)
    net.set_option("NagleTime", 0, pair.client)
    pair.until(lambda: waited() < 0.019, "a message that is sooner, on a busy machine in one of many tries")


def through(net: Sockets, relay: Relay, options: Options) -> Pair:
    """A pair whose client goes through the relay with these options."""
    pair = Pair(net)
    pair.client = net.connect_by_ip_address(relay.address, options)
    pair.expect(pair.client, ConnectionState.CONNECTED)
    pair.until(lambda: pair.accepted)
    pair.server = pair.accepted[0]
    return pair


@pytest.mark.parametrize(("size", "packets"), [(300, 25), (1300, 5)])
def test_mtu_packet_size_is_the_biggest_datagram(net: Sockets, size: int, packets: int) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with Relay(listen.port) as relay:
        pair = through(net, relay, Options(mtu_packet_size=size))
        relay.sizes.clear()
        net.send_message_to_connection(pair.client, b"x" * 5_000)
        assert pair.receive(pair.server, 1)[0].data == b"x" * 5_000
        assert max(relay.sizes) <= size
        assert len(relay.sizes) >= packets - 2
        assert sum(relay.sizes) > 5_000


@pytest.mark.parametrize(("ours", "theirs", "plain"), [(3, 3, True), (2, 2, True), (0, 2, False), (1, 1, False)])
def test_unencrypted_puts_words_on_the_wire_when_both_sides_want_it(
    net: Sockets, ours: int, theirs: int, plain: bool
) -> None:
    secret, seen = b"a secret in plain words", []
    listen = net.create_listen_socket_ip("127.0.0.1:0", Options(unencrypted=theirs))
    with Relay(listen.port) as relay:
        pair = through(net, relay, Options(unencrypted=ours))
        relay.passes = lambda packet: seen.append(secret in packet) or True  # type: ignore[func-returns-value]
        net.send_message_to_connection(pair.client, secret)
        assert pair.receive(pair.server, 1)[0].data == secret
        assert any(seen) is plain
        for end in (pair.client, pair.server):
            assert net.get_connection_info(end).encrypted is not plain


def test_unencrypted_required_by_one_side_and_refused_by_the_other_is_no_connection(net: Sockets) -> None:
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0", Options(unencrypted=0))
    client = net.connect_by_ip_address(listen.address, Options(unencrypted=3))
    pumped.until(lambda: [change for change in pumped.changes if change.listen_socket])
    incoming = next(change.connection for change in pumped.changes if change.listen_socket)
    assert net.accept_connection(incoming) is Result.HANDSHAKE_FAILED
    assert pumped.expect(incoming, ConnectionState.PROBLEM_DETECTED_LOCALLY).end_reason == EndReason.REMOTE_BAD_CRYPT
    assert pumped.expect(client, ConnectionState.CLOSED_BY_PEER).end_reason == EndReason.REMOTE_BAD_CRYPT
