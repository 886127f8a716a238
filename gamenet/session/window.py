"""Which values messages were taken: the newest number and the 64 before it, as the input header carries them.

Source: the acknowledgement bit field of Glenn Fiedler's reliability layer (newest sequence and 32 bits; here 64,
3.2 s at 20 snapshots a second).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

SPAN: Final = 64


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
        return bool(self.add_all(number, 0))

    def add_all(self, newest: int, before: int) -> tuple[int, ...]:
        """Put in what another window tells. Returns the new numbers, oldest first."""
        if newest == self.newest and before == self.before:
            return ()
        end = max(newest, self.newest)  # from here on, bit i is the number end - i
        known = (self.before << 1 | 1) << (end - self.newest)
        told = (before << 1 | 1) << (end - newest)
        reach = (1 << min(end, SPAN + 1)) - 1
        self.newest, self.before = end, ((known | told) & reach) >> 1
        return tuple(_numbers(end, told & ~known & reach))


def _numbers(end: int, bits: int) -> Iterator[int]:
    """Bit i is the number end - i; oldest first."""
    while bits:
        back = bits.bit_length() - 1
        yield end - back
        bits ^= 1 << back
