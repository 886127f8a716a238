"""The reference's two programs, each in a process of its own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from demos.sockets_authority import certify
from gamenet.errors import UnsafeKey
from gamenet.sockets import ConnectionChange, ConnectionState, SendFlags, Sockets, describe_end

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0

Program = subprocess.Popen[str]


@contextmanager
def program(name: str, address: str, authority: Path) -> Iterator[Program]:
    """`python -m demos.NAME ADDRESS --authority FILE`; it is killed at the end if it still lives."""
    words = [sys.executable, "-m", f"demos.{name}", address, "--authority", str(authority)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=ROOT, **pipes) as child:  # type: ignore[call-overload]
        try:
            yield child
        finally:
            child.kill()


@pytest.fixture
def programs() -> Iterator[ExitStack]:
    with ExitStack() as started:
        yield started


def server(programs: ExitStack, authority: Path) -> tuple[Program, str]:
    """The server, and where it listens."""
    child = programs.enter_context(program("sockets_server", "127.0.0.1:0", authority))
    assert child.stdout is not None
    first = child.stdout.readline()
    assert first.startswith("Listening on port "), first
    return child, f"127.0.0.1:{int(first.split()[-1])}"


def rest(child: Program) -> list[str]:
    """What it told until it ended, well."""
    told, complaints = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, complaints
    return told.splitlines()


def test_server_and_client_greet_each_other_and_end(programs: ExitStack, tmp_path: Path) -> None:
    authority = tmp_path / "key"
    listening, address = server(programs, authority)
    connecting = programs.enter_context(program("sockets_client", address, authority))
    client_told, server_told = rest(connecting), rest(listening)
    for told, words in (
        (client_told, "received message 1 Hello client! This is the server! Welcome! from connection"),
        (server_told, "received message 1 Hello server! This is the client! Thank you! from connection"),
    ):
        assert [line for line in told if line.startswith(words)], told
        assert [line.split()[3:5] for line in told[:2]] == [["CONNECTING", "NONE"], ["CONNECTED", "CONNECTING"]]


@pytest.mark.skipif(os.name != "posix", reason="modes as POSIX has them")
def test_the_authority_is_made_on_first_use_for_its_owner_alone_and_then_kept(
    programs: ExitStack, tmp_path: Path
) -> None:
    authority = tmp_path / "key"
    server(programs, authority)
    assert stat.S_IMODE(authority.stat().st_mode) == 0o600
    key = authority.read_bytes()
    server(programs, authority)
    assert authority.read_bytes() == key
    authority.chmod(0o644)
    with program("sockets_client", "127.0.0.1:9", authority) as client:
        _, complaints = client.communicate(timeout=PATIENCE)
    assert client.returncode != 0
    assert UnsafeKey.__name__ in complaints


def test_what_was_said_before_the_goodbye_is_still_heard(programs: ExitStack, tmp_path: Path) -> None:
    listening, address = server(programs, tmp_path / "key")
    with Sockets(identity="str:guest") as net:
        certify(net, tmp_path / "key")

        def say_and_go(change: ConnectionChange) -> None:
            if change.state is ConnectionState.CONNECTED:
                net.send_message_to_connection(change.connection, b"goodbye", SendFlags.UNRELIABLE_NO_NAGLE)
                while net.get_connection_real_time_status(change.connection).pending_unreliable:
                    time.sleep(0.0001)
                net.close_connection(change.connection)  # both are there when the server looks again

        net.on_connection_changed = say_and_go
        net.connect_by_ip_address(address)
        pump(net, listening)
    assert [line for line in rest(listening) if line.startswith("received message 1 goodbye")]


def pump(net: Sockets, until: Program) -> None:
    """Runs the callbacks until the program has ended."""
    deadline = time.monotonic() + PATIENCE
    while until.poll() is None and time.monotonic() < deadline:
        net.run_callbacks()
        time.sleep(0.005)


def test_a_client_that_is_refused_says_so_in_words(programs: ExitStack, tmp_path: Path) -> None:
    with Sockets(identity="str:host") as net:
        certify(net, tmp_path / "key")

        def refuse(change: ConnectionChange) -> None:
            if change.state is ConnectionState.CONNECTING:
                net.accept_connection(change.connection)  # a no before that is nobody's: it is not proven who says it
            elif change.state is ConnectionState.CONNECTED:
                net.close_connection(change.connection, reason=1001, debug="the room is full")

        net.on_connection_changed = refuse
        address = net.create_listen_socket_ip("127.0.0.1:0").address
        child = programs.enter_context(program("sockets_client", address, tmp_path / "key"))
        pump(net, child)
    told = rest(child)
    assert told[2].endswith("CLOSED_BY_PEER CONNECTED 1001 the room is full")
    assert told[3] == describe_end(1001)


def test_the_authority_is_not_for_the_repository() -> None:
    assert "/sockets.authority" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
