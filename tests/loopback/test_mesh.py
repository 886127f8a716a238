"""Four who play by code, in real processes: each owns a ship, and all see it from its owner."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import gamenet as gn

from .game_process import Arena, Ship
from .test_game import PATIENCE, line
from .test_lobby import Hall, names

HOST = Path(__file__).with_name("mesh_host.py")
STOPPED = 3.0
"""Seconds for which the host stands still."""


class Mesh(Hall):
    """Hilda hosts in a process of her own, Cleo plays in another one; Ada and Bob are sessions of this process."""

    def __init__(self, stack: ExitStack, key: Path) -> None:
        super().__init__(stack, key)
        self.start_service()
        self.hilda = self._start_host()
        self.at = f"join:{line(self.hilda)}@{self.address}"
        self.ada, self.bob = (self.open(self.at, name=name) for name in ("Ada", "Bob"))
        self.until(lambda: self.ada.state == self.bob.state == "joined")
        self.ships = {net: net.spawn(Ship(pilot=net.me.name)) for net in (self.ada, self.bob)}
        self.cleo = self.game(self.at, "Cleo")
        self.until(lambda: all(len(net.all(Ship)) == 4 for net in self.ships))

    def _start_host(self) -> subprocess.Popen[str]:
        words = [sys.executable, str(HOST), self.address]
        started = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.stack.callback(started.wait)
        self.stack.callback(started.kill)
        for pipe in (started.stdin, started.stdout):
            assert pipe is not None
            self.stack.callback(pipe.close)
        return started

    def steer(self) -> None:
        for ship in self.ships.values():
            ship.x += 0.25

    def ship(self, net: gn.Session[Arena], pilot: str) -> Ship | None:
        return next((ship for ship in net.all(Ship) if ship.pilot == pilot), None)

    def moved(self, net: gn.Session[Arena], pilot: str) -> bool:
        """Run until that pilot's ship moves at this session."""
        self.until(lambda: self.ship(net, pilot) is not None)
        ship = self.ship(net, pilot)
        assert ship is not None
        before = ship.x

        def further() -> bool:
            self.steer()
            return ship.x > before + 1

        self.until(further)
        return True


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[Mesh]:
    with ExitStack() as stack:
        yield Mesh(stack, tmp_path / "authority.pem")


def test_values_come_from_their_owner_while_the_host_stands_still_and_play_goes_on_with_it(mesh: Mesh) -> None:
    everybody = ["Hilda", "Ada", "Bob", "Cleo"]
    for net, pilot in itertools.product(mesh.ships, everybody):
        assert pilot == net.me.name or mesh.moved(net, pilot)
    mesh.hilda.send_signal(signal.SIGSTOP)
    stopped, rounds = time.monotonic(), 0
    while time.monotonic() - stopped < STOPPED:
        assert mesh.moved(mesh.ada, "Bob") and mesh.moved(mesh.bob, "Ada")
        assert mesh.moved(mesh.ada, "Cleo") and mesh.moved(mesh.bob, "Cleo")
        rounds += 1
    assert rounds > 1 and "stalled" in mesh.events[mesh.ada]
    mesh.hilda.send_signal(signal.SIGCONT)
    for net, pilot in itertools.product(mesh.ships, everybody):
        assert pilot == net.me.name or mesh.moved(net, pilot)
    assert names(mesh.ada) == names(mesh.bob) and sorted(names(mesh.ada)) == sorted(everybody)  # Ada and Bob raced
    call = mesh.ada.room.add.within(20).call(3)
    mesh.until(lambda: call.done and mesh.bob.room.score == 3)
    assert not any("lost" in each or "closed" in each for log in mesh.events.values() for each in log)


def test_who_is_killed_leaves_after_the_patience_and_when_the_host_ends_the_game_all_read_it(mesh: Mesh) -> None:
    mesh.cleo.kill()
    mesh.until(lambda: all("Cleo lost the connection" in mesh.events[net] for net in mesh.ships))
    assert line(mesh.hilda) == "Cleo lost the connection"
    assert [mesh.ship(net, "Cleo") for net in mesh.ships] == [None, None]
    assert mesh.moved(mesh.ada, "Bob") and mesh.moved(mesh.bob, "Hilda")
    dora = mesh.game(mesh.at, "Dora")
    assert line(dora) == "joined as Dora" and mesh.moved(mesh.ada, "Dora") and mesh.moved(mesh.bob, "Dora")
    assert mesh.hilda.stdin is not None
    mesh.hilda.stdin.write("\n")
    mesh.hilda.stdin.flush()
    told = "closed: The host (Hilda) ended the game."
    mesh.until(lambda: all(mesh.events[net][-1] == told for net in mesh.ships))
    assert line(dora) == told and mesh.hilda.wait(PATIENCE) == 0
