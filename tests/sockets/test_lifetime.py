"""What becomes of an open library when a program ends, forks or has threads; and that no handle reaches another."""

from __future__ import annotations

import inspect
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from gamenet.errors import InvalidHandle
from gamenet.sockets import Connection, ConnectionChange, ConnectionState, Result, SendFlags, Sockets
from tests.pages import SOCKETS

from .support import PATIENCE, Pumped, connect

# --- Ends -------------------------------------------------------------------------------------------------------------

OPEN = """
import atexit, gc, os, signal, sys, threading, time
from gamenet.errors import AlreadyOpen, LibraryClosed
from gamenet.sockets import *

net = Sockets(identity="str:ending")
listen = net.create_listen_socket_ip("127.0.0.1:0")

def changed(change):
    if change.listen_socket is not None and change.state is ConnectionState.CONNECTING:
        net.accept_connection(change.connection)

net.on_connection_changed = changed
net.on_authentication_status = lambda change: None
connection = net.connect_by_ip_address(listen.address)
deadline = time.monotonic() + 20
while net.get_connection_info(connection).state is not ConnectionState.CONNECTED:
    net.run_callbacks()
    assert time.monotonic() < deadline
net.send_message_to_connection(connection, bytes(300_000))

def pump():
    while True:
        net.run_callbacks()

def started(*targets):
    for target in targets:
        threading.Thread(target=target, daemon=True).start()
"""
"""A program with a library open, a connection up and bytes on their way."""


class End(NamedTuple):
    """How a program ends, which code it leaves and what it has printed."""

    program: str
    code: int = 0
    output: str = ""


ENDS: dict[str, End] = {
    "falls off its end": End("print('end')", 0, "end\n"),
    "leaves by sys.exit": End("sys.exit(3)", 3),
    "leaves by os._exit": End("os._exit(4)", 4),
    "is killed": End("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    "leaves a connection lingering": End("net.close_connection(connection, linger=True)"),
    "leaves in the middle of a handler": End(
        """
        net.on_connection_changed = lambda change: sys.exit(5)
        net.connect_by_ip_address('127.0.0.1:9')
        net.run_callbacks()
        """,
        5,
    ),
    "leaves by os._exit in the middle of a handler": End(
        """
        net.on_connection_changed = lambda change: os._exit(6)
        net.connect_by_ip_address('127.0.0.1:9')
        net.run_callbacks()
        """,
        6,
    ),
    "closes, and closes again": End("net.close(); net.close(); listen.destroy()"),
    "closes in its with block": End("with net: sys.exit(7)", 7),
    "closes in a handler": End(
        """
        net.on_connection_changed = lambda change: net.close()
        net.connect_by_ip_address('127.0.0.1:9')
        print(net.run_callbacks(), net.closed)
        """,
        0,
        "1 True\n",
    ),
    "leaves a cycle behind": End("net.me = [net]; del net"),
    "leaves a cycle behind, without a garbage collector": End("gc.disable(); net.me = [net]; del net, listen"),
    "keeps it in a module": End("sys.modules['os'].kept = net"),
    "closes in a finaliser of an object that outlives the rest": End("""
        class Last:
            def __del__(self, net=net, close=Sockets.close): close(net)
        sys.last = Last()
        """),
    "leaves daemon threads that pump": End("started(pump, pump, pump)"),
    "leaves daemon threads that send and receive": End("""
        def both():
            one, other = net.create_socket_pair()
            while True:
                net.send_messages([(one, bytes(1000), 8)] * 10)
                net.receive_messages_on_connection(other, 100)
        started(both, both)
        """),
    "leaves daemon threads that connect and close": End("""
        def again():
            while True:
                net.close_connection(net.connect_by_ip_address('127.0.0.1:9'))
        started(again, again, pump)
        """),
    "leaves daemon threads that open and close": End("""
        net.close()
        def again():
            while True:
                try: Sockets().close()
                except AlreadyOpen: pass
        started(again, again)
        deadline = time.monotonic() + 0.05
        while time.monotonic() < deadline: pass
        """),
    "goes on in a thread that is no daemon": End(
        """
        def late():
            threading.main_thread().join()
            print(net.send_message_to_connection(connection, b'x').name)
        threading.Thread(target=late).start()
        """,
        0,
        "OK\n",
    ),
    "goes on in its own handlers at exit": End(
        """
        atexit.register(lambda: print(net.send_message_to_connection(connection, b'x').name))
        atexit.register(lambda: print(net.run_callbacks() >= 0))
        """,
        0,
        "True\nOK\n",
    ),
    "closes in its own handler at exit": End("atexit.register(net.close)"),
    "opens another in its handler at exit": End(
        """
        def reopen():
            global net
            net.close(); net = Sockets(); print(net.create_poll_group() > 0)
        atexit.register(reopen)
        """,
        0,
        "True\n",
    ),
    "leaves a generator that holds it": End("""
        def game(net):
            with net: yield net
        playing = game(net); next(playing)
        """),
    "leaves a task that pumps it": End("""
        import asyncio
        async def pump():
            while True:
                net.run_callbacks(); await asyncio.sleep(0)
        async def main():
            task = asyncio.create_task(pump()); await asyncio.sleep(0)
        asyncio.run(main())
        """),
}


def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "faulthandler", *options, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("end", ENDS)
def test_a_program_ends_without_a_word_when_it(end: str) -> None:
    program, code, output = ENDS[end]
    done = run(OPEN + dedent(program))
    assert (done.stderr, done.returncode, done.stdout) == ("", code, output)


def test_an_exception_that_nobody_caught_is_all_that_is_told() -> None:
    done = run(OPEN + "raise RuntimeError('mine')")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "RuntimeError: mine"
    assert done.stderr.count("Error") == 1


def test_an_exception_in_a_handler_comes_out_of_the_call_that_told() -> None:
    raises = "def changed(change): raise RuntimeError('mine')\nnet.on_connection_changed = changed\n"
    done = run(OPEN + raises + "net.connect_by_ip_address('127.0.0.1:9'); net.run_callbacks()")
    assert done.returncode == 1
    assert "in run_callbacks" in done.stderr
    assert done.stderr.splitlines()[-1] == "RuntimeError: mine"


def test_a_handler_at_exit_that_was_there_before_the_library_was_imported_finds_it_closed() -> None:
    first = (
        "import atexit\n"
        "def last():\n"
        "    try: net.run_callbacks()\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
        "atexit.register(last)\n"
    )
    done = run(first + OPEN)
    assert (done.stderr, done.returncode, done.stdout) == ("", 0, "LibraryClosed this Sockets is closed\n")


def test_warnings_as_errors_find_nothing() -> None:
    done = run(OPEN + "del net, listen, changed; gc.collect()", "-W", "error", "-X", "dev")
    assert (done.stderr, done.returncode) == ("", 0)


# --- Forks ----------------------------------------------------------------------------------------------------------

FORK = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, about threads and forks

def in_child(work):
    child = os.fork()
    if not child:
        work()
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

def said(call):
    try:
        call()
    except LibraryClosed as error:
        print(str(error).split(",")[0])
    except Exception as error:
        print(repr(error))
"""
WHY = "GameNetworkingSockets was open when this process was forked\n"

FORKS: dict[str, End] = {
    "every call in the child says why": End(
        """
        def work():
            said(net.run_callbacks); said(net.create_poll_group); said(lambda: net.set_option('NagleTime', 0))
            said(Sockets); listen.destroy(); net.close(); print(net.closed)
        in_child(work)
        """,
        0,
        4 * WHY + "True\nparent OK\n",
    ),
    "a grandchild is as its parent": End("in_child(lambda: in_child(lambda: said(Sockets)))", 0, WHY + "parent OK\n"),
    "a child of a process that has closed it may open its own": End(
        """
        net.close()
        def work():
            with Sockets() as own: print(own.create_poll_group() > 0)
        in_child(work); in_child(work)
        net = Sockets(); connection, _ = net.create_socket_pair()
        """,
        0,
        "True\nTrue\nparent OK\n",
    ),
    "a child may let go of it": End(
        """
        def work():
            global net, listen
            del net, listen
            gc.collect(); said(Sockets)
        in_child(work)
        """,
        0,
        WHY + "parent OK\n",
    ),
    "a child may end as any program does": End(
        """
        child = os.fork()
        if not child:
            started(lambda: time.sleep(9))
            sys.exit(0)
        print(os.waitpid(child, 0)[1])
        """,
        0,
        "0\nparent OK\n",
    ),
    "a child never hangs, however busy the library is in other threads": End(
        """
        net.close()
        def again():
            while True:
                try: Sockets().close()
                except AlreadyOpen: pass
        started(again, again)
        def work():
            try: Sockets().close()
            except LibraryClosed: pass
        for _ in range(30): in_child(work)
        """,
        0,
        "parent closed\n",
    ),
    "multiprocessing may fork": End(
        """
        import multiprocessing
        process = multiprocessing.get_context('fork').Process(target=said, args=(Sockets,))
        process.start(); process.join(); print(process.exitcode)
        """,
        0,
        WHY + "0\nparent OK\n",
    ),
    "subprocess is no fork": End(
        """
        import subprocess
        other = 'from gamenet.sockets import Sockets; Sockets().close(); print("other", flush=True)'
        subprocess.run([sys.executable, '-c', other], check=True)
        """,
        0,
        "other\nparent OK\n",
    ),
}
STILL = "\nprint('parent', 'closed' if net.closed else net.send_message_to_connection(connection, b'x').name)"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("fork", FORKS)
def test_a_fork_does_no_harm_and(fork: str) -> None:
    program, code, output = FORKS[fork]
    done = run(OPEN + FORK + dedent(program) + STILL)
    assert (done.stderr, done.returncode, done.stdout) == ("", code, output)


SPAWN = """
import multiprocessing
from gamenet.sockets import Connection, ConnectionState, Sockets

def connect(address):
    with Sockets() as net:
        connection = net.connect_by_ip_address(address)
        while net.get_connection_info(connection).state is not ConnectionState.CONNECTED:
            net.run_callbacks()
        net.send_message_to_connection(connection, b"from the spawned one")
        while net.get_connection_real_time_status(connection).sent_unacked_reliable:
            net.run_callbacks()
        while net.get_connection_real_time_status(connection).pending_reliable:
            net.run_callbacks()

if __name__ == "__main__":
    with Sockets() as net:
        came = []
        def changed(change):
            if change.state is ConnectionState.CONNECTING:
                net.accept_connection(change.connection)
                came.append(change.connection)
        net.on_connection_changed = changed
        listen = net.create_listen_socket_ip("127.0.0.1:0")
        process = multiprocessing.get_context("spawn").Process(target=connect, args=(listen.address,))
        process.start()
        messages = []
        while not messages and process.exitcode in (None, 0):
            net.run_callbacks()
            messages += net.receive_messages_on_connection(came[0]) if came else []
        process.join()
        print(messages[0].data.decode(), process.exitcode)
"""


def test_multiprocessing_may_spawn(tmp_path: Path) -> None:
    program = tmp_path / "spawning.py"
    program.write_text(SPAWN)
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stderr, done.returncode, done.stdout) == ("", 0, "from the spawned one 0\n")


# --- Handles --------------------------------------------------------------------------------------------------------


def test_a_number_that_shares_half_with_a_connection_reaches_nothing(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    for bit in range(32):
        near = Connection(one ^ 1 << bit)
        assert net.send_message_to_connection(near, b"x") is Result.INVALID_PARAM
        assert net.send_messages([(near, b"x", 8)]) == [Result.INVALID_PARAM]
        assert net.flush_messages_on_connection(near) is Result.INVALID_PARAM
        assert net.get_connection_real_time_status(near).state is ConnectionState.NONE
        assert net.accept_connection(near) is Result.INVALID_PARAM
        assert net.configure_connection_lanes(near, [0, 0]) is Result.NO_CONNECTION
        assert not net.set_connection_poll_group(near, None)
        for call in (net.get_connection_info, net.get_connection_name, net.receive_messages_on_connection):
            with pytest.raises(InvalidHandle):
                call(near)
        with pytest.raises(InvalidHandle):
            net.set_option("NagleTime", 1, near)
        assert not net.close_connection(near)
    assert net.receive_messages_on_connection(other) == []
    assert net.get_connection_info(one).state is ConnectionState.CONNECTED


def test_numbers_of_poll_groups_and_listen_sockets_do_not_come_back(net: Sockets) -> None:
    groups = set()
    for _ in range(5000):  # the library gives the same ones out again after 4,095
        group = net.create_poll_group()
        groups.add(group)
        net.destroy_poll_group(group)
    assert len(groups) == 5000
    held = net.create_listen_socket_ip("127.0.0.1:0")
    listens = {net_listen_handle(net) for _ in range(50)}
    assert len(listens) == 50
    assert held.handle not in listens


def net_listen_handle(net: Sockets) -> int:
    with net.create_listen_socket_ip("127.0.0.1:0") as listen:
        return listen.handle


def test_a_poll_group_of_a_closed_library_is_none_of_the_next() -> None:
    with Sockets() as net:
        old = net.create_poll_group()
    with Sockets() as net:
        assert net.create_poll_group() != old
        assert net.destroy_poll_group(old) is False
        with pytest.raises(InvalidHandle):
            net.receive_messages_on_poll_group(old)


def test_what_came_in_on_a_listen_socket_is_gone_with_it(net: Sockets) -> None:
    pair = connect(net)
    assert pair.listen is not None
    assert net.get_connection_info(pair.server).listen_socket == pair.listen.handle
    pair.listen.destroy()
    assert net.send_message_to_connection(pair.server, b"x") is Result.INVALID_PARAM
    assert not net.close_connection(pair.server)
    assert net.close_connection(pair.client)


def test_a_connection_that_lingers_is_gone_for_its_side(net: Sockets) -> None:
    pair = connect(net)
    net.send_message_to_connection(pair.client, bytes(200_000))
    assert net.close_connection(pair.client, linger=True)
    assert not net.close_connection(pair.client)
    for call in (
        lambda: net.set_option("NagleTime", 1, pair.client),
        lambda: net.get_option("NagleTime", pair.client),
        lambda: net.set_connection_name(pair.client, "x"),
    ):
        with pytest.raises(InvalidHandle):
            call()
    (message,) = pair.receive(pair.server, 1)
    assert len(message.data) == 200_000


# --- Threads --------------------------------------------------------------------------------------------------------


def in_threads(*works: Callable[[], object]) -> None:
    """Runs all at once; raises what one of them raised."""
    start, failures = threading.Barrier(len(works)), []

    def guarded(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a thread hangs"
    if failures:
        raise failures[0]


def exchange(net: Sockets, name: int, way: str) -> None:
    """Sends batches to itself and checks that what comes is what this thread sent, whole and in order."""
    one, other = net.create_socket_pair()
    group = net.create_poll_group()
    net.set_connection_poll_group(other, group)
    receive = {
        "connection": lambda: net.receive_messages_on_connection(other, 100),
        "poll group": lambda: net.receive_messages_on_poll_group(group, 100),
        "batch": lambda: [(m.connection, bytes(m.data)) for m in net.receive_batch(group, 100)],
    }[way]
    for turn in range(150):
        sent = [b"%d %d %d " % (name, turn, i) * (1 + (turn * i) % 200) for i in range(20)]
        assert net.send_messages([(one, data, SendFlags.RELIABLE) for data in sent]) == [Result.OK] * 20
        assert [message[:2] for message in receive()] == [(other, data) for data in sent]
    net.destroy_poll_group(group)
    net.close_connection(one)


def test_the_page_says_of_every_call_from_which_thread_it_may_come() -> None:
    table = (
        (SOCKETS / "lifetime.md").read_text(encoding="utf-8").partition("## Threads")[2].partition("Signal handlers")[0]
    )
    told = [
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    calls = [name for name in dir(Sockets) if inspect.isfunction(getattr(Sockets, name)) and not name.startswith("_")]
    assert sorted(told) == sorted(calls)


def test_threads_that_receive_at_once_get_each_their_own(net: Sockets) -> None:
    ways = ["connection", "poll group", "batch"] * 3
    in_threads(*[lambda name=name, way=way: exchange(net, name, way) for name, way in enumerate(ways)])


def test_threads_that_pump_at_once_tell_each_change_once(net: Sockets) -> None:
    told: list[tuple[Connection, ConnectionState]] = []
    net.on_connection_changed = lambda change: told.append((change.connection, change.state))
    ends, opened = threading.Event(), []

    def pump() -> None:
        while not ends.is_set():
            net.run_callbacks()

    def open_and_look() -> None:
        try:
            for _ in range(100):
                connection = net.connect_by_ip_address("127.0.0.1:9")
                opened.append(connection)
                assert net.get_connection_info(connection).state is ConnectionState.CONNECTING
        finally:
            ends.set()

    in_threads(pump, pump, pump, open_and_look)
    net.run_callbacks()
    first = [connection for connection, state in told if state is ConnectionState.CONNECTING]
    assert sorted(first) == sorted(opened)


def test_what_is_told_of_is_known_whatever_thread_began_it(net: Sockets) -> None:
    ends, unknown = threading.Event(), []

    def changed(change: ConnectionChange) -> None:
        if change.state is ConnectionState.CONNECTING and net.get_connection_name(change.connection) != "":
            unknown.append(change.connection)

    net.on_connection_changed = changed

    def pump() -> None:
        while not ends.is_set():
            net.run_callbacks()

    def begin() -> None:
        try:
            for _ in range(300):
                net.connect_by_ip_address("127.0.0.1:9")
        finally:
            ends.set()

    in_threads(pump, begin)
    assert not unknown


def test_closing_waits_for_calls_in_other_threads_and_refuses_the_next() -> None:
    net = Sockets()
    refused = []

    def call() -> None:
        try:
            while True:
                one, other = net.create_socket_pair()
                net.send_message_to_connection(one, b"x")
                net.receive_messages_on_connection(other)
                net.close_connection(one)
        except Exception as error:
            refused.append(str(error))

    def close() -> None:
        deadline = time.monotonic() + 0.02
        while time.monotonic() < deadline:
            net.run_callbacks()
        net.close()

    in_threads(call, call, call, close)
    assert len(refused) == 3
    assert all("closed" in sentence or "not open" in sentence for sentence in refused), refused


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_signal_handler_may_receive_while_its_thread_receives(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    its_one, its_other = net.create_socket_pair()
    wrong, turns = [], 0

    def handler(*_: object) -> None:
        nonlocal turns
        turns += 1
        net.send_messages([(its_one, b"y" * 3000, 8)] * 50)
        wrong.extend(m for m in net.receive_messages_on_connection(its_other, 100) if m.data != b"y" * 3000)
        if turns < 2000:
            signal.setitimer(signal.ITIMER_REAL, 0.0002)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002)
        deadline = time.monotonic() + PATIENCE
        while turns < 2000:
            assert time.monotonic() < deadline
            net.send_messages([(one, b"x" * 10, 8)] * 20)
            assert [m.data for m in net.receive_messages_on_connection(other, 100)] == [b"x" * 10] * 20
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not wrong


def test_a_handler_of_log_lines_may_pump(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []

    class Pumping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())
            net.run_callbacks()

    logger = logging.getLogger("gamenet.sockets")
    with caplog.at_level(logging.DEBUG, logger=logger.name), Sockets() as net:
        handler = Pumping()
        logger.addHandler(handler)
        try:
            ends = [end for _ in range(20) for end in net.create_socket_pair(through_network=True)]
            for turn, end in enumerate(ends):
                net.close_connection(end, debug=f"as number {turn}")
            Pumped(net).until(lambda: len(lines) >= 40)
        finally:
            logger.removeHandler(handler)
    closed = [line for line in lines if "as number" in line]
    assert len(closed) >= 20
    assert all(line.startswith("[#") and line.isprintable() for line in closed), closed
