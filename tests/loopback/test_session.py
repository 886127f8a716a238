"""Sessions over the real GameNetworkingSockets, between processes: joining, leaving, vanishing, hanging, garbage."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from gamenet.channels import Channel
from gamenet.errors import AddressInUse
from gamenet.session import node as node_module
from gamenet.session.contact import Incoming, Outgoing
from gamenet.session.events import Closed, Event, Joined, PeerJoined, PeerLeft, Recovered, Stalled
from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.node import Node
from gamenet.session.settings import Settings
from gamenet.session.states import LinkState, State
from gamenet.session.transports import library
from gamenet.session.transports.gns import OPTIONS, GnsTransport

PROCESS = Path(__file__).with_name("session_process.py")
PATIENCE = 40.0
"""Seconds until a condition that must come true is given up."""


class Pumped:
    """The nodes of this process, pumped together."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.events: dict[Node, list[Event]] = {}
        self.messages: dict[Node, list[Incoming]] = {}

    def host(self, **settings: object) -> Hosting:
        return self.add(Hosting(GnsTransport(), "127.0.0.1:0", Settings(name="Hilda", **settings)))  # type: ignore[arg-type]

    def join(self, address: str, name: str = "Ada", room: str = "", **settings: object) -> Joining:
        transport = GnsTransport(replace(OPTIONS, timeout_initial=2000))
        return self.add(Joining(transport, address, room, Settings(name=name, **settings)))  # type: ignore[arg-type]

    def joined(self, address: str, name: str = "Ada") -> Joining:
        node = self.join(address, name)
        self.until(lambda: node.state is State.JOINED)
        return node

    def add(self, node: N) -> N:
        self.nodes.append(node)
        self.events[node], self.messages[node] = [], []
        return node

    def frame(self) -> None:
        now = time.monotonic()
        for node in self.nodes:
            arrivals = node.receive(now)
            self.events[node] += arrivals.events
            self.messages[node] += arrivals.messages
            node.send(now, [])
        time.sleep(0.002)

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"it did not come to that; events: {list(self.events.values())}"
            self.frame()

    def call(self, node: Joining, body: bytes) -> None:
        node.send(time.monotonic(), [Outgoing(node.host.id, node.room.id, Channel.CALL, 1, body)])

    def heard(self, node: Node, kind: type[E]) -> list[E]:
        return [event for event in self.events[node] if isinstance(event, kind)]

    def bodies(self, node: Node) -> list[bytes]:
        return [message.body for message in self.messages[node]]


N = TypeVar("N", bound=Node)
E = TypeVar("E")


@pytest.fixture
def here() -> Iterator[Pumped]:
    pumped = Pumped()
    yield pumped
    for node in pumped.nodes:
        node.close(time.monotonic())
    assert library.opened() is None


class Other:
    """Another process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@pytest.fixture
def start() -> Iterator[Callable[..., Other]]:
    with ExitStack() as stack:
        yield lambda *words: stack.enter_context(process(*words))


@contextmanager
def process(*words: str) -> Iterator[Other]:
    started = subprocess.Popen([sys.executable, str(PROCESS), *words], stdout=subprocess.PIPE, text=True)
    try:
        yield Other(started)
    finally:
        started.kill()
        started.wait()
        if started.stdout is not None:
            started.stdout.close()


# Joining and leaving


def test_two_processes_share_a_session(here: Pumped, start: Callable[..., Other]) -> None:
    address = start("host", "127.0.0.1:0").line()
    ada = here.joined(address)
    assert isinstance(here.events[ada][0], Joined)
    here.call(ada, b"hello")
    here.until(lambda: here.bodies(ada) == [b"hello"])
    here.until(lambda: ada.host.ping > 0)
    assert ada.host.name == "Hilda" and ada.host.route == "local"


def test_the_host_that_leaves_says_why(here: Pumped, start: Callable[..., Other]) -> None:
    ada = here.joined(start("host", "127.0.0.1:0").line())
    here.call(ada, b"leave")
    here.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "The server restarts."


def test_a_process_that_ends_without_closing_its_session_says_goodbye_all_the_same(
    here: Pumped, start: Callable[..., Other]
) -> None:
    ada = here.joined(start("host", "127.0.0.1:0").line())
    here.call(ada, b"exit")
    here.until(lambda: ada.state is State.CLOSED)
    assert ada.problem != "The connection to the host was lost."


def test_a_full_room_is_refused_in_a_sentence(here: Pumped, start: Callable[..., Other]) -> None:
    address = start("host", "127.0.0.1:0", "2").line()
    here.joined(address, "Ada")
    bob = here.join(address, "Bob")
    here.until(lambda: bob.state is State.CLOSED)
    assert bob.problem == "The room is full: 2 of 2 players are in it."


def test_a_long_refusal_arrives_whole(here: Pumped) -> None:
    difference = "\n".join(f"Ship.field{number}: 7 bits here, 8 bits there" for number in range(60))
    host = here.host(judge=lambda theirs: difference)
    ada = here.join(host.address)
    here.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == f"Your game's classes differ from the host's: {difference}"


def test_several_sessions_in_one_process_do_not_hear_each_other(here: Pumped) -> None:
    hosts = [here.host(), here.host()]
    ada, bob = here.joined(hosts[0].address, "Ada"), here.joined(hosts[1].address, "Bob")
    here.until(lambda: all(len(here.heard(node, PeerJoined)) == 2 for node in (*hosts, ada, bob)))
    assert [peer.name for peer in ada.room.members] == ["Hilda", "Ada"]
    assert [peer.name for peer in bob.room.members] == ["Hilda", "Bob"]


# What does not work, in words


def test_a_port_in_use_is_said_in_the_line_that_opens(start: Callable[..., Other]) -> None:
    address = start("host", "127.0.0.1:0").line()
    with pytest.raises(AddressInUse, match=address.rpartition(":")[2]):
        Hosting(GnsTransport(), address, Settings())
    assert library.opened() is None


def test_a_server_that_is_not_running_is_said_in_a_sentence(here: Pumped) -> None:
    ada = here.join("127.0.0.1:9")
    here.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "Nobody answered at 127.0.0.1:9: is the host running there, and its UDP port open?"
    assert here.events[ada] == [Closed(ada.problem)]


def test_a_name_that_means_nothing_is_said_in_a_sentence(here: Pumped) -> None:
    ada = here.join("no-such-machine.invalid:27015")
    here.until(lambda: ada.state is State.CLOSED)
    assert '"no-such-machine.invalid"' in ada.problem


# Vanishing and hanging


def test_a_peer_that_is_killed_leaves_when_patience_ends(
    here: Pumped, start: Callable[..., Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_module, "LINK_PATIENCE", 1.0)  # the ten seconds are tested on virtual time
    host = here.host()
    bob = here.joined(host.address, "Bob")
    killed = start("join", host.address, "Ada")
    here.until(lambda: len(here.heard(bob, PeerJoined)) == 3)
    assert killed.line() == "Ada"
    killed.signal(signal.SIGKILL)
    here.until(lambda: here.heard(bob, PeerLeft))
    for node in (host, bob):
        assert [(e.peer.name, e.reason) for e in here.heard(node, PeerLeft)] == [("Ada", "lost the connection")]
    assert bob.state is State.JOINED


def test_who_is_killed_and_starts_again_at_once_gets_a_number(here: Pumped, start: Callable[..., Other]) -> None:
    host = here.host()
    first = start("join", host.address, "Ada")
    here.until(lambda: len(here.heard(host, PeerJoined)) == 2)
    first.signal(signal.SIGKILL)
    second = start("join", host.address, "Ada")
    here.until(lambda: len(here.heard(host, PeerJoined)) == 3)
    assert second.line() == "Ada 2"


def test_when_the_host_is_killed_one_reads_so_when_patience_ends(
    here: Pumped, start: Callable[..., Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_module, "LINK_PATIENCE", 1.0)
    host = start("host", "127.0.0.1:0")
    ada = here.joined(host.line())
    host.signal(signal.SIGKILL)
    here.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "The connection to the host was lost."


def test_a_server_that_is_busy_for_five_seconds_stalls_and_nothing_else(
    here: Pumped, start: Callable[..., Other]
) -> None:
    ada = here.joined(start("host", "127.0.0.1:0").line())
    connection = ada._contact.connection
    here.call(ada, b"hang 5")
    here.until(lambda: here.heard(ada, Stalled))
    here.call(ada, b"said meanwhile")
    while not here.heard(ada, Recovered):
        here.frame()
        assert ada._contact.state is LinkState.OPEN, "the path was alive all the time"
    assert len(here.heard(ada, Stalled)) >= 4 and here.heard(ada, Stalled)[-1].seconds > 3
    here.until(lambda: here.bodies(ada) == [b"said meanwhile"])
    assert ada._contact.connection == connection and ada.state is State.JOINED


def test_a_server_that_is_stopped_for_five_seconds_is_found_again_and_nothing_is_lost(
    here: Pumped, start: Callable[..., Other]
) -> None:
    server = start("host", "127.0.0.1:0")
    ada = here.joined(server.line())
    here.call(ada, b"before")
    here.until(lambda: here.bodies(ada) == [b"before"])
    server.signal(signal.SIGSTOP)
    here.call(ada, b"while it stands still")
    here.until(lambda: any(event.seconds > 4.5 for event in here.heard(ada, Stalled)))
    assert ada._contact.state is LinkState.AWAY
    server.signal(signal.SIGCONT)
    here.call(ada, b"after")
    here.until(lambda: len(here.bodies(ada)) == 3)
    assert here.bodies(ada) == [b"before", b"while it stands still", b"after"]
    assert here.heard(ada, Recovered) and ada.state is State.JOINED
    assert not here.heard(ada, PeerLeft) and len(here.heard(ada, PeerJoined)) == 2


# Garbage


def test_garbage_from_a_raw_client_closes_its_connections_and_nobody_notices(
    here: Pumped, start: Callable[..., Other], caplog: pytest.LogCaptureFixture
) -> None:
    host = here.host()
    ada = here.joined(host.address)
    client = start("garbage", host.address)
    here.until(lambda: client.process.poll() is not None)
    ends = [client.line() for _ in range(6)]
    assert all(end.startswith(("2000 it sent a", "1001 Your gamenet is")) for end in ends), ends
    assert ends[0] == "2000 it sent an empty message"
    here.until(lambda: not host._guests)
    assert host.counters["broken"] >= 3
    assert sum(record.name == "gamenet.session" for record in caplog.records) == host.counters["broken"]
    assert here.events[ada][-1] == here.heard(ada, PeerJoined)[-1] and ada.state is State.JOINED
    here.call(ada, b"the game goes on")
    here.until(lambda: here.bodies(host) == [b"the game goes on"])
