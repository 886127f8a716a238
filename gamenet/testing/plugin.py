"""What pytest finds by itself once gamenet is installed."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest


@pytest.fixture
def net_lab() -> Iterator[Callable[..., Any]]:
    """Makes Labs that are entered, and closed at the end of the test: `lab = net_lab(clients=2, link="poor")`.

    Pass `room=` or `protocol=`: the classes are those that the room's module sees, or that the protocol names.
    """
    from .lab import Lab

    with ExitStack() as labs:
        yield lambda *args, **keywords: labs.enter_context(Lab(*args, **keywords))
