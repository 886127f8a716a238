"""The clock stamps of a link: each end sends its own time, echoes the other's, and says how long it held that.

    round trip = now - yours - held

Source: NTP's four stamps, without the offset (RFC 5905, section 8); smoothing as TCP's (RFC 6298: one eighth).
Only the moment of arrival counts (`received_at`), never that of the pump.
"""

from __future__ import annotations

from typing import Final

from ..ticks import wrap
from .envelope import HELD_TOO_LONG

_LONGEST: Final = 10_000_000
"""µs: a longer round trip is a wrapped or a forged stamp, not a sample."""


class Stamps:
    """One end's view of the two clocks."""

    __slots__ = ("_at", "_theirs", "ping")

    def __init__(self) -> None:
        self.ping = 0.0
        """The smoothed round trip in seconds; 0.0 until it was measured."""
        self._theirs = 0
        self._at: float | None = None

    def heard(self, mine: int, yours: int, held: int, received_at: float) -> None:
        """The stamps of a message from the other end (in its words: `mine` is its clock, `yours` is ours)."""
        if self._at is None or received_at >= self._at:
            self._theirs, self._at = mine, received_at
        if held == HELD_TOO_LONG:
            return
        trip = wrap(micros(received_at) - yours - held * 100, 32)
        if trip <= _LONGEST:
            self.ping += (trip / 1e6 - self.ping) * (0.125 if self.ping else 1.0)

    def write(self, now: float) -> tuple[int, int, int]:
        """`mine`, `yours` and `held` of a message that is sent now."""
        if self._at is None:
            return micros(now), 0, HELD_TOO_LONG
        held = max(0, int((now - self._at) * 10_000))
        return micros(now), self._theirs, min(held, HELD_TOO_LONG)


def micros(seconds: float) -> int:
    """A moment as it is on the wire: µs, low 32 bits."""
    return wrap(round(seconds * 1e6), 32)
