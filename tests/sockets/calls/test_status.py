"""Asking how things stand."""

from __future__ import annotations

import pytest

from gamenet.errors import (
    InvalidAddress,
)
from gamenet.sockets import (
    ConnectionState,
    Identity,
    Options,
    Result,
    SendFlags,
    Sockets,
)

from ..support import NOBODY, Pumped, connect


def test_who_we_are_is_what_was_said() -> None:
    with Sockets(identity="str:alice") as net:
        assert net.get_identity() == Identity("str:alice")


@pytest.mark.parametrize("identity", ["alice", "str:", "str:" + "x" * 40, "steamid:x"])
def test_an_identity_that_is_none_is_told_with_good_ones(identity: str) -> None:
    with pytest.raises(InvalidAddress, match="'str:alice'"):
        Sockets(identity=identity)
    Sockets().close()


def test_each_lane_tells_what_it_holds(net: Sockets) -> None:
    pair = connect(net, Options(send_rate_min=2_000, send_rate_max=2_000))
    assert net.configure_connection_lanes(pair.client, [0, 1, 2]) is Result.OK
    bulk = (pair.client, b"x" * 40_000, SendFlags.RELIABLE, 1), (pair.client, b"x" * 12_000, SendFlags.UNRELIABLE, 2)
    assert net.send_messages(bulk) == [Result.OK, Result.OK]
    first, second, third = net.get_connection_real_time_status(pair.client, lanes=3).lanes
    assert (first.pending_reliable, first.pending_unreliable, third.pending_reliable) == (0, 0, 0)
    assert second.pending_reliable + second.sent_unacked_reliable >= 40_000 > 10_000 < third.pending_unreliable
    assert first.queue_time < second.queue_time < third.queue_time
    assert len(net.get_connection_real_time_status(pair.client, lanes=2).lanes) == 2
    assert net.get_connection_real_time_status(pair.client).lanes == ()


def test_the_lanes_together_are_what_the_connection_holds(net: Sockets) -> None:
    one, _ = net.create_socket_pair(through_network=True)
    net.set_option("NagleTime", 20_000, one)
    status = net.get_connection_real_time_status(one, lanes=1)
    lane = status.lanes[0]
    assert status.state is ConnectionState.CONNECTED
    assert lane.pending_reliable == status.pending_reliable
    assert lane.sent_unacked_reliable == status.sent_unacked_reliable


def test_more_lanes_than_there_are_are_refused(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    for lanes in (2, 255):
        with pytest.raises(ValueError, match=f"has fewer than {lanes} lanes"):
            net.get_connection_real_time_status(one, lanes=lanes)
    for lanes in (-1, 256):
        with pytest.raises(ValueError, match="lanes must be from 0 to 255"):
            net.get_connection_real_time_status(one, lanes=lanes)


def test_a_connection_that_does_not_exist_has_no_lanes(net: Sockets) -> None:
    status = net.get_connection_real_time_status(NOBODY, lanes=3)
    assert (status.state, status.lanes) == (ConnectionState.NONE, ())


def test_jitter_is_measured_where_the_other_side_says_when_it_sent(net: Sockets) -> None:
    pair = connect(net, {"SendTimeSincePreviousPacket": 1})

    def jitter() -> float:
        net.send_message_to_connection(pair.client, b"x", SendFlags.UNRELIABLE_NO_NAGLE)
        pair.receive(pair.server, 1)
        return net.get_connection_real_time_status(pair.server).max_jitter

    pair.until(lambda: jitter() > 0, "jitter")
    assert net.get_connection_real_time_status(pair.server).max_jitter == -1, "asked for, and nothing came since"
    plain = connect(net, {"SendTimeSincePreviousPacket": 0})
    net.send_message_to_connection(plain.client, b"x", SendFlags.UNRELIABLE_NO_NAGLE)
    plain.receive(plain.server, 1)
    assert net.get_connection_real_time_status(plain.server).max_jitter == -1


def test_details_are_several_lines_for_people(net: Sockets) -> None:
    pair = connect(net)
    net.send_message_to_connection(pair.client, b"x" * 5_000)
    pair.receive(pair.server, 1)
    lines = net.get_detailed_connection_status(pair.client).splitlines()
    assert len(lines) > 10
    assert lines[0] == "End-to-end connection: connected"
    assert any(line.strip().startswith("Lifetime stats") for line in lines)


def test_the_lanes_of_what_the_other_side_has_ended_are_empty(net: Sockets) -> None:
    one, other = net.create_socket_pair(through_network=True)
    assert net.configure_connection_lanes(one, [0, 1]) is Result.OK
    pumped = Pumped(net)
    net.close_connection(other)
    pumped.expect(one, ConnectionState.CLOSED_BY_PEER)
    status = net.get_connection_real_time_status(one, lanes=2)
    assert status.state is ConnectionState.CLOSED_BY_PEER
    assert [lane.pending_reliable for lane in status.lanes] == [0, 0]
