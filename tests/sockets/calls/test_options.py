"""Options: where they are given, where they arrive, what is refused there. What they do is in tests/loopback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from gamenet.errors import InvalidHandle, InvalidOption, UnknownOption
from gamenet.sockets import Options, Sockets
from gamenet.sockets.options import named

from ..support import NOBODY, connect

ELEVEN = Options(
    timeout_initial=4_001,
    timeout_connected=4_002,
    send_buffer_size=40_003,
    send_rate_min=40_004,
    send_rate_max=40_005,
    nagle_time=4_006,
    ip_allow_without_auth=1,
    mtu_packet_size=1_007,
    unencrypted=1,
    symmetric_connect=False,
    local_virtual_port=8,
)
"""None of them a default, but for symmetric connections, which connections by address cannot be."""


def test_each_option_of_the_reference_can_be_given_to_a_listen_socket_and_to_a_connection(net: Sockets) -> None:
    assert all(getattr(ELEVEN, field.name) is not None for field in fields(ELEVEN))
    listen = net.create_listen_socket_ip("127.0.0.1:0", ELEVEN)
    connection = net.connect_by_ip_address("127.0.0.1:9", ELEVEN)
    for name, value in named(ELEVEN).items():
        assert net.get_option(name, listen) == net.get_option(name, connection) == value, name
        assert name == "SymmetricConnect" or net.get_option(name) != value


def test_what_comes_in_has_the_options_of_its_listen_socket(net: Sockets) -> None:
    pair = connect(net, {"NagleTime": 1234, "SendRateMax": 500_000})
    assert net.get_option("NagleTime", pair.server) == 1234
    assert net.get_option("SendRateMax", pair.server) == 500_000


SETTABLE: list[Callable[[Sockets], Any]] = [
    lambda net: None,
    lambda net: net.create_listen_socket_ip("127.0.0.1:0"),
    lambda net: net.connect_by_ip_address("127.0.0.1:9"),
]


@pytest.mark.parametrize("make", SETTABLE, ids=["library", "listen socket", "connection"])
def test_an_option_is_set_read_and_taken_back_later(net: Sockets, make: Callable[[Sockets], Any]) -> None:
    of = make(net)
    long = ",".join(f"192.0.2.{i}:3478" for i in range(200))
    for name, value in {"NagleTime": 77, "ConnectionUserData": -(2**40), "P2P_STUN_ServerList": long}.items():
        before = net.get_option(name, of)
        net.set_option(name, value, of)
        assert net.get_option(name, of) == value != before
        if name != "ConnectionUserData" or not isinstance(of, int):
            net.set_option(name, None, of)
            assert net.get_option(name, of) == before
        assert net.get_option(name) == before


def test_what_was_not_set_for_itself_follows_the_listen_socket_and_that_the_library(net: Sockets) -> None:
    pair = connect(net)
    net.set_option("NagleTime", 1)
    assert [net.get_option("NagleTime", of) for of in (pair.client, pair.server, pair.listen)] == [1, 1, 1]
    net.set_option("NagleTime", 2, pair.listen)
    assert [net.get_option("NagleTime", of) for of in (pair.client, pair.server, pair.listen)] == [1, 2, 2]
    net.set_option("NagleTime", 3, pair.server)
    net.set_option("NagleTime", 4)
    assert [net.get_option("NagleTime", of) for of in (pair.client, pair.server, pair.listen)] == [4, 3, 2]


def test_an_unknown_option_is_refused_where_it_is_given(net: Sockets) -> None:
    for call in (net.connect_by_ip_address, net.create_listen_socket_ip):
        with pytest.raises(UnknownOption, match="the nearest is 'NagleTime'"):
            call("127.0.0.1:9", {"NagelTime": 0})
    for refused in (lambda: net.set_option("nagletime", 0), lambda: net.get_option("nagletime")):
        with pytest.raises(UnknownOption, match="the nearest is 'NagleTime'"):
            refused()


def test_a_value_out_of_range_is_refused_and_changes_nothing(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9")
    for of in (None, connection):
        with pytest.raises(InvalidOption, match="NagleTime takes 0 to 20000, not 20001"):
            net.set_option("NagleTime", 20_001, of)
        assert net.get_option("NagleTime", of) == 5000
    with pytest.raises(InvalidOption, match="mtu_packet_size must be from 200 to 1300, not 9000"):
        net.connect_by_ip_address("127.0.0.1:9", Options(mtu_packet_size=9000))


def test_the_biggest_unsplit_message_can_be_read_but_not_set(net: Sockets) -> None:
    assert net.get_option("MTU_DataSize") == 1200
    net.set_option("MTU_PacketSize", 1000)
    assert net.get_option("MTU_DataSize") == 900
    with pytest.raises(InvalidOption, match="MTU_DataSize can only be read: it follows from MTU_PacketSize"):
        net.set_option("MTU_DataSize", 500)


def test_an_option_that_holds_a_function_is_refused_with_what_to_do(net: Sockets) -> None:
    for refused in (lambda name: net.set_option(name, 1), lambda name: net.get_option(name)):
        with pytest.raises(InvalidOption, match=r"a function of C.*set `on_authentication_status` instead"):
            refused("Callback_AuthStatusChanged")


def test_what_is_the_whole_librarys_is_refused_elsewhere(net: Sockets) -> None:
    listen, connection = net.create_listen_socket_ip("127.0.0.1:0"), net.connect_by_ip_address("127.0.0.1:9")
    for of in (listen, connection):
        with pytest.raises(InvalidOption, match="the whole library's"):
            net.set_option("FakePacketLag_Send", 1, of)
        with pytest.raises(InvalidOption, match="the whole library's"):
            net.get_option("FakePacketLag_Send", of)
    with pytest.raises(InvalidOption, match="the whole library's"):
        net.connect_by_ip_address("127.0.0.1:9", {"FakePacketLoss_Send": 1.0})


def test_a_connection_by_address_cannot_be_symmetric(net: Sockets) -> None:
    for call in (net.connect_by_ip_address, net.create_listen_socket_ip):
        for options in (Options(symmetric_connect=True), {"k_ESteamNetworkingConfig_SymmetricConnect": 1}):
            with pytest.raises(InvalidOption, match="SymmetricConnect is for peer to peer"):
                call("127.0.0.1:9", options)
    net.connect_by_ip_address("127.0.0.1:9", Options(symmetric_connect=False))


def test_a_listen_socket_locks_whether_it_is_symmetric(net: Sockets) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with pytest.raises(InvalidOption, match="give it when the connection or listen socket is made"):
        net.set_option("SymmetricConnect", 1, listen)


def test_the_number_of_a_connection_cannot_be_taken_back(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9")
    with pytest.raises(InvalidOption, match="ConnectionUserData of a connection cannot be taken back"):
        net.set_option("ConnectionUserData", None, connection)


@pytest.mark.parametrize("value", [1, None])
def test_what_is_closed_has_no_options(net: Sockets, value: int | None) -> None:
    listen, connection = net.create_listen_socket_ip("127.0.0.1:0"), net.connect_by_ip_address("127.0.0.1:9")
    listen.destroy()
    net.close_connection(connection)
    for of in (listen, connection, NOBODY):
        with pytest.raises(InvalidHandle, match="there is no"):
            net.set_option("NagleTime", value, of)
        with pytest.raises(InvalidHandle, match="there is no"):
            net.get_option("NagleTime", of)
        with pytest.raises(InvalidHandle, match="there is no"):
            net.list_options(of)
