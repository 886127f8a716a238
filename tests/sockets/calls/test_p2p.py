"""Peer-to-peer calls: what is refused in the caller's line. On the Steam network: tests/sockets/steam/cases.py."""

from __future__ import annotations

from typing import Any

import pytest

from gamenet.errors import InvalidAddress
from gamenet.sockets import Sockets

STEAM_ID = 76561197960287930


@pytest.mark.parametrize("wrong", [-1, 65_536, "0", None, True])
def test_a_virtual_port_that_cannot_be_is_refused(net: Sockets, wrong: Any) -> None:
    for call in (net.create_listen_socket_p2p, lambda port: net.connect_p2p(STEAM_ID, port)):
        with pytest.raises((TypeError, ValueError), match="virtual_port must be"):
            call(wrong)


@pytest.mark.parametrize("wrong", [0, 7, -1, 2**64, "", "alice"])
def test_who_nobody_is_called_is_told_with_good_names(net: Sockets, wrong: Any) -> None:
    with pytest.raises(InvalidAddress, match="'steamid:76561197960287930'"):
        net.connect_p2p(wrong)


@pytest.mark.parametrize("wrong", [None, 7.5, True, b"str:alice"])
def test_a_peer_of_the_wrong_type_is_named(net: Sockets, wrong: Any) -> None:
    with pytest.raises(TypeError, match="identity must be a str as in"):
        net.connect_p2p(wrong)
