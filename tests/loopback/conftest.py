"""What tests of this folder ask for: one open library, somebody who certifies, a post for peers of other processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gamenet.sockets import Authority, Sockets
from tests.loopback.machine import machine
from tests.loopback.p2p import Post


@pytest.fixture
def net() -> Iterator[Sockets]:
    with Sockets() as sockets:
        yield sockets


@pytest.fixture
def authority() -> Authority:
    return Authority.generate()


@pytest.fixture(scope="module")
def where() -> Iterator[list[str]]:
    """Words before a command that let it run where peers can meet."""
    with machine() as words:
        yield words


@pytest.fixture
def post(where: list[str]) -> Iterator[Post]:
    with Post(where) as post:
        yield post
