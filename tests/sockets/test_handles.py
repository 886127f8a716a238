"""Handles that can be none are refused before native code sees them."""

from __future__ import annotations

import pytest

from gamenet.errors import InvalidHandle
from gamenet.sockets import ListenSocket
from gamenet.sockets.handles import handle


@pytest.mark.parametrize("value", [0, 1, 2**32 - 1])
def test_a_handle_passes(value: int) -> None:
    assert handle(value, "connection") == value


@pytest.mark.parametrize("value", [None, "1", 1.0, b"\1", True, [1]])
def test_what_is_no_int_is_a_type_error_that_names_the_argument(value: object) -> None:
    with pytest.raises(TypeError, match=f"connection must be an int.*not {type(value).__name__}"):
        handle(value, "connection")


@pytest.mark.parametrize("value", [-1, 2**32, 2**70])
def test_a_number_out_of_range_is_an_invalid_handle(value: int) -> None:
    with pytest.raises(InvalidHandle, match=f"group {value}"):
        handle(value, "group")


def test_a_listen_socket_is_destroyed_by_its_with_block() -> None:
    destroyed: list[ListenSocket] = []
    with ListenSocket(7, "[::]:27015", destroyed.append) as listen:
        assert (listen.handle, listen.port) == (7, 27015)
        assert not destroyed
    assert destroyed == [listen]
