"""What pytest finds by itself once gamenet is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest


@pytest.fixture
def net_lab(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Makes Labs that are entered, and closed at the end of the test: `lab = net_lab(clients=2, link="poor")`.

    The classes are those that the room's module sees; without `room=` and `protocol=`, those that the test's does.
    """
    from ..game import Room
    from ..replication.model.schema import collect_protocol
    from .lab import Lab

    with ExitStack() as labs:

        def make(*args: Any, **keywords: Any) -> Any:
            if not {"room", "protocol"} & keywords.keys():
                keywords["protocol"] = collect_protocol(Room, vars(request.module))
            return labs.enter_context(Lab(*args, **keywords))

        yield make
