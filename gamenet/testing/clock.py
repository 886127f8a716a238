"""Time that stands still until a test moves it."""

from __future__ import annotations


class ManualClock:
    """A `gamenet.clock.Clock` whose time is handed in."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Raises: ValueError: time that would go back."""
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds}")
        self._now += seconds
