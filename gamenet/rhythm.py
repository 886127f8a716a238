"""When ticks are due. The host's run on its own clock; everybody else's run ahead of the host's by the way there.

Ticks are time: when a host stalls or pauses, the ticks that it did not run are left out, not caught up, and their numbers go
by. So nobody has to be told of a stall, and what others interpolate between is as far apart as it was.

A peer's ticks are ahead by just so much that what it sends for a tick arrives a little before the host gets there: by one
round trip, as the host's tick is seen late by one way and the answer needs the other, and a margin that the host's own
report ("yours came m ticks early") steers.
"""
from __future__ import annotations

from typing import Final

MOST_TICKS: Final = 5  # run in one frame; what is more is left out
PACE: Final = 0.02  # the most that a follower's ticks are slower or faster
JUMP: Final = 0.25  # seconds of error beyond which a follower starts anew
EARLY: Final = (1, 3)  # ticks that a peer's values should come early


class Rhythm:
    """The host's ticks, or those of a session without network."""

    def __init__(self, rate: float, now: float) -> None:
        """
        Args:
            rate: ticks a second.
            now: seconds; tick 0 is here.
        """
        self.rate, self.tick = rate, 0
        self.paused = False
        self._exact, self._at = 0.0, now

    @property
    def fraction(self) -> float:
        """How much of the next tick has passed, 0 … 1."""
        return min(1.0, max(0.0, self._exact - self.tick))

    def advance(self, now: float) -> range:
        """The ticks that are due: at most `MOST_TICKS`, those before them are left out."""
        passed, self._at = max(0.0, now - self._at), now
        self._exact += self._advance(passed)
        last, before = max(self.tick, int(self._exact)), self.tick
        self.tick = last
        return range(0) if self.paused else range(max(before, last - MOST_TICKS) + 1, last + 1)

    def _advance(self, passed: float) -> float:
        return passed * self.rate


class Follower(Rhythm):
    """The ticks of a peer that follows a host."""

    def __init__(self, rate: float, now: float) -> None:
        super().__init__(rate, now)
        self._goal: float | None = None
        self._margin = float(EARLY[1])

    def follow(self, host_tick: float, ping: float) -> None:
        """Where the host is: its tick as seen here now, late by one way; and the round trip in seconds."""
        self._goal = host_tick + ping * self.rate + self._margin

    def early(self, ticks: int) -> None:
        """The host's report: how many ticks early my last values came; negative is late."""
        if ticks < EARLY[0]:
            self._margin = min(self._margin + 0.5, 0.5 * self.rate)
        elif ticks > EARLY[1]:
            self._margin = max(self._margin - 0.05, 0.0)

    def _advance(self, passed: float) -> float:
        """A follower is a little faster or slower; it jumps ahead when far behind, and waits when far ahead."""
        if self._goal is None:
            return 0.0
        step = passed * self.rate
        error = self._goal - (self._exact + step)
        if error > JUMP * self.rate:
            return step + error
        if error < -JUMP * self.rate:
            return 0.0
        return step * (1 + max(-PACE, min(PACE, error / self.rate)))
