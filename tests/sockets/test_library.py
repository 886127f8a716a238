"""Opening, closing, pumping and refusing, in one process. What needs two processes or a wire is in tests/loopback."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from gamenet import _bridge
from gamenet.errors import (
    AddressInUse,
    AlreadyOpen,
    GamenetError,
    InvalidAddress,
    InvalidHandle,
    LibraryClosed,
    UnknownOption,
)
from gamenet.sockets import (
    AuthenticationStatus,
    Connection,
    ConnectionChange,
    ConnectionState,
    Identity,
    Options,
    PollGroup,
    Result,
    SendFlags,
    Sockets,
)

from .support import Pumped, connect

NOBODY = Connection(4_000_000_000)


def test_a_second_library_is_refused_until_the_first_is_closed() -> None:
    with Sockets(), pytest.raises(AlreadyOpen, match="close it first"):
        Sockets()
    Sockets().close()


def test_closing_twice_is_harmless() -> None:
    net = Sockets()
    net.close()
    net.close()
    assert net.closed


CALLS: list[Callable[[Sockets], object]] = [
    lambda net: net.run_callbacks(),
    lambda net: net.create_listen_socket_ip("127.0.0.1:0"),
    lambda net: net.connect_by_ip_address("127.0.0.1:1"),
    lambda net: net.accept_connection(NOBODY),
    lambda net: net.close_connection(NOBODY),
    lambda net: net.send_message_to_connection(NOBODY, b""),
    lambda net: net.send_batch([(NOBODY, b"", 8)]),
    lambda net: net.flush_connections([NOBODY]),
    lambda net: net.receive_messages_on_connection(NOBODY),
    lambda net: net.receive_batch(PollGroup(1)),
    lambda net: net.create_poll_group(),
    lambda net: net.get_connection_info(NOBODY),
    lambda net: net.real_time_statuses([NOBODY]),
    lambda net: net.get_identity(),
    lambda net: net.set_option("NagleTime", 0),
    lambda net: net.create_socket_pair(),
]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_into_a_closed_library_is_refused(call: Callable[[Sockets], object]) -> None:
    net = Sockets()
    net.close()
    with pytest.raises(LibraryClosed, match="this Sockets is closed"):
        call(net)


def test_an_old_library_stays_closed_when_a_new_one_is_open() -> None:
    old = Sockets()
    old.close()
    with Sockets() as net:
        with pytest.raises(LibraryClosed):
            old.create_poll_group()
        old.close()
        assert net.create_poll_group()


def test_a_listen_socket_outlives_its_library_as_a_harmless_object() -> None:
    with Sockets() as net:
        listen = net.create_listen_socket_ip("127.0.0.1:0")
    listen.destroy()


def test_who_we_are_is_what_was_said() -> None:
    with Sockets(identity="str:alice") as net:
        assert net.get_identity() == Identity("str:alice")


@pytest.mark.parametrize("identity", ["alice", "str:", "str:" + "x" * 40, "steamid:x"])
def test_an_identity_that_is_none_is_told_with_good_ones(identity: str) -> None:
    with pytest.raises(InvalidAddress, match="'str:alice'"):
        Sockets(identity=identity)
    Sockets().close()


def test_the_address_that_is_really_bound_is_told(net: Sockets) -> None:
    with net.create_listen_socket_ip("127.0.0.1:0") as one, net.create_listen_socket_ip("[::]:0") as other:
        assert one.address == f"127.0.0.1:{one.port}"
        assert other.address == f"[::]:{other.port}"
        assert 0 < one.port != other.port > 0


def test_a_port_in_use_says_so_and_is_free_again_after_destroy(net: Sockets) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with pytest.raises(AddressInUse, match=f"127.0.0.1:{listen.port} is in use"):
        net.create_listen_socket_ip(listen.address)
    listen.destroy()
    listen.destroy()
    net.create_listen_socket_ip(listen.address).destroy()


def test_an_address_of_another_machine_cannot_be_listened_on(net: Sockets) -> None:
    with pytest.raises(GamenetError, match=r"cannot listen on 192\.0\.2\.1:0"):
        net.create_listen_socket_ip("192.0.2.1:0")


def test_a_malformed_address_is_refused_in_the_callers_line(net: Sockets) -> None:
    with pytest.raises(InvalidAddress, match="no port"):
        net.connect_by_ip_address("127.0.0.1")
    with pytest.raises(InvalidAddress, match="nobody can be connected to on port 0"):
        net.connect_by_ip_address("127.0.0.1:0")
    with pytest.raises(TypeError, match="address must be a str"):
        net.create_listen_socket_ip(27015)  # type: ignore[arg-type]


def test_an_unknown_option_is_refused_where_it_is_given(net: Sockets) -> None:
    with pytest.raises(UnknownOption, match="the nearest is 'NagleTime'"):
        net.connect_by_ip_address("127.0.0.1:9", {"NagelTime": 0})


def test_options_reach_the_connection(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9", Options(nagle_time=1234, send_rate_max=500_000))
    assert net.get_option("NagleTime", connection) == 1234
    net.set_option("NagleTime", 77, connection)
    assert net.get_option("NagleTime", connection) == 77
    assert net.get_option("NagleTime") == 5000
    assert net.close_connection(connection)


# --- Handles that nothing stands behind -----------------------------------------------------------------------------


def test_an_unknown_connection_is_a_value_where_the_reference_has_one(net: Sockets) -> None:
    assert net.accept_connection(NOBODY) is Result.INVALID_PARAM
    assert net.close_connection(NOBODY) is False
    assert net.send_message_to_connection(NOBODY, b"x") is Result.INVALID_PARAM
    assert net.flush_messages_on_connection(NOBODY) is Result.INVALID_PARAM
    assert net.set_connection_poll_group(NOBODY, net.create_poll_group()) is False
    assert net.destroy_poll_group(PollGroup(77)) is False
    assert net.real_time_statuses([NOBODY])[0].state is ConnectionState.NONE


UNKNOWN: list[Callable[[Sockets], object]] = [
    lambda net: net.receive_messages_on_connection(NOBODY),
    lambda net: net.receive_messages_on_poll_group(PollGroup(77)),
    lambda net: net.get_connection_info(NOBODY),
    lambda net: net.get_detailed_connection_status(NOBODY),
    lambda net: net.get_connection_name(NOBODY),
    lambda net: net.set_connection_name(NOBODY, "x"),
    lambda net: net.set_option("NagleTime", 1, NOBODY),
    lambda net: net.get_option("NagleTime", NOBODY),
]


@pytest.mark.parametrize("call", UNKNOWN)
def test_an_unknown_handle_raises_where_there_is_nothing_to_return(
    net: Sockets, call: Callable[[Sockets], object]
) -> None:
    with pytest.raises(InvalidHandle, match="there is no"):
        call(net)


GARBAGE: list[Any] = [None, "1", 1.5, b"1", object(), []]
TAKES_CONNECTION: list[Callable[[Sockets, Any], object]] = [
    lambda net, wrong: net.accept_connection(wrong),
    lambda net, wrong: net.close_connection(wrong),
    lambda net, wrong: net.send_message_to_connection(wrong, b"x"),
    lambda net, wrong: net.receive_messages_on_connection(wrong),
    lambda net, wrong: net.get_connection_info(wrong),
    lambda net, wrong: net.get_detailed_connection_status(wrong),
    lambda net, wrong: net.set_option("NagleTime", 1, wrong) if wrong is not None else net.accept_connection(wrong),
    lambda net, wrong: net.configure_connection_lanes(wrong, [0]),
    lambda net, wrong: net.set_connection_name(wrong, "x"),
]


@pytest.mark.parametrize("wrong", GARBAGE, ids=repr)
@pytest.mark.parametrize("call", TAKES_CONNECTION)
def test_a_connection_of_the_wrong_type_is_named(
    net: Sockets, call: Callable[[Sockets, Any], object], wrong: object
) -> None:
    with pytest.raises(TypeError, match="connection must be an int"):
        call(net, wrong)


@pytest.mark.parametrize("wrong", [-1, 2**32, 2**99])
def test_a_connection_out_of_range_is_an_invalid_handle(net: Sockets, wrong: int) -> None:
    for call in TAKES_CONNECTION:
        with pytest.raises(InvalidHandle):
            call(net, wrong)


@pytest.mark.parametrize("wrong", [None, "text", 5, [1, 2]], ids=repr)
def test_data_of_the_wrong_type_is_named(net: Sockets, wrong: Any) -> None:
    with pytest.raises(TypeError, match="data must be bytes"):
        net.send_message_to_connection(NOBODY, wrong)


@pytest.mark.parametrize(("limit", "kind"), [(0, ValueError), (-1, ValueError), ("1", TypeError), (None, TypeError)])
def test_a_limit_that_is_none_is_named(net: Sockets, limit: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="limit must be"):
        net.receive_batch(net.create_poll_group(), limit)


def test_a_huge_limit_is_a_limit(net: Sockets) -> None:
    assert net.receive_batch(net.create_poll_group(), 2**80) == []


@pytest.mark.parametrize("flags", ["8", 8.0, None])
def test_flags_of_the_wrong_type_are_named(net: Sockets, flags: Any) -> None:
    with pytest.raises(TypeError, match="flags must be an int"):
        net.send_message_to_connection(NOBODY, b"x", flags)


@pytest.mark.parametrize("flags", [-1, 2, 64, 1 << 20])
def test_flags_that_mean_nothing_are_refused_and_nothing_is_sent(net: Sockets, flags: int) -> None:
    one, other = net.create_socket_pair()
    with pytest.raises(ValueError, match=f"flags are none of SendFlags: {flags}"):
        net.send_message_to_connection(one, b"x", flags)
    with pytest.raises(ValueError, match=rf"messages\[1\] flags are none of SendFlags: {flags}"):
        net.send_batch([(one, b"x", 8), (one, b"x", flags)])
    assert net.receive_messages_on_connection(other) == []


def test_a_reason_that_is_not_the_programs_to_give_is_refused(net: Sockets) -> None:
    for reason in (0, 999, 3000, -5):
        with pytest.raises(ValueError, match="reason must be from 1000 to 2999"):
            net.close_connection(NOBODY, reason=reason)
    with pytest.raises(TypeError, match="debug a str"):
        net.close_connection(NOBODY, debug=b"x")  # type: ignore[arg-type]


def test_nothing_to_do_is_done_without_a_word(net: Sockets) -> None:
    assert net.send_batch([]) == net.send_messages(iter([])) == net.flush_connections([]) == []
    assert net.real_time_statuses([]) == []


# --- Pumping --------------------------------------------------------------------------------------------------------


def test_callbacks_come_from_run_callbacks_alone_and_on_its_thread(net: Sockets) -> None:
    pumped, threads, pumping = Pumped(net), set(), False
    pump = net.run_callbacks

    def changed(change: ConnectionChange) -> None:
        assert pumping
        threads.add(threading.current_thread())

    def run_callbacks() -> int:
        nonlocal pumping
        pumping = True
        told = pump()
        pumping = False
        return told

    net.on_connection_changed = changed
    net.run_callbacks = run_callbacks  # type: ignore[method-assign]
    net.connect_by_ip_address("127.0.0.1:9", Options(timeout_initial=50))
    pumped.until(lambda: threads)
    assert threads == {threading.current_thread()}


def test_the_number_of_calls_of_handlers_is_returned(net: Sockets) -> None:
    told: list[ConnectionChange] = []
    net.connect_by_ip_address("127.0.0.1:9")
    assert net.run_callbacks() == 0, "nobody listens"
    net.on_connection_changed = told.append
    net.connect_by_ip_address("127.0.0.1:9")
    assert net.run_callbacks() == len(told) == 1
    assert net.run_callbacks() == 0


def test_an_exception_in_a_handler_loses_no_other_event(net: Sockets) -> None:
    told: list[Connection] = []

    def fails_first(change: ConnectionChange) -> None:
        told.append(change.connection)
        if len(told) == 1:
            raise KeyError("mine")

    net.on_connection_changed = fails_first
    connections = [net.connect_by_ip_address("127.0.0.1:9") for _ in range(3)]
    with pytest.raises(KeyError, match="mine"):
        net.run_callbacks()
    assert told == connections[:1]
    assert net.run_callbacks() == 2
    assert told == connections


def test_log_lines_become_records_of_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="gamenet.sockets"), Sockets() as net:
        pumped = Pumped(net)
        connection = net.connect_by_ip_address("127.0.0.1:9")
        net.set_connection_name(connection, "a name to find")
        net.close_connection(connection)
        pumped.until(lambda: any(record.name == "gamenet.sockets" for record in caplog.records))
    assert all(record.levelno >= logging.DEBUG for record in caplog.records)


def test_without_a_certificate_authority_authentication_cannot_be_tried(net: Sockets) -> None:
    status, words = net.get_authentication_status()
    assert status is AuthenticationStatus.CANNOT_TRY
    assert "certificate authority" in words
    assert net.init_authentication() is AuthenticationStatus.CANNOT_TRY


# --- Pairs inside the process ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("through_network", [False, True])
def test_a_socket_pair_is_connected_from_the_start(net: Sockets, through_network: bool) -> None:
    one, other = net.create_socket_pair(through_network=through_network)
    assert net.send_message_to_connection(one, b"hello") is Result.OK
    (message,) = Pumped(net).receive(other, 1)
    assert (message.data, message.reliable, message.connection) == (b"hello", True, other)


def test_a_name_is_kept_and_shown(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    net.set_connection_name(one, "Größe 7")
    assert net.get_connection_name(one) == "Größe 7"
    assert "Größe 7" in net.get_connection_info(one).description


def test_a_long_name_is_cut_between_characters(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    net.set_connection_name(one, "é" * 500)
    name = net.get_connection_name(one)
    assert name
    assert set(name) == {"é"}


def test_received_at_is_on_the_monotonic_clock(net: Sockets) -> None:
    pair = connect(net)
    before = time.monotonic()
    net.send_message_to_connection(pair.client, b"x", SendFlags.RELIABLE_NO_NAGLE)
    (message,) = pair.receive(pair.server, 1)
    assert before - 0.001 <= message.received_at <= time.monotonic() + 0.001


def test_one_crossing_carries_a_batch_each_way_however_many_messages(net: Sockets) -> None:
    counts = []
    for many in (1, 500):
        one, other = net.create_socket_pair()
        group = net.create_poll_group()
        assert net.set_connection_poll_group(other, group)
        with _bridge.counting() as crossings:
            assert net.send_batch([(one, b"x" * 50, SendFlags.RELIABLE)] * many) == [Result.OK] * many
            net.flush_connections([one] * many)
            net.real_time_statuses([one, other] * many)
            assert len(net.receive_batch(group)) == many
        counts.append(dict(crossings))
    assert counts[0] == counts[1]
    assert set(counts[0].values()) == {1}


# --- Ends -----------------------------------------------------------------------------------------------------------


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)


def test_a_program_that_forgets_to_close_ends_well() -> None:
    done = run(
        "from gamenet.sockets import Sockets\n"
        "net = Sockets()\n"
        "listen = net.create_listen_socket_ip('127.0.0.1:0')\n"
        "connection = net.connect_by_ip_address(listen.address)\n"
        "net.run_callbacks(); print('end')"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_of_an_open_library_is_refused_in_the_child_and_harmless_to_the_parent() -> None:
    done = run(
        "import os, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from gamenet.sockets import Sockets\n"
        "from gamenet.errors import LibraryClosed\n"
        "net = Sockets(); net.create_listen_socket_ip('127.0.0.1:0')\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    for call in (net.create_poll_group, Sockets):\n"
        "        try: call()\n"
        "        except LibraryClosed as error: print('refused:', error, flush=True)\n"
        "    net.close()\n"
        "    raise SystemExit\n"
        "os.waitpid(child, 0); print('parent', net.create_poll_group() > 0)"
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first == second
    assert first.startswith("refused: GameNetworkingSockets was open when this process was forked")
    assert third == "parent True"


def test_a_closed_library_is_not_kept_alive() -> None:
    net = Sockets()
    net.on_connection_changed = print
    gone = weakref.ref(net)
    net.close()
    del net
    assert gone() is None
