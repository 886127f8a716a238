"""Asking how things stand."""

from __future__ import annotations

import pytest

from gamenet.errors import (
    InvalidAddress,
)
from gamenet.sockets import (
    Identity,
    Sockets,
)


def test_who_we_are_is_what_was_said() -> None:
    with Sockets(identity="str:alice") as net:
        assert net.get_identity() == Identity("str:alice")


@pytest.mark.parametrize("identity", ["alice", "str:", "str:" + "x" * 40, "steamid:x"])
def test_an_identity_that_is_none_is_told_with_good_ones(identity: str) -> None:
    with pytest.raises(InvalidAddress, match="'str:alice'"):
        Sockets(identity=identity)
    Sockets().close()
