"""Listen sockets: addresses that work, are taken, or are none."""

from __future__ import annotations

import pytest

from gamenet.errors import (
    AddressInUse,
    GamenetError,
    InvalidAddress,
)
from gamenet.sockets import (
    Sockets,
)


def test_the_address_that_is_really_bound_is_told(net: Sockets) -> None:
    with net.create_listen_socket_ip("127.0.0.1:0") as one, net.create_listen_socket_ip("[::]:0") as other:
        assert one.address == f"127.0.0.1:{one.port}"
        assert other.address == f"[::]:{other.port}"
        assert 0 < one.port != other.port > 0


def test_a_port_in_use_says_so_and_is_free_again_after_destroy(net: Sockets) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with pytest.raises(AddressInUse, match=f"127.0.0.1:{listen.port} is in use"):
        net.create_listen_socket_ip(listen.address)
    listen.destroy()
    listen.destroy()
    net.create_listen_socket_ip(listen.address).destroy()


def test_an_address_of_another_machine_cannot_be_listened_on(net: Sockets) -> None:
    with pytest.raises(GamenetError, match=r"cannot listen on 192\.0\.2\.1:0"):
        net.create_listen_socket_ip("192.0.2.1:0")


def test_a_malformed_address_is_refused_in_the_callers_line(net: Sockets) -> None:
    with pytest.raises(InvalidAddress, match="no port"):
        net.connect_by_ip_address("127.0.0.1")
    with pytest.raises(InvalidAddress, match="nobody can be connected to on port 0"):
        net.connect_by_ip_address("127.0.0.1:0")
    with pytest.raises(TypeError, match="address must be a str"):
        net.create_listen_socket_ip(27015)  # type: ignore[arg-type]
