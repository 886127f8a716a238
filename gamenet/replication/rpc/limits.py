"""How often somebody may do something: token buckets, with the time handed in.

A bucket holds one second's worth, so that a burst passes and a steady stream does not exceed its rate.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple


class _Bucket(NamedTuple):
    tokens: float
    at: float


class Limits:
    """Buckets by key. Memory: one small tuple for each key that was ever used and not forgotten."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, _Bucket] = {}

    def allows(self, key: Hashable, rate: float, now: float) -> bool:
        """Take one token, if there is one.

        Args:
            key: who does what.
            rate: tokens a second; also how many a full bucket holds, at least one.
            now: seconds, never less than at the last call.
        """
        most = max(1.0, rate)
        if most == float("inf"):
            return True
        tokens, at = self._buckets.get(key, (most, now))
        tokens = min(most, tokens + max(0.0, now - at) * rate)
        allowed = tokens >= 1
        self._buckets[key] = _Bucket(tokens - allowed, now)
        return allowed

    def forget(self, which: Callable[[Hashable], bool]) -> None:
        """Drop the buckets whose key this says yes to: of a peer that left."""
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if not which(key)}
