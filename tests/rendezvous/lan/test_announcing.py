"""Who hosts: answers with the game as it is at that moment, within bounds, and says once when it cannot."""

from __future__ import annotations

import logging

import pytest

from gamenet.rendezvous.lan.announcing import (
    LOOK_EVERY,
    MOST_A_SECOND,
    MOST_IN_ALL,
    REFRESH_EVERY,
    Announcing,
    Bounds,
    announce,
)
from gamenet.rendezvous.lan.looking import Looking
from gamenet.rendezvous.lan.packets import NONCE_SIZE, Notice, write_ask
from gamenet.rendezvous.lan.sockets import Heard
from gamenet.session.envelope import VERSION
from gamenet.session.hosting import Hosting
from gamenet.session.listing import Listing
from gamenet.session.settings import Settings
from gamenet.session.transports import Standing
from gamenet.session.transports.memory import MemoryTransport, Network
from tests.rendezvous.lan.air import Air, notice

QUESTION = write_ask(bytes(NONCE_SIZE))


def test_every_host_on_a_machine_answers_each_with_its_own_game() -> None:
    air = Air()
    hosts = [Announcing(lambda title=title: notice(title=title), lambda: air.answer_from("10.0.0.1")) for title in "AB"]
    for host in hosts:
        host.tend(0)
    look = Looking(lambda: air.ask_from("10.0.0.9"))
    look.tend(0)
    for host in hosts:
        host.tend(0)
    look.tend(0)
    assert [seen.notice.title for seen in look.sightings] == ["A", "B"]


def test_nothing_is_said_unless_somebody_asks_and_nothing_is_heard_after_the_end() -> None:
    air = Air()
    host = Announcing(notice, lambda: air.answer_from("10.0.0.1"))
    for frame in range(600):
        host.tend(frame / 60)
    assert air.answered == 0 and air.answering[0].refreshed == int(599 / 60 / REFRESH_EVERY)
    host.close()
    host.close()
    host.tend(11)
    assert air.answering == [] and air.opened == 1


def test_a_game_that_nobody_shall_find_just_now_is_not_told_and_opens_no_socket() -> None:
    air = Air()
    said: list[Notice] = []
    host = Announcing(lambda: said[0] if said else None, lambda: air.answer_from("10.0.0.1"))
    asker = air.ask_from("10.0.0.9")

    def answers(now: float) -> int:
        asker.ask(QUESTION)
        host.tend(now)
        return len(asker.receive())

    assert answers(0) == 0 and air.answering == []
    said.append(notice())
    host.tend(LOOK_EVERY)
    assert answers(1) == 1
    said.clear()
    assert answers(2) == 0
    host.tend(2 + REFRESH_EVERY)
    assert air.answering == []


def test_one_asker_gets_so_many_answers_a_second_and_others_their_own() -> None:
    air = Air()
    host = Announcing(notice, lambda: air.answer_from("10.0.0.1"))
    host.tend(0)
    flooder, other = air.ask_from("10.0.0.8"), air.ask_from("10.0.0.9")
    for _ in range(100):
        flooder.ask(QUESTION)
    other.ask(QUESTION)
    host.tend(0.5)
    assert len(flooder.receive()) == MOST_A_SECOND and len(other.receive()) == 1
    flooder.ask(QUESTION)
    host.tend(1.5)
    assert len(flooder.receive()) == 1


def test_all_askers_together_get_so_many_answers_a_second() -> None:
    bounds = Bounds()
    allowed = [bounds.allow(7.0, f"10.0.{number // 250}.{number % 250}") for number in range(2 * MOST_IN_ALL)]
    assert sum(allowed) == MOST_IN_ALL
    assert bounds.allow(8.0, "10.0.0.1")


def test_what_is_no_question_gets_no_answer() -> None:
    air = Air()
    host = Announcing(notice, lambda: air.answer_from("10.0.0.1"))
    host.tend(0)
    air.ask_from("10.0.0.9")
    for data in (b"", QUESTION[:-1], b"\x00" * 800, b"M-SEARCH * HTTP/1.1"):
        air.answering[0].inbox.append(Heard(data, "10.0.0.9", ("10.0.0.9",)))
    host.tend(1)
    assert air.answered == 0


def test_without_a_network_one_line_says_so_and_the_game_is_told_once_there_is_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    air = Air()
    air.down = "Network is unreachable"
    host = Announcing(notice, lambda: air.answer_from("10.0.0.1"))
    with caplog.at_level(logging.WARNING, "gamenet"):
        for second in range(30):
            host.tend(second)
    assert [record.getMessage() for record in caplog.records] == [
        "this game cannot be found on the local network (Network is unreachable); its address works"
    ]
    assert air.opened == 30 / REFRESH_EVERY
    air.down = ""
    host.tend(40)
    assert len(air.answering) == 1


# A hosting session


class Coded(MemoryTransport):
    """A transport with a code, sooner or later."""

    code = ""

    def standing(self) -> Standing:
        return Standing(self.code)


def described(announcing: Announcing) -> Notice | None:
    return announcing._describe()


def test_a_session_tells_its_players_as_they_are_and_the_port_that_it_has() -> None:
    settings = Settings(game="pong/1", name="Hilda", title="Pong", max_peers=4, password="x", data={"map": "moon"})
    node = Hosting(Network().transport("10.0.0.1"), ":4000", settings)
    listing = Listing("lan", settings.data)
    announcing = announce(node, settings, listing)
    assert described(announcing) == Notice(
        VERSION, "pong/1", "Pong", "Hilda", 1, 4, True, {"map": "moon"}, 4000, "", ""
    )
    guest = node.peers.enter("Ada")
    assert guest is not None
    next(iter(node.rooms.values())).members.append(guest)
    now = described(announcing)
    assert now is not None and now.players == 2
    listing.change(None, {"map": "mars"})
    now = described(announcing)
    assert now is not None and now.data == {"map": "mars"}
    listing.change("invite", None)
    assert described(announcing) is None


def test_a_session_with_a_code_is_told_once_it_has_it() -> None:
    transport = Coded(Network(), "10.0.0.1")
    settings = Settings(game="pong/1")
    announcing = announce(Hosting(transport, ":0", settings), settings, Listing("lan", {}), "play.example.org")
    assert described(announcing) is None
    transport.code = "K7QX-3MNP"
    told = described(announcing)
    assert told is not None and (told.port, told.code, told.service) == (0, "K7QX-3MNP", "play.example.org")
