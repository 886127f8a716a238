"""Servers that help to find a way."""

from __future__ import annotations

import socket
import time

import pytest

from gamenet.session.transports.servers import Servers
from gamenet.sockets import TurnServer


def found(servers: Servers) -> Servers:
    deadline = time.monotonic() + 20
    while not servers.ready:
        assert time.monotonic() < deadline
        servers.tend()
    return servers


def test_numeric_ones_become_options() -> None:
    servers = Servers()
    assert servers.ready and not servers.stun and not servers.turn
    servers.use(["192.0.2.1"], [TurnServer("turn:192.0.2.3:4000", "ada", "secret")])
    assert not servers.ready
    assert found(servers).options == {
        "P2P_STUN_ServerList": "192.0.2.1:3478",
        "P2P_TURN_ServerList": "192.0.2.3:4000",
        "P2P_TURN_UserList": "ada",
        "P2P_TURN_PassList": "secret",
        "P2P_Transport_ICE_Enable": 7,
    }
    assert servers.stun and servers.turn


def test_one_that_is_not_found_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def look_up(host: str, *args: object, **more: object) -> object:
        if host == "gone.example":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real("192.0.2.9" if host == "stun.example" else host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    servers = Servers()
    servers.use(["gone.example", "stun.example:5"], [TurnServer("gone.example", "ada", "secret")])
    assert found(servers).options["P2P_STUN_ServerList"] == "192.0.2.9:5"
    assert servers.stun and not servers.turn and servers.options["P2P_Transport_ICE_Enable"] == 6


def test_the_last_word_counts() -> None:
    servers = Servers()
    servers.use(["192.0.2.1"], [])
    servers.use(["192.0.2.2"], [])
    assert found(servers).options["P2P_STUN_ServerList"] == "192.0.2.2:3478"
