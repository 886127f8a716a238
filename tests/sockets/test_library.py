"""Opening, closing, pumping and refusing, in one process. What needs two processes or a wire is in tests/loopback."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable

import pytest

from gamenet.errors import (
    AlreadyOpen,
    LibraryClosed,
)
from gamenet.sockets import (
    Connection,
    ConnectionChange,
    Options,
    PollGroup,
    Sockets,
)

from .support import NOBODY, Pumped


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
    lambda net: net.send_messages([(NOBODY, b"", 8)]),
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


def test_a_handler_by_another_name_or_no_function_is_refused_at_once(net: Sockets) -> None:
    with pytest.raises(AttributeError, match="'on_connection_change': there are on_connection_changed and"):
        net.on_connection_change = print  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="on_connection_changed must be a function"):
        net.on_connection_changed = 5  # type: ignore[assignment]
    net.on_connection_changed = None
