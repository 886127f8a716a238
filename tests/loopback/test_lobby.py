"""Games with an invite code between real processes: the service, hosts and joiners, on the real library."""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import gamenet as gn

from .game_process import Arena, Ship
from .test_game import PATIENCE, Table, line

READY = re.compile(r"gamenet rendezvous: listening on (\S+),.*\n")


class Hall(Table):
    """A table with a service that can be stopped and started again at the same address."""

    def __init__(self, stack: ExitStack, key: Path) -> None:
        super().__init__(stack)
        self.key = key
        self.service: subprocess.Popen[str] | None = None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"

    def start_service(self) -> None:
        words = ["--listen", self.address, "--stun", "off", "--key", str(self.key)]
        command = [sys.executable, "-m", "gamenet", "rendezvous", *words]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.stack.callback(started.wait)
        self.stack.callback(started.kill)
        assert started.stdout is not None
        self.stack.callback(started.stdout.close)
        assert READY.fullmatch(started.stdout.readline())
        self.service = started

    def stop_service(self, how: int = signal.SIGTERM) -> None:
        assert self.service is not None
        self.service.send_signal(how)
        self.service.wait(PATIENCE)

    def hosted(self, **said: Any) -> gn.Session[Arena]:
        net = self.open(f"host:{self.address}", name="Hilda", **said)
        self.until(lambda: net.code)
        return net

    def where(self, host: gn.Session[Arena]) -> str:
        return f"join:{host.code}@{self.address}"

    def joined(self, host: gn.Session[Arena], name: str, *said: str) -> subprocess.Popen[str]:
        """Another process that has joined."""
        started = self.game(self.where(host), name, *said)
        self.until(lambda: name in names(host))
        assert line(started) == f"joined as {name}"
        return started


def names(net: gn.Session[Arena]) -> list[str]:
    return [peer.name for peer in net.peers]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with ExitStack() as stack:
        yield Hall(stack, tmp_path / "authority.pem")


def test_two_processes_play_with_nothing_but_a_code(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted()
    assert (host.state, host.stage, host.problem) == ("joined", "", "")
    hall.joined(host, "Ada")
    hall.until(lambda: "Ada" in [ship.pilot for ship in host.all(Ship)])
    (ship,) = [ship for ship in host.all(Ship) if ship.pilot == "Ada"]
    before = ship.x
    hall.until(lambda: ship.x > before + 10)
    assert [peer.route for peer in host.peers if not peer.is_me] == ["local"]


def test_host_and_joiner_of_one_room_in_one_process(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted()
    ada = hall.open(hall.where(host), name="Ada")
    hall.until(lambda: ada.state == "joined" and names(host) == ["Hilda", "Ada"] == names(ada))
    assert ada.code == host.code and ada.stage == ""
    host.room.score = 7
    hall.until(lambda: ada.room.score == 7)


def test_who_looks_at_the_service_finds_a_public_game_as_its_host_describes_it(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted(visibility="public", data={"map": "moon"})
    with gn.search(hall.address) as search:

        def found() -> list[tuple[str, dict[str, str]]]:
            search.pump(1 / 60)
            return [(room.code, dict(room.data)) for room in search.rooms]

        hall.until(lambda: found() == [(host.code, {"map": "moon"})])
        host.describe(data={"map": "mars"})
        hall.until(lambda: found() == [(host.code, {"map": "mars"})])
        host.describe(visibility="invite")
        hall.until(lambda: found() == [])


def test_nine_joiners_for_three_seats_are_exactly_three(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted(max_peers=4)
    joiners = [hall.game(hall.where(host), f"J{number}") for number in range(9)]
    said: list[str] = []
    hall.until(lambda: len(names(host)) == 4)
    for joiner in joiners:
        hall.until(lambda joiner=joiner: readable(joiner))  # type: ignore[misc]
        said.append(line(joiner))
    assert len([each for each in said if each.startswith("joined as J")]) == 3
    assert len([each for each in said if each.startswith("closed: The room is full")]) == 6
    assert len(names(host)) == 4 and host.state == "joined"


def readable(process: subprocess.Popen[str]) -> bool:
    return bool(select.select([process.stdout], [], [], 0)[0])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_game_goes_on_without_its_service_and_the_code_is_good_again_when_it_is_back(hall: Hall, how: int) -> None:
    hall.start_service()
    host = hall.hosted()
    code = host.code
    ada = hall.open(hall.where(host), name="Ada")
    hall.until(lambda: ada.state == "joined" and len(names(host)) == 2)
    hall.stop_service(how)
    hall.until(lambda: host.problem)
    assert host.state == ada.state == "joined" and ada.problem == ""
    host.room.score = 5
    hall.until(lambda: ada.room.score == 5)
    hall.start_service()
    hall.until(lambda: not host.problem)
    assert host.code == code
    bob = hall.open(f"join:{code}@{hall.address}", name="Bob")
    hall.until(lambda: bob.state == "joined" and names(bob) == ["Hilda", "Ada", "Bob"])
    assert hall.events[host].count("Ada joined") == 1 and "Ada lost the connection" not in hall.events[host]


def test_a_host_plays_before_there_is_a_service_and_has_its_code_once_it_is_there(hall: Hall) -> None:
    host = hall.open(f"host:{hall.address}", name="Hilda")
    hall.until(lambda: "does not answer" in host.problem)
    assert host.state == "joined" and host.code == "" and host.stage == "service"
    hall.start_service()
    hall.until(lambda: host.code)
    assert host.problem == "" == host.stage
    hall.joined(host, "Ada")


def test_wrong_and_expired_codes_are_told(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted()
    wrong = hall.open(f"join:K7QX-3MNP@{hall.address}", name="Ada")
    hall.until(lambda: wrong.state == "closed")
    assert "There is no game with the code K7QX-3MNP" in wrong.problem and wrong.stage == "room"
    where = hall.where(host)
    host.close()
    expired = hall.open(where, name="Ada")
    hall.until(lambda: expired.state == "closed")
    assert f"There is no game with the code {where[5:14]}" in expired.problem


def test_a_service_that_is_not_there_is_told(hall: Hall) -> None:
    net = hall.open(f"join:K7QX-3MNP@{hall.address}", name="Ada")
    hall.until(lambda: net.state == "closed")
    assert f"service at {hall.address} does not answer" in net.problem and net.stage == "service"


def test_password_and_version_are_the_hosts_to_refuse_and_leave_the_seat_free(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted(max_peers=2, password="swordfish", game="pong/2")
    for said, told in (
        ({"game": "pong/2"}, "This game asks for a password."),
        ({"game": "pong/2", "password": "catfish"}, "The password is wrong."),
        ({"game": "pong/1", "password": "swordfish"}, "The host runs version 2 of pong, you run version 1"),
    ):
        net = hall.open(hall.where(host), name="Ada", **said)
        hall.until(lambda net=net: net.state == "closed")  # type: ignore[misc]
        assert net.problem.startswith(told)
    ada = hall.open(hall.where(host), name="Ada", game="pong/2", password="swordfish")
    hall.until(lambda: ada.state == "joined")


def test_a_removed_player_reads_why_and_its_seat_is_free(hall: Hall) -> None:
    hall.start_service()
    host = hall.hosted(max_peers=2)
    ada = hall.joined(host, "Ada")
    host.kick(next(peer for peer in host.peers if peer.name == "Ada"), "cheating")
    hall.until(lambda: readable(ada))
    assert line(ada) == "closed: The host removed you: cheating"
    hall.joined(host, "Bob")


def test_two_services_with_authorities_of_their_own_are_too_many_for_one_process(hall: Hall, tmp_path: Path) -> None:
    hall.start_service()
    host = hall.hosted()
    other = Hall(hall.stack, tmp_path / "other.pem")
    other.start_service()
    net = hall.open(f"join:K7QX-3MNP@{other.address}", name="Ada")
    hall.until(lambda: net.state == "closed")
    assert "another rendezvous service already" in net.problem and net.stage == "identity"
    assert host.state == "joined" and host.problem == ""
