"""How a session begins: each word of `gn.open`, addresses in every spelling, keywords, what is refused in the line."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

import gamenet as gn
from gamenet import opening
from gamenet.rendezvous.lobby import Entry, Offer


class Court(gn.Room):
    misses: int = 0


class Ball(gn.Entity):
    x: float = 0.0


Made = list[tuple[str, str, str, dict[str, Any]]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """What would have been opened: word, address, room, keywords. No socket is."""
    calls: Made = []

    def host(
        transport: object, address: str | None, room: object, said: Any, *_: object, dedicated: bool = False, **__: Any
    ) -> None:
        calls.append(("serve" if dedicated else "host", address or "", "", {**said}))

    def join(transport: object, address: str, room_name: str, room: object, said: Any, *_: object, **__: Any) -> None:
        calls.append(("join", address, room_name, {**said}))

    monkeypatch.setattr(opening, "_host", host)
    monkeypatch.setattr(opening, "_join", join)
    monkeypatch.setattr(opening, "_gns", lambda: "gns")
    monkeypatch.delenv("GAMENET", raising=False)
    monkeypatch.delenv("GAMENET_RENDEZVOUS", raising=False)
    return calls


Ways = list[tuple[str, Any]]


@pytest.fixture
def ways(made: Made, monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Services that would have been called, and with which wish."""
    calls: Ways = []
    monkeypatch.setattr(opening, "_lobby", lambda service, wish: calls.append((service, wish)))
    return calls


# One string says where


@pytest.mark.parametrize(
    ("how", "word", "address", "room"),
    [
        ("", "host", "", ""),
        ("solo", "host", "", ""),
        ("host", "host", "[::]:27015", ""),
        ("host:", "host", "[::]:27015", ""),
        ("host:4000", "host", "[::]:4000", ""),
        ("host:0", "host", "[::]:0", ""),
        ("serve", "serve", "[::]:27015", ""),
        ("serve:4000", "serve", "[::]:4000", ""),
        ("serve:0.0.0.0:4000", "serve", "0.0.0.0:4000", ""),
        ("serve:[::1]:4000", "serve", "[::1]:4000", ""),
        ("join:127.0.0.1", "join", "127.0.0.1:27015", ""),
        ("join:127.0.0.1:4000/arena-2", "join", "127.0.0.1:4000", "arena-2"),
        ("join:[::1]:4000", "join", "[::1]:4000", ""),
        ("join:play.example.org/attic", "join", "play.example.org:27015", "attic"),
    ],
)
def test_one_string_says_how_to_open(made: Made, how: str, word: str, address: str, room: str) -> None:
    gn.open(how, room=Court)
    assert [call[:3] for call in made] == [(word, address, room)]


def test_without_a_string_the_environment_says_it_and_with_one_it_does_not(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAMENET", "join:10.0.0.7")
    gn.open()
    gn.open("solo")
    assert [call[0] for call in made] == ["join", "host"] and made[0][1] == "10.0.0.7:27015"


@pytest.mark.parametrize("how", ["sollo", "solo:3", "join", "join:", "Host", "27015", " ", "hosts:27015"])
def test_another_string_is_refused_with_those_that_there_are(how: str) -> None:
    with pytest.raises(gn.BadArgument, match=r"solo, host, .*join:<address or code>, serve or serve:27015") as told:
        gn.open(how)
    assert repr(how) in str(told.value)


def test_a_wrong_environment_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMENET", "play")
    with pytest.raises(gn.BadArgument, match=r"'play' in \$GAMENET"):
        gn.open()


@pytest.mark.parametrize("how", ["host:99999", "serve:65536"])
def test_a_port_that_is_none_is_refused(how: str) -> None:
    with pytest.raises(gn.InvalidAddress, match=r"0 … 65535"):
        gn.open(how)


# Addresses


@pytest.mark.parametrize(
    ("where", "address", "room"),
    [
        ("192.0.2.7", "192.0.2.7:27015", ""),
        ("192.0.2.7:1", "192.0.2.7:1", ""),
        ("192.0.2.7:65535/", "192.0.2.7:65535", ""),
        (" 192.0.2.7:4000 ", "192.0.2.7:4000", ""),
        ("localhost", "localhost:27015", ""),
        ("localhost/den 1", "localhost:27015", "den 1"),
        ("host.local:4000", "host.local:4000", ""),
        ("::1", "[::1]:27015", ""),
        ("::1/arena", "[::1]:27015", "arena"),
        ("2001:db8::7", "[2001:db8::7]:27015", ""),
        ("[2001:db8::7]", "[2001:db8::7]:27015", ""),
        ("[2001:db8::7]:4000/arena-2", "[2001:db8::7]:4000", "arena-2"),
        ("server12:27015", "server12:27015", ""),
    ],
)
def test_an_address_in_any_usual_spelling_is_taken_apart(made: Made, where: str, address: str, room: str) -> None:
    gn.join(where, room=Court)
    assert [call[:3] for call in made] == [("join", address, room)]


@pytest.mark.parametrize(
    "where",
    [
        "",
        "/room",
        ":27015",
        "192.0.2.7:",
        "192.0.2.7:0",
        "192.0.2.7:65536",
        "192.0.2.7:port",
        "192.0.2.7:٢٧",
        "192.0.2.7:-1",
        "http://example.org",
        "[::1",
        "[::1]x:4000",
        "[]:4000",
        "[::1]:",
        "a b:4000",
        "1.2.3:4000",
        "999.1.1.1",
        "[example.org]:4000",
        "host\x00name:4000",
    ],
)
def test_an_address_that_cannot_be_one_raises_in_the_line_and_shows_a_good_one(where: str) -> None:
    with pytest.raises(gn.InvalidAddress, match=r"198\.51\.100\.7:27015"):
        gn.join(where, room=Court)


@pytest.mark.parametrize("where", [None, 27015, b"127.0.0.1", ("127.0.0.1", 27015)])
def test_what_is_no_string_is_no_address(where: Any) -> None:
    with pytest.raises(gn.BadArgument, match=r"198\.51\.100\.7:27015"):
        gn.join(where)


# On the local network


def test_the_local_network_has_a_word_of_its_own_with_a_room_behind_it(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_lan", lambda said: "lan")
    gn.join("lan", room=Court)
    gn.open("join:lan/attic", room=Court)
    assert [call[:3] for call in made] == [("join", "lan", ""), ("join", "lan", "attic")]


def until_closed(net: gn.Session[Any]) -> list[str]:
    closed: list[str] = []
    net.on("closed")(closed.append)
    assert net.state == "connecting"
    for _ in range(3):
        net.pump(0.1)
    assert net.state == "closed"
    return closed


# With an invite code


@pytest.mark.parametrize(
    ("where", "rendezvous", "code", "service"),
    [
        ("K7QX-3MNP@play.example.org", "", "K7QX-3MNP", "play.example.org"),
        ("k7qx3mnp@[::1]:4000", "other.example.org", "k7qx3mnp", "[::1]:4000"),
        ("K7QX-3MNP", "play.example.org:4000", "K7QX-3MNP", "play.example.org:4000"),
    ],
)
def test_a_code_is_joined_at_its_service(
    made: Made, ways: Ways, where: str, rendezvous: str, code: str, service: str
) -> None:
    gn.join(where, room=Court, rendezvous=rendezvous, name=" Ada ", password="x")
    assert [call[:3] for call in made] == [("join", code, "")] and ways == [(service, Entry("Ada", True))]


def test_the_environment_names_the_service_for_a_bare_code_and_for_a_host_without_a_port(
    made: Made, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAMENET_RENDEZVOUS", "play.example.org")
    gn.join("K7QX-3MNP", room=Court)
    gn.host(room=Court)
    gn.open("host", room=Court)
    gn.host(room=Court, port=4000)
    gn.open("host:4000", room=Court)
    gn.host(room=Court, rendezvous="")
    gn.serve(room=Court)
    assert [service for service, _ in ways] == ["play.example.org"] * 3
    assert [call[1] for call in made[3:]] == ["[::]:4000", "[::]:4000", "[::]:27015", "[::]:27015"]


@pytest.mark.parametrize("how", ["host:play.example.org", "host:play.example.org:4000", "host:[::1]:4000"])
def test_a_host_offers_its_room_to_the_service_that_is_named(made: Made, ways: Ways, how: str) -> None:
    said: dict[str, Any] = {"game": "pong/1", "title": "Pong!", "max_peers": 4, "data": {"map": "moon"}}
    gn.open(how, room=Court, password="swordfish", **said)
    gn.open(how, room=Court, visibility="public", **said)
    locked, open_to_all = (wish for _, wish in ways)
    assert locked == Offer("pong/1", "Pong!", "host", 4, True, locked.listing)
    assert open_to_all == locked._replace(locked=False, listing=open_to_all.listing)
    assert locked.listing.now == ("invite", {"map": "moon"}) and open_to_all.listing.now == ("public", {"map": "moon"})
    assert {service for service, _ in ways} == {how[5:]}


def test_a_bare_code_without_a_service_is_a_problem_that_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAMENET_RENDEZVOUS", raising=False)
    net = gn.join("K7QX-3MNP", room=Court)
    assert until_closed(net) == [net.problem]
    for said in ("K7QX-3MNP@play.example.org", "GAMENET_RENDEZVOUS", "K7QX-3MNP:27015"):
        assert said in net.problem


@pytest.mark.parametrize("where", ["HELL-0101", "K7QX@play.example.org", "@play.example.org"])
def test_what_cannot_be_a_code_is_a_problem_before_anybody_is_asked(where: str) -> None:
    net = gn.join(where, room=Court, rendezvous="play.example.org")
    until_closed(net)
    assert "is no invite code" in net.problem and ("@" in where) is not ("machine" in net.problem)


@pytest.mark.parametrize(
    "begin",
    [
        lambda: gn.host(rendezvous="a b"),
        lambda: gn.open("host:play.example.org:99999"),
        lambda: gn.join("K7QX-3MNP@play.example.org:port"),
    ],
)
def test_a_service_that_cannot_be_raises_in_the_line(begin: Callable[[], gn.Session]) -> None:
    with pytest.raises(gn.InvalidAddress, match=r"play\.example\.org"):
        begin()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"rendezvous": 27020}, "rendezvous="),
        ({"data": {"map": "x" * 1000, "more": "ö" * 600}}, "data= has 2207 bytes"),
        ({"max_peers": 2000}, "max_peers="),
        ({"visibility": "secret"}, "visibility="),
    ],
)
def test_what_no_service_takes_is_told_in_the_callers_line(said: dict[str, Any], told: str) -> None:
    with pytest.raises(gn.BadArgument, match=told):
        gn.host(**{"rendezvous": "play.example.org", **said})


# Keywords


def test_every_opening_takes_every_keyword_and_ignores_what_does_not_apply(made: Made) -> None:
    every: dict[str, Any] = {
        "game": "pong/1",
        "name": "Ada",
        "max_peers": 4,
        "password": "x",
        "visibility": "lan",
        "data": {"map": "moon"},
        "protocol": gn.Protocol([Court, Ball]),
        "tick_rate": 30,
        "send_rate": 15,
        "upload": 1 << 20,
        "rendezvous": "",
        "watch": False,
        "port": 4000,
        "strict": True,
        "title": "Pong",
    }
    gn.solo(room=Court, **every)
    gn.host(room=Court, **every)
    gn.serve(room=Court, **every)
    gn.join("127.0.0.1", room=Court, **every)
    gn.open("solo", room=Court, **every)
    gn.open("host", room=Court, **every)
    gn.open("host:5000", room=Court, **every)
    assert [call[:2] for call in made] == [
        ("host", ""),
        ("host", "[::]:4000"),
        ("serve", "[::]:4000"),
        ("join", "127.0.0.1:27015"),
        ("host", ""),
        ("host", "[::]:4000"),
        ("host", "[::]:5000"),
    ]
    assert {call[3]["title"] for call in made} == {"Pong"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"tickrate": 30}, "tick_rate"),
        ({"room": "main"}, "gn.Room"),
        ({"room": Court()}, "gn.Room"),
        ({"room": Ball}, "gn.Room"),
        ({"protocol": [Ball]}, "gn.Protocol"),
        ({"name": 7}, "name="),
        ({"visibility": "secret"}, '"public", "invite" or "lan"'),
        ({"password": None}, "password="),
        ({"game": "g" * 129}, "128 characters"),
        ({"title": "\ud800"}, "title="),
        ({"data": ["map"]}, "data="),
        ({"data": {"map": 3}}, "data="),
        ({"tick_rate": 0}, "tick_rate="),
        ({"tick_rate": 59.5}, "tick_rate="),
        ({"tick_rate": True}, "tick_rate="),
        ({"tick_rate": 50}, "does not divide"),
        ({"send_rate": 120}, "does not divide"),
        ({"max_peers": 0}, "max_peers="),
        ({"max_peers": "4"}, "max_peers="),
    ],
)
def test_a_keyword_that_cannot_be_is_told_in_the_callers_line(said: dict[str, Any], told: str) -> None:
    with pytest.raises(gn.BadArgument, match=told):
        gn.solo(**said)


@pytest.mark.parametrize("port", [-1, 65536, "27015", 2.5, True, None])
def test_a_port_is_a_number(port: Any) -> None:
    with pytest.raises(gn.InvalidAddress, match="port="):
        gn.host(port=port)


def test_rates_of_a_session_are_those_that_were_said() -> None:
    net = gn.solo(room=Court, tick_rate=30.0, send_rate=10)
    lengths: list[float] = []
    net.each_tick(lengths.append)
    while not lengths:
        net.pump(0)
    assert lengths == [1 / 30]


# Whose classes


def test_the_classes_are_those_of_the_rooms_module_or_of_the_callers() -> None:
    for net in (gn.solo(), gn.open("solo"), gn.solo(room=Court), gn.open("solo", room=Court)):
        net.spawn(Ball())


def test_a_pinned_protocol_needs_not_name_the_rooms_class() -> None:
    net = gn.solo(room=Court, protocol=gn.Protocol([Ball]))
    net.spawn(Ball())
    net.room.misses = 2
    net.pump(0.1)


def test_a_pinned_protocol_is_all_there_is() -> None:
    net = gn.solo(protocol=gn.Protocol([]))
    with pytest.raises(gn.BadArgument, match="not in this session's protocol"):
        net.spawn(Ball())


# On a real socket


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::", 0))
        port: int = probe.getsockname()[1]
    return port


def test_a_host_is_joined_from_its_first_line_and_none_of_the_openings_waits(free_port: int) -> None:
    with gn.host("Pong", room=Court, port=free_port, name="Hilda") as net:
        assert net.state == "joined" and net.is_host and net.me.name == "Hilda"
        with gn.join(f"127.0.0.1:{free_port}", room=Court) as other:
            assert other.state == "connecting" and not other.is_host


def test_a_port_in_use_raises_in_the_line_and_names_it(free_port: int) -> None:
    with gn.serve(room=Court, port=free_port):
        for again in (
            lambda: gn.serve(room=Court, port=free_port),
            lambda: gn.host(room=Court, port=free_port),
            lambda: gn.open(f"host:{free_port}", room=Court),
        ):
            with pytest.raises(gn.AddressInUse, match=str(free_port)) as told:
                again()
            assert isinstance(told.value, OSError)
    with gn.serve(room=Court, port=free_port) as after:
        assert after.state == "joined"


def test_a_port_that_another_program_holds_is_in_use_too() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::", 0))
        with pytest.raises(gn.AddressInUse):
            gn.host(room=Court, port=other.getsockname()[1])


@pytest.mark.parametrize("address", ["nonsense", "300.1.1.1:27015", "127.0.0.1:port", "[::1:27015", "example.org:1"])
def test_an_address_to_serve_at_that_is_none_raises(address: str) -> None:
    with pytest.raises(gn.InvalidAddress, match=r"27015"):
        gn.serve(address, room=Court)


def test_an_address_of_another_machine_cannot_be_served_at_and_the_port_is_free_again() -> None:
    with pytest.raises(gn.GamenetError, match=r"192\.0\.2\.1:27015"):
        gn.serve("192.0.2.1:27015", room=Court)


def test_a_found_game_whose_service_cannot_be_is_the_networks_doing_and_a_typed_one_the_callers() -> None:
    where = "K7QX-3MNP@no address:x"
    found = gn.Found(title="", name="", game="", players=1, max_peers=2, ping=0.0, locked=False, where=where)
    with gn.join(found) as net:
        net.pump(1 / 60)
        assert net.state == "closed" and "no rendezvous service" in net.problem
    with pytest.raises(gn.InvalidAddress):
        gn.join(where)
