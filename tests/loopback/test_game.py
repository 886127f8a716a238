"""What players meet on the real library, between processes: refusals, vanishing, stalls, garbage."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gamenet as gn
from gamenet import opening
from gamenet.session.transports.gns import OPTIONS, GnsTransport

from .game_process import Arena, Ship

GAME = Path(__file__).with_name("game_process.py")
SESSION = Path(__file__).with_name("session_process.py")
PATIENCE = 40.0
"""Seconds until a condition that must come true is given up."""


class Table:
    """The sessions of this process and the other processes of a test."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.sessions: list[gn.Session[Arena]] = []
        self.events: dict[gn.Session[Arena], list[str]] = {}

    def process(self, script: Path, *words: str) -> subprocess.Popen[str]:
        return self.stack.enter_context(
            _running(subprocess.Popen([sys.executable, str(script), *words], stdout=subprocess.PIPE, text=True))
        )

    def game(self, how: str, name: str, *said: str) -> subprocess.Popen[str]:
        """Another process that plays, once it has begun."""
        started = self.process(GAME, how, name, *said)
        assert line(started) == "ready"
        return started

    def open(self, how: str, **said: Any) -> gn.Session[Arena]:
        net = self.stack.enter_context(gn.open(how, room=Arena, **said))
        log = self.events[net] = []
        net.on("peer_joined")(lambda peer: log.append(f"{peer.name} joined"))
        net.on("peer_left")(lambda peer, reason: log.append(f"{peer.name} {reason}"))
        net.on("stalled")(lambda seconds: log.append("stalled"))
        net.on("closed")(lambda reason: log.append(f"closed: {reason}"))
        self.sessions.append(net)
        return net

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, [(net.state, net.problem, log) for net, log in self.events.items()]
            for net in self.sessions:
                net.pump(0.005)
            time.sleep(0.005)


class _running:  # noqa: N801 - a context manager
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __enter__(self) -> subprocess.Popen[str]:
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def table() -> Iterator[Table]:
    with ExitStack() as stack:
        yield Table(stack)


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::", 0))
        number: int = probe.getsockname()[1]
    return number


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts to connect fail after 1.5 s instead of 10."""
    monkeypatch.setattr(opening, "_gns", lambda: GnsTransport(replace(OPTIONS, timeout_initial=1500)))


def test_a_server_that_is_not_running_is_a_problem_in_a_sentence(
    table: Table, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    net = table.open(f"join:127.0.0.1:{port}")
    table.until(lambda: net.state == "closed")
    net.pump(0.01)
    assert net.problem == f"Nobody answered at 127.0.0.1:{port}: is the host running there, and its UDP port open?"
    assert table.events[net] == [f"closed: {net.problem}"]


def test_a_machine_that_does_not_exist_is_a_problem_in_a_sentence(table: Table) -> None:
    net = table.open("join:no-such-machine.invalid")
    table.until(lambda: net.state == "closed")
    assert "no-such-machine.invalid" in net.problem and net.problem.endswith((".", "?"))


def test_a_port_that_another_process_serves_at_is_in_use(table: Table, port: int) -> None:
    table.game(f"serve:{port}", "")
    with pytest.raises(gn.AddressInUse, match=str(port)):
        gn.serve(port=port, room=Arena)


def test_who_may_not_come_in_reads_why_and_the_others_play_on(table: Table, port: int) -> None:
    server = table.game(f"serve:{port}", "", "game=duel/2.0", "max_peers=2", "password=sesame")
    where, good = f"join:127.0.0.1:{port}", {"game": "duel/2.0", "password": "sesame"}
    ada = table.open(where, name="Ada", **good)
    table.until(lambda: ada.state == "joined")
    refused = {
        "version 2.0 of duel, you run version 1.9": {**good, "game": "duel/1.9"},
        "password": {**good, "password": "simsim"},
        'no room "attic"': {**good, "where": "/attic"},
        "classes differ": {**good, "protocol": gn.Protocol([Arena, _another_ship()])},
    }
    for words, said in refused.items():
        net = table.open(where + said.pop("where", ""), name="Eve", **said)
        table.until(lambda net=net: net.state == "closed")
        assert words in net.problem
    bob = table.open(where, name="Bob", **good)
    table.until(lambda: bob.state == "joined")
    eve = table.open(where, name="Eve", **good)
    table.until(lambda: eve.state == "closed")
    assert eve.problem == "The room is full: 2 of 2 players are in it."
    assert [peer.name for peer in ada.peers] == ["Ada", "Bob"] and table.events[ada] == ["Ada joined", "Bob joined"]
    assert server.poll() is None


def _another_ship() -> type[gn.Entity]:
    class Ship(gn.Entity, authority="owner"):
        x: float = gn.coord(0, step=1 / 64)
        pilot: str = gn.text("", longest=32)

    return Ship


def test_a_killed_player_leaves_after_ten_seconds_and_its_successor_is_ada_2(table: Table, port: int) -> None:
    """The one test that waits for the real constant."""
    table.game(f"serve:{port}", "")
    bob = table.open(f"join:127.0.0.1:{port}", name="Bob")
    ada = table.game(f"join:127.0.0.1:{port}", "Ada")
    assert line(ada) == "joined as Ada"
    table.until(lambda: bob.all(Ship))
    seen: list[list[str]] = []
    bob.on("peer_left")(lambda peer, reason: seen.append([ship.pilot for ship in bob.all(Ship) if ship.owner is peer]))
    ada.kill()
    killed = time.monotonic()
    again = table.game(f"join:127.0.0.1:{port}", "Ada")
    assert line(again) == "joined as Ada 2"
    table.until(lambda: len(bob.all(Ship)) == 2)
    ships = {ship.owner.name: ship for ship in bob.all(Ship) if ship.owner is not None}
    assert sorted(ships) == ["Ada", "Ada 2"]
    table.until(lambda: "Ada lost the connection" in table.events[bob])
    assert time.monotonic() - killed > 9.5
    assert seen == [["Ada"]] and bob.all(Ship) == [ships["Ada 2"]]
    before = ships["Ada 2"].x
    table.until(lambda: ships["Ada 2"].x > before)


def test_a_server_that_stands_still_for_five_seconds_is_told_of_and_play_goes_on(table: Table, port: int) -> None:
    server = table.game(f"serve:{port}", "")
    ada, bob = (table.open(f"join:127.0.0.1:{port}", name=name) for name in ("Ada", "Bob"))
    ship = ada.spawn(Ship(pilot="Ada"))
    table.until(lambda: bob.get(ship) is not None)
    server.send_signal(signal.SIGSTOP)
    call = ada.room.add.within(30).call(3)
    stopped = time.monotonic()
    table.until(lambda: time.monotonic() - stopped > 5)
    assert 4 <= table.events[ada].count("stalled") <= 6 and not call.done
    server.send_signal(signal.SIGCONT)
    table.until(lambda: call.done)
    assert call.value == 3
    ship.x = 77.0
    twin = bob.get(ship)
    assert twin is not None
    table.until(lambda: twin.x == 77.0 and bob.room.score == 3)
    assert [net.state for net in (ada, bob)] == ["joined", "joined"] and bob.get(ship) is twin
    assert not any("lost" in event or "closed" in event for log in table.events.values() for event in log)


def test_garbage_of_every_size_from_a_stranger_disturbs_nobody(table: Table) -> None:
    host = table.open("host:0")
    port = host._node.address.rpartition(":")[2]  # type: ignore[attr-defined]
    ada = table.open(f"join:127.0.0.1:{port}", name="Ada")
    table.until(lambda: ada.state == "joined")
    stranger = table.process(SESSION, "garbage", f"127.0.0.1:{port}")
    calls = []
    while stranger.poll() is None:
        calls.append(ada.room.add.call(1))
        table.until(lambda: calls[-1].done)
    assert [call.value for call in calls] == list(range(1, len(calls) + 1))
    assert table.events[host] == ["host joined", "Ada joined"] and ada.state == "joined"
