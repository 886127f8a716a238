"""The only reader of time. Everything else is handed the moment."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that only grow. Real sessions read `monotonic`, the Lab's read virtual time."""

    def now(self) -> float: ...


class RealClock:
    """The machine's monotonic clock, the one that `Message.received_at` is on."""

    def now(self) -> float:
        return time.monotonic()


def wall() -> float:
    """Seconds since 1970 by this machine's calendar, which may be set back: only for what other machines compare."""
    return time.time()
