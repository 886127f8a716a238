"""`gn.search`: what a game sees of what is found; on loopback with real hosts, and over sources that a test makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

import gamenet as gn
from gamenet import opening, searching
from gamenet.clock import RealClock
from gamenet.rendezvous.browsing import Browsing
from gamenet.rendezvous.lan.looking import Sighting
from gamenet.rendezvous.messages import Listing
from gamenet.searching import AtService, is_game, listed_as, seen_as
from tests.rendezvous.lan.air import notice

FOUND = gn.Found(
    title="Pong", name="Hilda", game="pong/1", players=1, max_peers=4, ping=0.01, locked=False, where="10.0.0.1:27015"
)


class Source:
    """What a test says is there."""

    def __init__(self) -> None:
        self.problem, self.connected, self.rooms = "", False, cast("tuple[gn.Found, ...]", ())
        self.tended = self.closed = 0

    def tend(self, now: float) -> None:
        self.tended += 1

    def close(self, now: float) -> None:
        self.closed += 1


def until(true: Callable[[], Any], *pumped: gn.Session | gn.Search) -> None:
    """Pump until that is so; pytest's own limit ends what never comes."""
    while not true():
        for each in pumped:
            each.pump(1 / 60)


# A search


def test_rooms_are_those_of_the_last_frame() -> None:
    source = Source()
    search = gn.Search(source, RealClock())
    source.rooms = (FOUND,)
    assert search.rooms == ()
    with search.frame(1 / 60):
        assert search.rooms == (FOUND,)
        source.rooms = ()
        assert search.rooms == (FOUND,)
    search.pump(1 / 60)
    assert search.rooms == () and source.tended == 2


def test_its_state_is_connecting_until_somebody_can_be_asked_and_closed_at_the_end() -> None:
    source = Source()
    with gn.Search(source, RealClock()) as search:
        assert search.state == "connecting"
        source.connected, source.rooms, source.problem = True, (FOUND,), "Back in a minute."
        search.pump(1 / 60)
        assert search.state == "searching" and search.problem == "Back in a minute."
    search.close()
    search.pump(1 / 60)
    assert search.state == "closed" and search.rooms == (FOUND,) and search.problem == "Back in a minute."
    assert source.tended == 1 and source.closed == 1


def test_without_a_service_there_is_a_problem_that_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAMENET_RENDEZVOUS", raising=False)
    with gn.search() as search:
        search.pump(1 / 60)
        assert search.state == "closed" and search.rooms == () and "$GAMENET_RENDEZVOUS" in search.problem


@pytest.mark.parametrize(
    ("said", "environment", "asked"),
    [
        ("play.example.org", "other.example.org", ("play.example.org", "pong")),
        ("", "other.example.org:4000", ("other.example.org:4000", "pong")),
        (" lan ", "other.example.org", ("lan", "pong")),
    ],
)
def test_who_is_asked_is_what_is_said_else_the_environments(
    monkeypatch: pytest.MonkeyPatch, said: str, environment: str, asked: tuple[str, str]
) -> None:
    calls: list[tuple[str, str]] = []
    monkeypatch.setenv("GAMENET_RENDEZVOUS", environment)
    monkeypatch.setattr(searching, "_at_service", lambda service, game: calls.append((service, game)) or Source())
    monkeypatch.setattr(searching, "_on_lan", lambda game: calls.append(("lan", game)) or Source())
    gn.search(said, game="pong")
    assert calls == [asked]


@pytest.mark.parametrize("said", [{"service": None}, {"service": 27020}, {"game": b"pong"}])
def test_what_is_no_text_is_refused_in_the_line(said: dict[str, Any]) -> None:
    with pytest.raises(gn.BadArgument, match="lan"):
        gn.search(**said)


def test_a_service_whose_address_is_none_is_refused_in_the_line() -> None:
    with pytest.raises(gn.InvalidAddress, match="a b"):
        gn.search("a b")


# What is found


@pytest.mark.parametrize(
    ("theirs", "ours", "fits"),
    [
        ("pong/1", "", True),
        ("pong/1", "pong", True),
        ("pong/1", "pong/1", True),
        ("pong/1", "pong/2", False),
        ("pong/1", "pon", False),
        ("pong", "pong/1", False),
        ("", "pong", False),
    ],
)
def test_a_game_is_sought_by_name_with_or_without_its_version(theirs: str, ours: str, fits: bool) -> None:
    assert is_game(theirs, ours) is fits


def test_what_answers_on_the_local_network_is_joined_at_its_address_or_with_its_code() -> None:
    found = seen_as(Sighting("[fd00::1]", notice(locked=True, players=2), 0.02))
    assert (found.title, found.name, found.game, found.players, found.max_peers) == ("Pong", "Hilda", "pong/1", 2, 4)
    assert (found.ping, found.locked, dict(found.data), found.code) == (0.02, True, {"map": "moon"}, "")
    assert found.where == "[fd00::1]:27015"
    coded = notice(port=0, code="K7QX-3MNP", service="play.example.org")
    assert seen_as(Sighting("10.0.0.1", coded, 0)).where == "K7QX-3MNP@play.example.org"


def test_what_a_service_lists_is_joined_with_its_code_there_and_its_ping_is_the_sum_of_both_ways() -> None:
    listing = Listing("K7QX-3MNP", "pong/1", "Po\x1bng", 2, 4, True, 0.03, {"map": "mo\non"})
    browsing = SimpleNamespace(listings=(listing,), ping=0.02, problem="", connected=True)
    (found,) = AtService(cast(Browsing, browsing), "play.example.org:4000").rooms
    assert found == listed_as(listing, "play.example.org:4000", 0.02)
    assert (found.title, found.code, dict(found.data), found.locked) == ("Pong", "K7QX-3MNP", {"map": "moon"}, True)
    assert found.where == "K7QX-3MNP@play.example.org:4000" and found.ping == pytest.approx(0.05)


def test_what_is_found_is_joined_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(opening, "_join", lambda transport, address, room_name, *_: calls.append((address, room_name)))
    monkeypatch.setattr(opening, "_gns", lambda: "gns")
    gn.join(FOUND)
    gn.join(replace(FOUND, where="[fd00::1]:4000"))
    assert calls == [("10.0.0.1:27015", ""), ("[fd00::1]:4000", "")]


# With real hosts, on loopback


HERE = f"here {os.getpid()}"
"""A game's name that nobody else on this machine has: all who host or look on loopback hear each other."""


class Court(gn.Room):
    misses: int = 0


def test_a_host_is_found_as_it_is_and_joined() -> None:
    with (
        gn.host("Pong", room=Court, port=0, name="Hilda", game=f"{HERE}/1", max_peers=3, data={"map": "moon"}) as host,
        gn.search("lan", game=HERE) as search,
    ):
        assert search.state == "searching"
        until(lambda: search.rooms, host, search)
        (found,) = search.rooms
        assert (found.title, found.name, found.players, found.max_peers) == ("Pong", "Hilda", 1, 3)
        assert dict(found.data) == {"map": "moon"} and not found.locked and found.ping >= 0
        assert found.where.rpartition(":")[2] == host.address.rpartition(":")[2]
        with gn.join(found, room=Court, game=f"{HERE}/1") as guest:
            until(lambda: guest.state != "connecting", host, guest)
            assert guest.state == "joined"
            until(lambda: search.rooms[0].players == 2, host, guest, search)
            host.describe(data={"map": "mars"})
            until(lambda: dict(search.rooms[0].data) == {"map": "mars"}, host, guest, search)
            host.describe(visibility="invite")
            until(lambda: not search.rooms, host, guest, search)
            host.describe(visibility="lan")
            until(lambda: search.rooms, host, guest, search)


def test_a_server_counts_its_players_without_itself() -> None:
    with gn.serve("127.0.0.1:0", room=Court, game=HERE, title="Attic") as server, gn.search("lan", game=HERE) as search:
        until(lambda: search.rooms, server, search)
        (found,) = search.rooms
        assert found.players == 0 and found.where == server.address


def test_join_lan_takes_the_game_of_the_same_name_and_version_among_several() -> None:
    with (
        gn.host("Old", room=Court, port=0, name="Olga", game=f"{HERE}/1") as old,
        gn.host("New", room=Court, port=0, name="Nora", game=f"{HERE}/2") as new,
        gn.open("join:lan", room=Court, game=f"{HERE}/2") as guest,
    ):
        until(lambda: guest.state != "connecting", old, new, guest)
        assert guest.state == "joined" and guest.host.name == "Nora"


def test_who_hosts_by_invitation_alone_opens_no_socket_and_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from gamenet.rendezvous.lan import announcing

    opened: list[str] = []
    monkeypatch.setattr(announcing, "AnsweringSockets", lambda listening: opened.append(listening))
    for session in (gn.host(room=Court, port=0, visibility="invite"), gn.solo(room=Court)):
        with session:
            session.pump(1 / 60)
    assert opened == []


def test_a_machine_without_network_hosts_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GAMENET_LAN", "off")
    with gn.host(room=Court, port=0) as host, gn.search("lan") as search:
        for _ in range(3):
            host.pump(1 / 60)
            search.pump(1 / 60)
        assert host.state == "joined" and host.problem == "" and "no network" in search.problem
    assert sum("cannot be found on the local network" in each.getMessage() for each in caplog.records) == 1
