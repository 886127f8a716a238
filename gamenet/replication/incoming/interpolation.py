"""When to show what: one timeline per sender.

The shown moment runs behind the newest sample by just so much that the next sample is there when it is needed. Every
arriving snapshot says how much that would have been: at its arrival the shown moment must not have passed the sample
before it. The delay is a high percentile of what recent snapshots asked for, so it grows with jitter and with loss, and
shrinks again. The moment never jumps: it changes its pace by a few percent, and stands still where that would take too
long. Where nothing came for a while it goes on where the newest samples are.

Source: the playout delay of audio over packets (Ramjee et al. 1994), as percentile over recent arrivals; pace instead
of jumps as in Mirror's snapshot interpolation.
"""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW: Final = 100  # arrivals that are remembered: 5 s at 20 a second
PERCENTILE: Final = 0.98
MARGIN: Final = 0.25  # of a tick, for the grain of frames
PACE: Final = 0.06  # the most that the pace changes
JUMP: Final = 0.35  # seconds; a message that is later is late, a moment that is so far behind is anchored anew
AHEAD: Final = 1.5  # seconds; a moment that is so far ahead, too; before that it stands still
MOST_DELAY: Final = 1.0  # seconds
IDLE: Final = 0.5  # seconds in which the sender is heard but sends no snapshot: its world rests, and time goes by
LATE: Final = 5  # arrivals in a row that are later than JUMP: the sender stood still, its rhythm is anchored anew


class Timeline:
    """One sender's ticks against the local clock."""

    def __init__(self, tick_rate: float, interval: int) -> None:
        """
        Args:
            tick_rate: ticks a second.
            interval: ticks between two snapshots.
        """
        self._rate, self._interval = tick_rate, interval
        self._transits: deque[float] = deque(maxlen=WINDOW)
        self._needs: deque[float] = deque(maxlen=WINDOW)
        self._newest_tick = self._newest_number = self._heard_tick = -1
        self._base = 0.0
        self._heard_at: float | None = None
        self._late = 0
        self._delay = interval * 1.25
        self._moment: float | None = None
        self._at = 0.0

    def heard(self, tick: int, received_at: float) -> None:
        """Any unreliable message of that tick: where the sender's clock is."""
        if tick >= self._heard_tick:
            self._heard_at = received_at
        transit = received_at - tick / self._rate
        if self._transits and transit > self._base + JUMP:
            self._late += 1
            if self._late < LATE:
                return
            self.anchor()
        self._late = 0
        self._heard_tick = max(self._heard_tick, tick)
        self._transits.append(transit)
        self._base = min(self._transits)

    def snapshot(self, tick: int, number: int, received_at: float) -> None:
        """A values message: how far behind the moment has to be."""
        if tick <= self._newest_tick:
            self._newest_number = max(self._newest_number, number)
            return
        if self._newest_tick >= 0 and self._transits:
            missing = max(0, number - self._newest_number - 1)  # numbers begin anew with a generation
            before = max(self._newest_tick, tick - self._interval * (1 + missing))
            self._needs.append((received_at - self._base) * self._rate - before)
            self._delay = max(self._needed(), self._delay - PACE * (tick - self._newest_tick))
        self._newest_tick, self._newest_number = tick, number

    def anchor(self) -> None:
        """Forget the rhythm: the sender stood still."""
        self._transits.clear()
        self._needs.clear()
        self._delay = self._interval * 1.25
        self._late = 0

    def resume(self) -> None:
        """The sender's ticks stood still for a while: its rhythm is learnt anew, and what is shown waits for that."""
        self._transits.clear()
        self._late = 0

    @property
    def shown(self) -> float | None:
        """The tick that was shown last."""
        return self._moment

    def age(self, now: float) -> float:
        """Seconds since the sender's newest message of a tick arrived; 0.0 before the first."""
        return 0.0 if self._heard_at is None else max(0.0, now - self._heard_at)

    @property
    def behind(self) -> float:
        """Seconds by which the moment that was shown last was behind the sender's tick as seen from here."""
        return 0.0 if self._moment is None else max(0.0, self.sender_tick(self._at) - self._moment) / self._rate

    @property
    def known(self) -> bool:
        return bool(self._transits)

    def sender_tick(self, now: float) -> float:
        """The sender's tick as it is seen from here: later than the true one by the fastest way's time."""
        return (now - self._base) * self._rate

    @property
    def delay(self) -> float:
        """Ticks that the moment should be behind the sender's tick as seen from here."""
        return self._delay

    def _needed(self) -> float:
        ordered = sorted(self._needs)
        need = ordered[min(len(ordered) - 1, int(len(ordered) * PERCENTILE))] + MARGIN
        return min(max(need, self._interval), MOST_DELAY * self._rate)

    def _reach(self, moment: float, ahead: float) -> float:
        """The moment stands still at the newest snapshot: what it passed over while waiting would be a jump later."""
        resting = self._heard_tick - self._newest_tick > IDLE * self._rate
        return ahead if resting else max(moment, min(ahead, self._newest_tick))

    def moment(self, now: float) -> float | None:
        """The tick to show now, a fraction; None while nothing was ever heard."""
        if not self._transits:
            self._at = now
            return self._moment
        goal = self.sender_tick(now) - self.delay
        passed, self._at = max(0.0, now - self._at) * self._rate, now
        if self._moment is None:
            self._moment = goal
        error = (goal - self._moment - passed) / self._rate
        if error < -AHEAD:
            self._moment = goal
        elif error > JUMP:
            self._moment = self._reach(self._moment, goal)
        elif error > -JUMP:
            pace = max(-PACE, min(PACE, error / 0.5))
            self._moment = self._reach(self._moment, self._moment + passed * (1 + pace))
        return self._moment
