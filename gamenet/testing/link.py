"""Weather: what happens to each packet on its way, seeded, the same on every run.

A `Link` says what the line is like, with the names and units of `sockets.FakeNetwork` (percent, milliseconds, bytes a
second) plus `burst`. A `Weather` is one direction of it and decides for each packet when it arrives.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import BadArgument

QUEUE_SECONDS = 0.5
"""A line with a `rate` drops what would wait longer than that, as a router's buffer does."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a line between two machines is like, in each direction."""

    lag_ms: float = 0.0
    """One way."""
    jitter_ms: float = 0.0
    """The lag varies by as much in both directions, evenly; it alone does not change the packets' order."""
    loss: float = 0.0
    """Percent of the packets."""
    burst: float = 1.0
    """How many packets in a row are lost, on average: 1 loses each by itself."""
    duplicate: float = 0.0
    """Percent of the packets that arrive twice."""
    reorder: float = 0.0
    """Percent of the packets that are overtaken."""
    reorder_ms: float = 50.0
    """By how much these come later."""
    rate: float = 0.0
    """Bytes a second; 0: unlimited."""

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate", "reorder"):
            if not 0 <= getattr(self, name) <= 100:
                raise BadArgument(f"Link({name}={getattr(self, name)!r}): percent go from 0 to 100")
        for name in ("lag_ms", "jitter_ms", "reorder_ms", "rate"):
            if getattr(self, name) < 0:
                raise BadArgument(f"Link({name}={getattr(self, name)!r}): it cannot be negative")
        if self.burst < 1:
            raise BadArgument(f"Link(burst={self.burst!r}): a burst has at least 1 packet")

    @classmethod
    def of(cls, link: Link | str) -> Link:
        """A link, or the mood of that name."""
        if isinstance(link, Link):
            return link
        if link not in MOODS:
            raise BadArgument(f"there is no link {link!r}; there are {', '.join(MOODS)}, or Link(lag_ms=…, loss=…)")
        return MOODS[link]


MOODS = {
    "perfect": Link(),
    "good": Link(lag_ms=20, jitter_ms=3, loss=0.3),
    "fair": Link(lag_ms=50, jitter_ms=33, loss=5, burst=2),
    "poor": Link(lag_ms=100, jitter_ms=40, loss=10, burst=3, duplicate=1, reorder=2),
    "terrible": Link(lag_ms=200, jitter_ms=80, loss=20, burst=4, duplicate=3, reorder=5, reorder_ms=100),
}
"""Cable; good wireless; the evening's; a train; one that nobody should have to play on."""


class Weather:
    """One direction of a link. A `transports.memory.Path`.

    Bursts follow the two-state model of Gilbert (1960): in the bad state every packet is lost, its mean length is
    `burst`, and it is entered as often as makes `loss` the share of the lost.
    """

    def __init__(self, link: Link | str, seed: object) -> None:
        self.link = Link.of(link)
        self._random = random.Random(str(seed))
        self._bad = False
        self._free_at = 0.0
        self._latest = 0.0

    @property
    def delay(self) -> float:
        return self.link.lag_ms / 1000

    def packet(self, now: float, size: int) -> list[float]:
        """When a packet of `size` bytes that leaves now arrives: no moment, one, or two."""
        lost, doubled, overtaken = self._loses(), self._chance(self.link.duplicate), self._chance(self.link.reorder)
        lag, second_lag = self._lag(), self._lag()
        departure = self._through_the_line(now, size)
        if lost or departure is None:
            return []
        arrival = max(departure + lag, self._latest)
        if overtaken:
            arrival += self.link.reorder_ms / 1000
        else:
            self._latest = arrival
        return [arrival, arrival + second_lag] if doubled else [arrival]

    def _chance(self, percent: float) -> bool:
        """Always takes one number, so that changing one percentage does not change the fate of the others."""
        return self._random.random() * 100 < percent

    def _loses(self) -> bool:
        roll, loss = self._random.random(), self.link.loss / 100
        if self.link.burst == 1 or loss in (0.0, 1.0):
            return roll < loss
        leave = 1 / self.link.burst
        self._bad = roll >= leave if self._bad else roll < leave * loss / (1 - loss)
        return self._bad

    def _lag(self) -> float:
        jitter = self._random.uniform(-self.link.jitter_ms, self.link.jitter_ms)
        return max(0.0, self.link.lag_ms + jitter) / 1000

    def _through_the_line(self, now: float, size: int) -> float | None:
        """When the last byte has left; None when the line's buffer is full."""
        if not self.link.rate:
            return now
        start = max(now, self._free_at)
        if start - now > QUEUE_SECONDS:
            return None
        self._free_at = start + size / self.link.rate
        return self._free_at


def weather(link: Link | str | Callable[[str, str], Link | str], seed: object = 0) -> Callable[[str, str], Weather]:
    """The paths of a `Network`: one link for all, or a function of source and target; seeded for each by its name."""

    def path(source: str, target: str) -> Weather:
        return Weather(link(source, target) if callable(link) else link, f"{seed}/{source}/{target}")

    return path
