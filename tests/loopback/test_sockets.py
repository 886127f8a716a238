"""The real library on loopback: two processes, and one with a relay in the way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gamenet.sockets import (
    MAX_MESSAGE,
    MAX_UNRELIABLE,
    MAX_UNSPLIT,
    ConnectionState,
    EndReason,
    FakeNetwork,
    Message,
    Options,
    Result,
    SendFlags,
    Sockets,
)
from tests.loopback.relay import Relay
from tests.sockets.support import Pair, Pumped, connect

PEER = Path(__file__).with_name("sockets_peer.py")


@contextmanager
def peer(word: str, address: str) -> Iterator[subprocess.Popen[str]]:
    """The other process; it is killed at the end if it still lives."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(PEER), word, address], stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


# --- Two processes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [SendFlags.RELIABLE_NO_NAGLE, SendFlags.UNRELIABLE_NO_NAGLE])
def test_a_message_goes_to_another_process_and_comes_back_as_it_was(net: Sockets, flags: SendFlags) -> None:
    with peer("echo", "127.0.0.1:0") as other:
        pumped = Pumped(net)
        connection = net.connect_by_ip_address(line(other))
        pumped.expect(connection, ConnectionState.CONNECTED)
        assert net.send_message_to_connection(connection, b"\0\xffping", flags) is Result.OK
        (back,) = pumped.receive(connection, 1)
        assert (back.data, back.reliable, back.connection) == (b"\0\xffping", bool(flags & 8), connection)


def test_the_other_process_learns_why_it_was_left(net: Sockets) -> None:
    with peer("echo", "127.0.0.1:0") as other:
        pumped = Pumped(net)
        connection = net.connect_by_ip_address(line(other))
        pumped.expect(connection, ConnectionState.CONNECTED)
        assert net.close_connection(connection, reason=1042, debug="had enough") is True
        assert net.close_connection(connection) is False
        assert line(other) == "CLOSED_BY_PEER 1042 had enough"


def test_closing_the_library_tells_the_other_process() -> None:
    with peer("echo", "127.0.0.1:0") as other:
        with Sockets() as net:
            connection = net.connect_by_ip_address(line(other))
            Pumped(net).expect(connection, ConnectionState.CONNECTED)
        assert line(other) == "CLOSED_BY_PEER 1000 the program closed the library"


def test_a_program_that_just_ends_still_tells_the_other_side(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    program = (
        "import sys, time; from gamenet.sockets import Sockets\n"
        "net, up = Sockets(), []\n"
        "net.on_connection_changed = lambda change: up.append(change.state == 3)\n"
        "net.connect_by_ip_address(sys.argv[1])\n"
        "while not any(up): net.run_callbacks(); time.sleep(0.001)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, listen.address]) as other:
        pumped.until(lambda: pumped.accepted)
        change = pumped.expect(pumped.accepted[0], ConnectionState.CLOSED_BY_PEER)
    assert (other.returncode, change.debug) == (0, "the program closed the library")


def test_lingering_delivers_all_that_was_sent_before_the_goodbye(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with peer("linger", listen.address):
        pumped.until(lambda: pumped.accepted)
        connection = pumped.accepted[0]
        got: list[Message] = []

        def ended() -> bool:
            got.extend(net.receive_messages_on_connection(connection, 1000))
            return pumped.told(connection, ConnectionState.CLOSED_BY_PEER) is not None

        pumped.until(ended, "the goodbye")
        got.extend(net.receive_messages_on_connection(connection, 1000))
        change = pumped.expect(connection, ConnectionState.CLOSED_BY_PEER)
        assert [int(message.data) for message in got] == list(range(200))
        assert (change.end_reason, change.debug) == (1234, "all was sent")


def test_a_library_that_is_closed_while_a_connection_lingers_tells_so_in_the_programs_words(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with peer("cut", listen.address):
        pumped.until(lambda: pumped.accepted)
        change = pumped.expect(pumped.accepted[0], ConnectionState.CLOSED_BY_PEER)
    assert (change.end_reason, change.debug) == (EndReason.CUT_SHORT, "all was sent")
    assert not net.receive_messages_on_connection(pumped.accepted[0])


def test_a_process_that_is_killed_is_lost_after_the_timeout_with_a_reason(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0", Options(timeout_connected=600))
    with peer("silent", listen.address) as other:
        pumped.until(lambda: pumped.accepted)
        (hello,) = pumped.receive(pumped.accepted[0], 1)
        assert hello.data == b"here"
        other.kill()
        change = pumped.expect(pumped.accepted[0], ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert 4000 <= change.end_reason < 6000
    assert change.debug


# --- Connecting and ending ------------------------------------------------------------------------------------------


def test_nobody_there_is_a_problem_with_a_reason_and_a_sentence(net: Sockets) -> None:
    free = net.create_listen_socket_ip("127.0.0.1:0")
    free.destroy()
    connection = net.connect_by_ip_address(free.address, Options(timeout_initial=300))
    change = Pumped(net).expect(connection, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert change.old_state is ConnectionState.CONNECTING
    assert change.end_reason == 5003
    assert "Timed out attempting to connect" in change.debug
    assert net.close_connection(connection) is True


def test_a_connection_that_is_not_accepted_but_closed_learns_it(net: Sockets) -> None:
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    connection = net.connect_by_ip_address(listen.address)
    pumped.until(lambda: any(change.listen_socket is listen for change in pumped.changes))
    incoming = next(change.connection for change in pumped.changes if change.listen_socket is listen)
    assert net.close_connection(incoming, reason=1001, debug="the room is full")
    change = pumped.expect(connection, ConnectionState.CLOSED_BY_PEER)
    assert (change.end_reason, change.debug) == (1001, "the room is full")


def test_accepting_twice_is_an_invalid_state(net: Sockets) -> None:
    pair = connect(net)
    assert net.accept_connection(pair.server) is Result.INVALID_STATE


def test_sending_before_the_connection_is_up_waits_or_is_refused_as_asked(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    connection = net.connect_by_ip_address(listen.address)
    assert net.send_message_to_connection(connection, b"fresh", SendFlags.UNRELIABLE_NO_DELAY) is Result.IGNORED
    assert net.send_message_to_connection(connection, b"early") is Result.OK
    pumped.until(lambda: pumped.accepted)
    assert [message.data for message in pumped.receive(pumped.accepted[0], 1)] == [b"early"]


def test_sending_on_what_the_other_side_closed_is_no_connection(net: Sockets) -> None:
    pair = connect(net)
    net.close_connection(pair.server)
    pair.expect(pair.client, ConnectionState.CLOSED_BY_PEER)
    assert net.send_message_to_connection(pair.client, b"x") is Result.NO_CONNECTION
    assert net.send_messages([(pair.client, b"x", 8), (pair.client, b"y", 8)]) == [Result.NO_CONNECTION] * 2
    assert net.close_connection(pair.client) is True
    assert net.send_message_to_connection(pair.client, b"x") is Result.INVALID_PARAM


def test_destroying_a_listen_socket_ends_what_came_in_on_it(net: Sockets) -> None:
    pair = connect(net)
    assert pair.listen is not None
    pair.listen.destroy()
    assert net.real_time_statuses([pair.server])[0].state is ConnectionState.NONE


def test_what_is_known_about_a_connection_is_told_on_both_sides() -> None:
    with Sockets(identity="str:both") as net:
        pair = connect(net)
        client, server = net.get_connection_info(pair.client), net.get_connection_info(pair.server)
        assert pair.listen is not None
        assert client.address == pair.listen.address
        assert (client.listen_socket, server.listen_socket) == (0, pair.listen.handle)
        assert str(client.identity) == str(server.identity) == "str:both"
        assert client.state is server.state is ConnectionState.CONNECTED
        assert (client.encrypted, client.authenticated, client.relayed) == (True, False, False)
        assert "connected" in net.get_detailed_connection_status(pair.client)


# --- Messages -------------------------------------------------------------------------------------------------------


def test_a_batch_of_a_thousand_arrives_whole_and_in_order(net: Sockets) -> None:
    pair = connect(net)
    datas = [b"%d" % i * (i % 7) for i in range(1000)]
    assert net.send_messages([(pair.client, data, SendFlags.RELIABLE) for data in datas]) == [Result.OK] * 1000
    got = pair.receive(pair.server, 1000)
    assert [message.data for message in got] == datas
    assert [message.number for message in got] == list(range(1, 1001))
    times = [message.received_at for message in got]
    assert times == sorted(times)


def test_the_longest_message_passes_and_a_longer_one_is_over_the_limit(net: Sockets) -> None:
    pair = connect(net, Options(send_buffer_size=2 << 20, send_rate_min=50_000_000, send_rate_max=50_000_000))
    longest = bytes(range(256)) * (MAX_MESSAGE // 256)
    batch = [(pair.client, longest + b"x", 8), (pair.client, longest, 8)]
    assert net.send_messages(batch) == [Result.LIMIT_EXCEEDED, Result.OK]
    assert net.send_message_to_connection(pair.client, longest + b"x") is Result.LIMIT_EXCEEDED
    assert pair.receive(pair.server, 1)[0].data == longest


def test_an_unreliable_message_that_is_too_long_for_that_is_sent_reliably(net: Sockets) -> None:
    pair = connect(net)
    longest = b"x" * MAX_UNRELIABLE
    net.send_messages(
        [(pair.client, longest, SendFlags.UNRELIABLE), (pair.client, longest + b"x", SendFlags.UNRELIABLE)]
    )
    got = pair.receive(pair.server, 2)
    assert {len(message.data): message.reliable for message in got} == {MAX_UNRELIABLE: False, MAX_UNRELIABLE + 1: True}


def test_a_message_has_its_lane_and_the_number_of_those_that_its_sender_sent_on_it(net: Sockets) -> None:
    """So a sender that counts what was OK knows the numbers too."""
    pair = connect(net)
    assert net.configure_connection_lanes(pair.client, [0, 0]) is Result.OK
    sent = [(pair.client, b"%d" % i, SendFlags.RELIABLE, i % 2) for i in range(6)]
    assert net.send_messages([*sent, (pair.client, b"refused", SendFlags.RELIABLE, 5)])[-1] is Result.INVALID_PARAM
    assert net.send_message_to_connection(pair.client, b"6") is Result.OK
    numbers = {int(message.data): (message.lane, message.number) for message in pair.receive(pair.server, 7)}
    assert numbers == {0: (0, 1), 1: (1, 1), 2: (0, 2), 3: (1, 2), 4: (0, 3), 5: (1, 3), 6: (0, 4)}


def test_a_full_send_buffer_refuses_the_rest_for_that_connection_alone(net: Sockets) -> None:
    pair, other = connect(net, Options(send_buffer_size=10_000)), connect(net)
    block = b"x" * 6_000
    batch = [(pair.client, block, 8), (pair.client, block, 8), (other.client, b"ok", 8), (pair.client, b"small", 8)]
    assert net.send_messages(batch) == [Result.OK, Result.LIMIT_EXCEEDED, Result.OK, Result.LIMIT_EXCEEDED]


def test_what_waits_for_company_goes_when_flushed(net: Sockets) -> None:
    pair = connect(net, Options(nagle_time=20_000))

    def waited(flush: bool) -> float:
        sent = time.monotonic()
        net.send_message_to_connection(pair.client, b"small", SendFlags.UNRELIABLE)
        if flush:
            assert net.flush_connections([pair.client, pair.server]) == [Result.OK, Result.OK]
        return pair.receive(pair.server, 1)[0].received_at - sent

    assert waited(flush=False) > 0.019
    pair.until(
        lambda: waited(flush=True) < 0.019,
        "a flushed message to be sooner than Nagle, on a busy machine in one of many tries",
    )


def test_what_is_acknowledged_is_no_longer_counted_as_on_its_way(net: Sockets) -> None:
    pair = connect(net)
    net.send_message_to_connection(pair.client, b"x" * 500, SendFlags.RELIABLE_NO_NAGLE)

    def in_flight() -> int:
        status = net.get_connection_real_time_status(pair.client)
        return status.pending_reliable + status.sent_unacked_reliable

    assert in_flight() > 0
    pair.until(lambda: in_flight() == 0)
    assert net.get_connection_real_time_status(pair.client).ping >= 0


def test_a_poll_group_gathers_the_messages_of_its_connections(net: Sockets) -> None:
    pairs = [connect(net) for _ in range(3)]
    group = net.create_poll_group()
    for pair in pairs[:2]:
        assert net.set_connection_poll_group(pair.server, group)
    net.send_messages([(pair.client, b"%d" % i, 9) for i, pair in enumerate(pairs)])
    got: list[Message] = []
    pairs[2].until(lambda: got.extend(net.receive_messages_on_poll_group(group, 65536)) or len(got) == 2)
    assert {(message.connection, message.data) for message in got} == {(pairs[0].server, b"0"), (pairs[1].server, b"1")}
    assert pairs[2].receive(pairs[2].server, 1)[0].data == b"2"


def test_a_limit_leaves_the_rest_for_the_next_call(net: Sockets) -> None:
    pair, group = connect(net), net.create_poll_group()
    net.set_connection_poll_group(pair.server, group)
    net.send_messages([(pair.client, b"%d" % i, SendFlags.RELIABLE) for i in range(10)])
    got: list[list[Message]] = []

    def all_of_them() -> bool:
        got.append(net.receive_messages_on_poll_group(group, 3))
        return sum(map(len, got)) == 10

    pair.until(all_of_them)
    assert max(map(len, got)) <= 3
    assert [int(message.data) for part in got for message in part] == list(range(10))


def test_a_connection_leaves_its_poll_group(net: Sockets) -> None:
    pair, group = connect(net), net.create_poll_group()
    assert net.set_connection_poll_group(pair.server, group)
    assert net.set_connection_poll_group(pair.server, None)
    assert net.destroy_poll_group(group)
    net.send_message_to_connection(pair.client, b"x")
    assert pair.receive(pair.server, 1)[0].data == b"x"


def test_a_lane_that_goes_first_overtakes_one_that_is_full(net: Sockets) -> None:
    pair = connect(net, Options(send_rate_min=200_000, send_rate_max=200_000))
    assert net.configure_connection_lanes(pair.client, [0, 1]) is Result.OK
    bulk = [(pair.client, b"bulk" * 5_000, SendFlags.RELIABLE, 1)] * 10
    assert net.send_messages([*bulk, (pair.client, b"first", SendFlags.RELIABLE, 0)]) == [Result.OK] * 11
    datas = [message.data for message in pair.receive(pair.server, 11)]
    assert datas.index(b"first") < 9
    assert datas.count(b"bulk" * 5_000) == 10


def test_a_lane_that_does_not_exist_is_an_invalid_param(net: Sockets) -> None:
    pair = connect(net)
    assert net.send_messages([(pair.client, b"x", SendFlags.RELIABLE, 7)]) == [Result.INVALID_PARAM]


def test_the_weather_of_the_process_is_felt(net: Sockets) -> None:
    pair = connect(net)
    net.simulate(FakeNetwork(loss=100))
    net.send_message_to_connection(pair.client, b"lost", SendFlags.UNRELIABLE_NO_NAGLE)
    net.send_message_to_connection(pair.client, b"repeated", SendFlags.RELIABLE_NO_NAGLE)
    pair.until(lambda: net.get_connection_real_time_status(pair.client).pending_unreliable == 0)
    net.simulate(FakeNetwork())
    assert [message.data for message in pair.receive(pair.server, 1)] == [b"repeated"]


def test_lag_goes_both_ways(net: Sockets) -> None:
    net.simulate(FakeNetwork(lag_ms=30))
    pair = connect(net)
    net.send_message_to_connection(pair.client, b"x", SendFlags.RELIABLE_NO_NAGLE)
    pair.receive(pair.server, 1)
    assert net.get_connection_real_time_status(pair.server).ping >= 0.06


# --- One packet -----------------------------------------------------------------------------------------------------


def through(net: Sockets, relay: Relay) -> Pair:
    """A pair whose client goes through the relay."""
    pair = Pair(net)
    pair.client = net.connect_by_ip_address(relay.address)
    pair.expect(pair.client, ConnectionState.CONNECTED)
    pair.until(lambda: pair.accepted)
    pair.server = pair.accepted[0]
    return pair


def first_big_packet_only(relay: Relay) -> None:
    """From now on the relay lets one packet of data through and drops all others."""
    left = [True]

    def passes(packet: bytes) -> bool:
        return len(packet) > 1000 and left == [True] and not left.clear()  # type: ignore[func-returns-value]

    relay.passes = passes


@pytest.mark.parametrize("talk", [0, 400], ids=["quiet", "while both sides talk"])
def test_a_message_of_the_longest_unsplit_size_travels_in_one_packet(net: Sockets, talk: int) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with Relay(listen.port) as relay:
        pair = through(net, relay)
        net.send_messages([(pair.server, b"x" * 300, SendFlags.RELIABLE)] * talk)
        net.send_messages([(pair.client, b"y" * 300, SendFlags.RELIABLE)] * talk)
        pair.receive(pair.client, talk) if talk else None
        pair.receive(pair.server, talk) if talk else None
        pair.until(lambda: net.get_connection_real_time_status(pair.client).sent_unacked_reliable == 0)
        first_big_packet_only(relay)
        net.send_message_to_connection(pair.client, b"z" * MAX_UNSPLIT, SendFlags.UNRELIABLE_NO_DELAY)
        assert pair.receive(pair.server, 1)[0].data == b"z" * MAX_UNSPLIT


def test_a_message_that_does_not_fit_is_split_and_lost_with_a_part(net: Sockets) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with Relay(listen.port) as relay:
        pair = through(net, relay)
        first_big_packet_only(relay)
        relay.sizes.clear()
        net.send_message_to_connection(pair.client, b"z" * 1_300, SendFlags.UNRELIABLE_NO_DELAY)
        pair.until(lambda: sum(relay.sizes) > 1_300, "both parts")
        assert net.receive_messages_on_connection(pair.server) == []


def test_thirty_unreliable_messages_of_the_longest_unsplit_size_make_thirty_big_packets(net: Sockets) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with Relay(listen.port) as relay:
        pair = through(net, relay)
        relay.sizes.clear()
        for _ in range(30):
            net.send_message_to_connection(pair.client, b"z" * MAX_UNSPLIT, SendFlags.UNRELIABLE_NO_DELAY)
            pair.receive(pair.server, 1)
        assert sum(size > 1000 for size in relay.sizes) == 30
        assert max(relay.sizes) <= 1300
