"""Which values messages were taken: the newest number and the 64 before it, as the input header carries them.

Source: the acknowledgement bit field of Glenn Fiedler's reliability layer (newest sequence and 32 bits; here 64,
3.2 s at 20 snapshots a second).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SPAN: Final = 64
_MASK: Final = (1 << SPAN) - 1


class Window:
    """A set of numbers that only looks back `SPAN` from its newest one. Empty: `newest` is 0, and 0 is no number."""

    __slots__ = ("before", "newest")

    def __init__(self) -> None:
        self.newest = 0
        self.before = 0
        """Bit i: `newest - 1 - i` is in the set."""

    def __contains__(self, number: int) -> bool:
        back = self.newest - number
        return number > 0 and (back == 0 or (0 < back <= SPAN and bool(self.before >> (back - 1) & 1)))

    def add(self, number: int) -> bool:
        """Put a number in. Returns whether it is new; one that is too old to be looked at is not."""
        back = self.newest - number
        if number <= 0 or back == 0 or back > SPAN:
            return False
        if back < 0:
            bits = self.before << 1 | (1 if self.newest else 0)
            self.before = bits << (-back - 1) & _MASK if -back <= SPAN else 0
            self.newest = number
            return True
        bit = 1 << (back - 1)
        if self.before & bit:
            return False
        self.before |= bit
        return True

    def add_all(self, newest: int, before: int) -> tuple[int, ...]:
        """Put in what another window tells. Returns the new numbers, oldest first."""
        if newest == self.newest and before == self.before:
            return ()
        return tuple(number for number in _numbers(newest, before) if self.add(number))


def _numbers(newest: int, before: int) -> Iterable[int]:
    """The numbers of a window, oldest first."""
    while before:
        back = before.bit_length()
        yield newest - back
        before ^= 1 << (back - 1)
    yield newest
