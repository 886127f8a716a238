"""The real clock is the machine's monotonic one."""

from __future__ import annotations

import time

from gamenet.clock import RealClock, wall


def test_the_real_clock_is_on_the_monotonic_clock() -> None:
    before = time.monotonic()
    now = RealClock().now()
    assert before <= now <= time.monotonic()


def test_the_wall_clock_is_the_calendar_s() -> None:
    before = time.time()
    assert before <= wall() <= time.time()
