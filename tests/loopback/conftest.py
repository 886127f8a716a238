"""One open library for each test that asks for `net`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gamenet.sockets import Sockets


@pytest.fixture
def net() -> Iterator[Sockets]:
    with Sockets() as sockets:
        yield sockets
