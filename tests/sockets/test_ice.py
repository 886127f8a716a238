"""STUN and TURN servers as lists that GameNetworkingSockets understands."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from gamenet.errors import InvalidAddress
from gamenet.sockets import IceCandidates, Sockets, TurnServer, ice_options
from gamenet.sockets.ice import MAX_USER

TURN = TurnServer("turn:192.0.2.1:3479", "ada", "5ecret/+=")


def test_servers_become_the_librarys_options() -> None:
    assert ice_options(
        stun=["stun:192.0.2.1:3479", "192.0.2.2", "[2001:db8::1]:99", "2001:db8::2", "stun:[2001:db8::3]"]
    ) == {"P2P_STUN_ServerList": "192.0.2.1:3479,192.0.2.2:3478,[2001:db8::1]:99,[2001:db8::2]:3478,[2001:db8::3]:3478"}


def test_relays_become_three_lists_of_one_length() -> None:
    open_one = TurnServer("192.0.2.9?transport=udp")
    assert ice_options(turn=[TURN, open_one]) == {
        "P2P_TURN_ServerList": "192.0.2.1:3479,192.0.2.9:3478",
        "P2P_TURN_UserList": "ada,",
        "P2P_TURN_PassList": f"{TURN.password},",
    }
    assert ice_options(turn=[open_one, open_one])["P2P_TURN_UserList"] == ""


def test_what_is_not_said_stays_as_it_is_and_an_empty_list_is_no_server() -> None:
    assert ice_options() == {}
    assert ice_options(stun=[]) == {"P2P_STUN_ServerList": ""}
    assert list(ice_options(turn=[]).values()) == ["", "", ""]
    assert ice_options(candidates=IceCandidates.RELAY) == {"P2P_Transport_ICE_Enable": 1}


def test_a_name_is_looked_up_once_and_all_its_addresses_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def found(host: str, port: int, **how: Any) -> list[Any]:
        asked.append((host, port, how))
        v4 = (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("192.0.2.7", port))
        v6 = (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("2001:db8::7", port, 0, 0))
        return [v6, v4, v4]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    options = ice_options(turn=[TurnServer("turn:relay.example.org", "ada", "s3")])
    assert asked == [("relay.example.org", 3478, {"type": socket.SOCK_DGRAM})]
    assert options["P2P_TURN_ServerList"] == "[2001:db8::7]:3478,192.0.2.7:3478"
    assert options["P2P_TURN_UserList"] == "ada,ada"


def test_a_name_that_nobody_knows_is_told_in_the_callers_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(InvalidAddress, match=r"STUN server 'stun\.nowhere\.example' is not found: .*not known"):
        ice_options(stun=["stun.nowhere.example"])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("stuns:192.0.2.1", "without TLS"),
        ("turn:192.0.2.1", "is no STUN server"),
        ("192.0.2.1?transport=tcp", r"nothing behind the port but \?transport=udp"),
        ("192.0.2.1,192.0.2.2", "names no host"),
        ("stun:", "names no host"),
        ("192.0.2.1 192.0.2.2", "names no host"),
        ("192.0.2.1:0", "'0' .* is no port from 1 to 65535"),
        ("192.0.2.1:65536", "is no port"),
        ("192.0.2.1:", "is no port"),
        ("[2001:db8::1]x", "is no port"),
        ("192.0.2.1:3478/udp", "is no port"),
    ],
)
def test_what_the_library_could_not_reach_is_refused_with_a_good_example(url: str, words: str) -> None:
    with pytest.raises(InvalidAddress, match=words) as refused:
        ice_options(stun=[url])
    assert "stun:stun.example.org" in str(refused.value)


@pytest.mark.parametrize(
    ("user", "password", "words"),
    [
        ("ada,bob", "secret", "the user for .* has a comma"),
        ("ada", "se,cret", "the password for .* has a comma"),
        ("ada", "se\0cret", "the password for .* has a comma or a zero"),
        ("ada", "", "give both"),
        ("", "secret", "give both"),
        ("é" * (MAX_USER // 2 + 1), "secret", f"has {MAX_USER + 2} bytes, and {MAX_USER} are the most"),
    ],
)
def test_who_cannot_be_written_into_a_list_is_refused_without_their_password(
    user: str, password: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        TurnServer("192.0.2.1", user, password)
    assert "cret" not in str(refused.value)


def test_no_text_of_a_relay_shows_its_password() -> None:
    assert repr(TURN) == str(TURN) == "TurnServer(url='turn:192.0.2.1:3479', user='ada')"
    assert TURN.password not in f"{TURN!r}{TURN}{[TURN]}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"stun": "192.0.2.1"},
        {"stun": [7]},
        {"stun": 7},
        {"turn": TURN},
        {"turn": ["turn:192.0.2.1"]},
        {"candidates": 7},
    ],
)
def test_what_is_no_list_of_servers_is_a_type_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"stun|turn|STUN|candidates"):
        ice_options(**wrong)
    with pytest.raises(TypeError, match="must be a str"):
        TurnServer(7)  # type: ignore[arg-type]


def test_which_addresses_may_be_told_is_numerically_valves() -> None:
    numbers = [int(IceCandidates[name]) for name in ["NONE", "RELAY", "PRIVATE", "PUBLIC", "ALL"]]
    assert numbers == [0, 1, 2, 4, 0x7FFFFFFF]


def test_the_library_takes_them_for_all_connections_and_for_one(net: Sockets) -> None:
    net.set_ice_servers(stun=["192.0.2.1"], turn=[TURN], candidates=IceCandidates.PUBLIC | IceCandidates.RELAY)
    assert net.get_option("P2P_STUN_ServerList") == "192.0.2.1:3478"
    assert net.get_option("P2P_TURN_UserList") == "ada"
    assert net.get_option("P2P_TURN_PassList") == TURN.password
    assert net.get_option("P2P_Transport_ICE_Enable") == 5
    one, other = net.create_socket_pair()
    net.set_ice_servers(stun=[], connection=one)
    assert net.get_option("P2P_STUN_ServerList", one) == ""
    assert net.get_option("P2P_STUN_ServerList", other) == "192.0.2.1:3478"
