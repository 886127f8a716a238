"""What a peer may make this process keep, and what becomes of the rest."""

from __future__ import annotations

import pytest

from gamenet.sockets import (
    RECEIVE_LIMITS,
    ConnectionState,
    EndReason,
    Options,
    OptionValue,
    Result,
    SendFlags,
    Sockets,
)
from tests.sockets.support import Pair, Pumped, connect


def test_the_limits_are_in_force_from_the_start(net: Sockets) -> None:
    assert {name: net.get_option(name) for name in RECEIVE_LIMITS} == RECEIVE_LIMITS


def limited(net: Sockets, limits: dict[str, OptionValue]) -> Pair:
    """A pair whose server keeps no more than that."""
    pair = connect(net, Options(send_rate_min=10_000_000, send_rate_max=10_000_000))
    for name, value in limits.items():
        net.set_option(name, value, pair.server)
    return pair


def all_left(pair: Pair) -> bool:
    status = pair.net.get_connection_real_time_status(pair.client)
    return status.pending_unreliable == status.pending_reliable == 0


@pytest.mark.parametrize("limits", [{"RecvBufferMessages": 20}, {"RecvBufferSize": 4_096, "RecvMaxMessageSize": 1_000}])
def test_what_one_connection_may_make_us_keep_is_limited(net: Sockets, limits: dict[str, OptionValue]) -> None:
    pair, body = limited(net, limits), b"x" * 200
    assert net.send_messages([(pair.client, body, SendFlags.UNRELIABLE)] * 100) == [Result.OK] * 100
    pair.until(lambda: all_left(pair), "everything to leave")
    net.send_message_to_connection(pair.client, b"last", SendFlags.RELIABLE)  # waits for its turn like the others
    got: list[bytes] = []
    pair.until(lambda: got.extend(m.data for m in net.receive_messages_on_connection(pair.server)) or b"last" in got)
    assert 1 < len(got) <= 22


def test_reliable_messages_over_the_limit_come_again_when_there_is_room(net: Sockets) -> None:
    pair = limited(net, {"RecvBufferMessages": 20})
    net.send_messages([(pair.client, b"%d" % i, SendFlags.RELIABLE_NO_NAGLE) for i in range(100)])
    pair.until(lambda: all_left(pair), "all to have been on their way once")
    first = net.receive_messages_on_connection(pair.server, 1000)
    assert len(first) <= 20
    got = [int(message.data) for message in [*first, *pair.receive(pair.server, 100 - len(first))]]
    assert got == list(range(100))


def test_a_message_longer_than_the_receiver_takes_ends_the_connection_with_a_reason(net: Sockets) -> None:
    pair = limited(net, {"RecvMaxMessageSize": 1_000})
    net.send_message_to_connection(pair.client, b"x" * 1_000)
    assert len(pair.receive(pair.server, 1)[0].data) == 1_000
    net.send_message_to_connection(pair.client, b"x" * 1_001)
    change = pair.expect(pair.server, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert change.end_reason == EndReason.INTERNAL_ERROR
    assert "too large" in change.debug
    pair.expect(pair.client, ConnectionState.CLOSED_BY_PEER)


def test_what_comes_in_on_a_listen_socket_has_its_limits(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0", {"RecvMaxMessageSize": 1_000})
    client = net.connect_by_ip_address(listen.address)
    pumped.expect(client, ConnectionState.CONNECTED)
    net.send_message_to_connection(client, b"x" * 1_001)
    assert pumped.expect(client, ConnectionState.CLOSED_BY_PEER).end_reason == EndReason.INTERNAL_ERROR
