"""Counting numbered calls: whether each came once and in order, in constant space."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Tally:
    """How one sender's calls, numbered 1, 2, 3 …, arrived here. The first heard may be any: one may join late."""

    first: int = 0
    last: int = 0
    count: int = 0
    lost: int = 0
    doubled: int = 0

    def note(self, number: int) -> None:
        """One call came. A number that was passed over counts as lost, one that is not new as doubled."""
        self.count += 1
        if not self.first:
            self.first = self.last = number
        elif number <= self.last:
            self.doubled += 1
        else:
            self.lost += number - self.last - 1
            self.last = number

    @property
    def complete(self) -> bool:
        return not self.lost and not self.doubled
