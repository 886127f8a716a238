"""Time that stands still until a test moves it."""

from __future__ import annotations

import pytest

from gamenet.testing import ManualClock


def test_time_is_what_was_handed_in() -> None:
    clock = ManualClock(100.0)
    assert clock.now() == clock.now() == 100.0
    clock.advance(0.25)
    clock.advance(0)
    assert clock.now() == 100.25


def test_time_does_not_go_back() -> None:
    clock = ManualClock(1.0)
    with pytest.raises(ValueError, match="back"):
        clock.advance(-0.001)
    assert clock.now() == 1.0
