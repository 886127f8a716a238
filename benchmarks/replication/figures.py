"""What several measurements of one thing come to."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Any

Result = dict[str, Any]
"""Numbers of one participant by name."""

CHUNKS = 5


def best_of(seconds: Sequence[float]) -> float:
    """The mean of the least disturbed stretch: ticks cost differently, so single best ones would flatter.

    The ticks are cut into five stretches; others' work on the machine only ever adds to one.
    """
    length = max(1, len(seconds) // CHUNKS)
    return min(mean(seconds[at : at + length]) for at in range(0, length * min(CHUNKS, len(seconds)), length))
