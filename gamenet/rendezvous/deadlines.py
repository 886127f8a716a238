"""What is to happen at which moment: a heap with one entry a key, however often its moment is put off."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

K = TypeVar("K")


class Deadlines(Generic[K]):
    """Moments by key. Putting one off costs nothing: its entry is looked at when it comes up, and put back."""

    def __init__(self) -> None:
        self._moments: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._queued: dict[K, float] = {}
        """Of each key its earliest entry in the heap: only that one counts."""
        self._count = 0

    def __len__(self) -> int:
        return len(self._moments)

    def __contains__(self, key: K) -> bool:
        return key in self._moments

    def set(self, key: K, moment: float) -> None:
        """Let it be due then, and not before."""
        self._moments[key] = moment
        if moment < self._queued.get(key, float("inf")):
            self._push(key, moment)

    def drop(self, key: K) -> None:
        """It is not to happen any more."""
        self._moments.pop(key, None)

    def due(self, now: float) -> list[K]:
        """Keys whose moment has come, in order of it; they are gone then."""
        ready: list[K] = []
        while self._heap and self._heap[0][0] <= now:
            queued, _, key = heapq.heappop(self._heap)
            if self._queued.get(key) != queued:
                continue
            del self._queued[key]
            moment = self._moments.get(key)
            if moment is not None and moment <= now:
                del self._moments[key]
                ready.append(key)
            elif moment is not None:
                self._push(key, moment)
        return ready

    def _push(self, key: K, moment: float) -> None:
        self._count += 1
        self._queued[key] = moment
        heapq.heappush(self._heap, (moment, self._count, key))
