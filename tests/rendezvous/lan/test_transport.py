"""`gn.join("lan")`: a session that connects while it looks, on virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gamenet.rendezvous.lan.announcing import Announcing, announce
from gamenet.rendezvous.lan.looking import Looking
from gamenet.rendezvous.lan.transport import LOOK_PATIENCE, LanTransport
from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.listing import Listing
from gamenet.session.settings import Settings
from gamenet.session.transports.memory import Network
from tests.rendezvous.lan.air import Air, notice

PONG = Settings(game="pong/1", name="Ada")


class Lan:
    """Machines with hosts on them, and one joiner."""

    def __init__(self) -> None:
        self.air, self.network = Air(), Network()
        self.now = 0.0
        self.hosts: list[tuple[Hosting, Announcing]] = []
        self.looking = Looking(lambda: self.air.ask_from("10.0.0.9"))
        transport = LanTransport(self.network.transport("10.0.0.9"), self.looking, "pong/1")
        self.joining = Joining(transport, "lan", "", PONG)

    def host(self, machine: str, **said: Any) -> Hosting:
        settings = Settings(**{"game": "pong/1", "name": "Hilda", **said})
        listing = Listing("lan", settings.data)
        node = Hosting(self.network.transport(machine), ":4000", settings)
        announcing = announce(node, settings, listing)
        announcing._open_sockets = lambda: self.air.answer_from(machine)
        self.hosts.append((node, announcing))
        return node

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 1 / 60
            for node, announcing in self.hosts:
                node.receive(self.now)
                announcing.tend(self.now)
                node.send(self.now, ())
            self.joining.receive(self.now)
            self.joining.send(self.now, ())


@pytest.fixture
def lan() -> Iterator[Lan]:
    lan = Lan()
    yield lan
    lan.looking.close()


def test_a_joiner_connects_while_it_looks_and_joins_the_game_that_answers(lan: Lan) -> None:
    host = lan.host("10.0.0.1")
    assert lan.joining.state == "connecting"
    lan.run(1)
    assert lan.joining.state == "joined" and [peer.name for peer in host.peers.values()] == ["Hilda", "Ada"]


def test_a_host_that_starts_some_seconds_later_is_found_too(lan: Lan) -> None:
    lan.run(LOOK_PATIENCE - 2)
    lan.host("10.0.0.1")
    lan.run(2.5)
    assert lan.joining.state == "joined"


def test_once_a_game_is_found_nothing_is_asked_any_more(lan: Lan) -> None:
    lan.host("10.0.0.1")
    lan.run(1)
    asked = lan.air.asked
    lan.run(5)
    assert lan.air.asked == asked and lan.air.asking["10.0.0.9"].closed


def test_a_full_game_is_passed_over_and_told_when_there_is_no_other(lan: Lan) -> None:
    lan.host("10.0.0.1", max_peers=1, title="Pong")
    lan.run(LOOK_PATIENCE + 0.5)
    assert lan.joining.state == "closed" and "full: 1 of 1" in lan.joining.problem
    other = Lan()
    other.host("10.0.0.1", max_peers=1)
    other.host("10.0.0.2")
    other.run(1)
    assert other.joining.state == "joined"


def test_with_no_game_at_all_it_closes_with_what_could_be_wrong(lan: Lan) -> None:
    lan.run(LOOK_PATIENCE - 0.1)
    assert lan.joining.state == "connecting"
    lan.run(0.5)
    assert lan.joining.state == "closed" and "Nobody" in lan.joining.problem
    assert lan.air.asking["10.0.0.9"].closed


def test_a_game_that_answers_and_cannot_be_reached_is_a_problem_with_its_address(lan: Lan) -> None:
    lan.network.transport("10.0.0.1")
    ghost = Announcing(lambda: notice(port=4000), lambda: lan.air.answer_from("10.0.0.1"))
    ghost.tend(0)
    for _ in range(60 * 12):
        ghost.tend(lan.now)
        lan.run(1 / 60)
    assert lan.joining.state == "closed" and "10.0.0.1:4000" in lan.joining.problem


def test_a_path_that_breaks_is_mended_at_the_address_that_was_found(lan: Lan) -> None:
    lan.host("10.0.0.1")
    lan.run(1)
    asked = lan.air.asked
    lan.network.cut("10.0.0.9")
    lan.run(4)
    lan.network.mend("10.0.0.9")
    lan.run(4)
    assert lan.joining.state == "joined" and lan.air.asked == asked
    assert lan.joining._contact.connection


def test_closing_while_it_looks_ends_the_looking(lan: Lan) -> None:
    lan.run(1)
    asked = lan.air.asked
    lan.joining.close(lan.now)
    lan.run(3)
    assert lan.joining.state == "closed" and lan.joining.problem == "" and lan.air.asked == asked
