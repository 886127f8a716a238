"""How much of everything one client, one address and all of them together may have, and how fast.

An *address* is an IPv4 address, or the 64-bit prefix of an IPv6 one, which is what one customer has. What counts per
client is worth nothing alone, because a name costs nothing; so each such limit has a wider one per address beside it.

A rate is a bucket that fills evenly (the generic cell rate algorithm of ATM networks: one number for each bucket).
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, NamedTuple

from .messages import MOST_DATA_BYTES

_ROUNDING: Final = 1e-6
"""Of sums of many small times on a clock that may have run for years."""


class Rate(NamedTuple):
    """So many at once, and then one each `every` seconds."""

    burst: int
    every: float


class Limits(NamedTuple):
    """The numbers. Each refusal has its reason in `messages.REASONS`."""

    clients: int = 64
    """Connections of one address at one time: "clients"."""
    all_clients: int = 10_000
    """Connections at one time: "busy"."""
    rooms: int = 4
    """Rooms that one client opened, at one time: "rooms"."""
    rooms_of_address: int = 64
    all_rooms: int = 10_000
    """"busy"."""
    data_bytes: int = MOST_DATA_BYTES
    """Of a room's metadata, as UTF-8, keys included: "data"."""
    knocks: Rate = Rate(128, 1.0)
    """New connections of one address: "clients"."""
    requests: Rate = Rate(60, 0.25)
    """Of one connection, each at its `service.COST`: "requests"."""
    joins: Rate = Rate(128, 0.5)
    """Seats and rooms asked for from one address: "joins"."""
    guesses: Rate = Rate(10, 6.0)
    """Wrong codes of one client: "guesses"."""
    guesses_of_address: Rate = Rate(60, 1.0)
    """Wrong codes of one address. A client that never guessed wrong is not asked, so that its neighbour's guessing does
    not lock it out; that lets through one guess more for each new connection, which `knocks` counts."""
    signals: Rate = Rate(600, 1 / 60)
    """KiB of one connection's signals; what is beyond is lost, as a signal may be."""
    signals_of_address: Rate = Rate(6000, 1 / 600)
    strikes: int = 200
    """Refused requests and dropped signals of one connection, after which it is closed."""

    @property
    def guesses_per_second(self) -> float:
        """What one address can try in the long run: `codes.years_to_guess` takes it."""
        return 1 / self.guesses_of_address.every + 1 / self.knocks.every


class Bucket:
    """What is left of one rate."""

    __slots__ = ("full_at",)

    def __init__(self) -> None:
        self.full_at = float("-inf")
        """When it will be full again, if nothing more is taken."""

    @property
    def untouched(self) -> bool:
        """Nothing was ever taken."""
        return self.full_at == float("-inf")

    def has(self, rate: Rate, now: float, cost: float = 1) -> bool:
        return max(self.full_at, now) + cost * rate.every <= now + rate.burst * rate.every + _ROUNDING

    def take(self, rate: Rate, now: float, cost: float = 1) -> bool:
        """Take that much if it is there. Returns whether it was."""
        if not self.has(rate, now, cost):
            return False
        self.full_at = max(self.full_at, now) + cost * rate.every
        return True


class Buckets:
    """The same rate for each of many: addresses. Memory is bounded: a full bucket is as good as none."""

    MOST: Final = 16_384

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def has(self, key: Hashable, now: float, cost: float = 1) -> bool:
        bucket = self._buckets.get(key)
        return bucket is None or bucket.has(self._rate, now, cost)

    def take(self, key: Hashable, now: float, cost: float = 1) -> bool:
        """Take that much from that one's if it is there. Returns whether it was."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket()
        self._buckets.move_to_end(key)
        self._forget(now)
        return bucket.take(self._rate, now, cost)

    def _forget(self, now: float) -> None:
        """Of those not used for longest at most two that are full; beyond the most, also one that is not."""
        for _ in range(2):
            oldest = next(iter(self._buckets))
            if self._buckets[oldest].full_at > now and len(self._buckets) <= self.MOST:
                return
            if len(self._buckets) == 1:
                return
            del self._buckets[oldest]


def place(address: str) -> str:
    """The part of "host:port" or "host" that limits count by; what is no IP address stands for itself."""
    host = address.rpartition(":")[0] if address.count(":") == 1 or "]:" in address else address
    try:
        ip = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)
