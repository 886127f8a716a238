"""When ticks are due. The host's run on its own clock; everybody else's run ahead of the host's by the way there.

Ticks are time: when a host stalls, the ticks that it did not run are left out, not caught up, and their numbers go by.
So nobody has to be told of a stall, and what others interpolate between is as far apart as it was. A pause is told to
all, and the numbers stand still with the world.

A peer's ticks are ahead by just so much that what it sends for a tick arrives a little before the host gets there: by
one round trip, as the host's tick is seen late by one way and the answer needs the other, and a margin that the host's
own report ("yours came m ticks early") steers.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MOST_TICKS: Final = 5  # run in one frame; what is more is left out
PACE: Final = 0.05  # the most that a follower's ticks are slower or faster
AHEAD: Final = 3.0  # ticks of error beyond which a follower that is behind jumps
WAIT: Final = 0.25  # seconds of error beyond which one that is ahead waits
WINDOW: Final = 100  # reports that are remembered: 5 s at 20 a second
STEADY: Final = 1.0  # ticks from the margin within which reports count
REPORT: Final = 0.25  # seconds that a report takes at most, besides the round trip
PERCENTILE: Final = 0.98  # of the reports that the margin is enough for


class Rhythm:
    """The host's ticks, or those of a session without network."""

    def __init__(self, rate: float, now: float) -> None:
        """
        Args:
            rate: ticks a second.
            now: seconds; tick 0 is here.
        """
        self.rate, self.tick = rate, 0
        self._exact, self._at = 0.0, now

    @property
    def fraction(self) -> float:
        """How much of the next tick has passed, 0 … 1."""
        return min(1.0, max(0.0, self._exact - self.tick))

    def advance(self, now: float, *, paused: bool = False) -> range:
        """The ticks that are due: at most `MOST_TICKS`, those before them are left out; none in a pause."""
        passed, self._at = max(0.0, now - self._at), now
        if not paused:
            self._exact += self._advance(passed)
        last, before = max(self.tick, int(self._exact)), self.tick
        self.tick = last
        return range(max(before, last - MOST_TICKS) + 1, last + 1)

    def _advance(self, passed: float) -> float:
        return passed * self.rate


class Follower(Rhythm):
    """The ticks of a peer that follows a host."""

    def __init__(self, rate: float, now: float, interval: int) -> None:
        """
        Args:
            interval: ticks between two sendings. What comes that early can be interpolated when its tick is there.
        """
        super().__init__(rate, now)
        self._wanted = interval - 1
        self._seen: float | None = None  # the host's tick, seen late by one way, and the round trip to it
        self._margin = float(interval)
        self._needs: deque[float] = deque(maxlen=WINDOW)
        self._ping = 0.0
        self._steady_from = 0.0  # reports before that are of values that went out with another margin

    def follow(self, host_tick: float, ping: float) -> None:
        """Where the host is: its tick as seen here now, late by one way; and the round trip in seconds."""
        self._seen = host_tick + ping * self.rate
        self._ping = ping

    def early(self, ticks: int) -> None:
        """The host's report: how many ticks before it needed them my latest values came; negative is late."""
        if self._seen is None or self._at < self._steady_from:
            return
        self._needs.append(self._exact - self._seen - ticks + self._wanted)
        ordered = sorted(self._needs)
        need = ordered[min(len(ordered) - 1, int(len(ordered) * PERCENTILE))]
        self._margin = min(max(need, 0.0), 0.5 * self.rate)

    def _advance(self, passed: float) -> float:
        """A follower is a little faster or slower; it jumps ahead when far behind, and waits when far ahead."""
        if self._seen is None:
            return 0.0
        step = passed * self.rate
        error = self._seen + self._margin - (self._exact + step)
        if abs(error) > STEADY:
            self._steady_from = self._at + self._ping + REPORT
        if error > AHEAD:
            return step + error
        if error < -WAIT * self.rate:
            return 0.0
        return step * (1 + max(-PACE, min(PACE, 2 * error / self.rate)))
