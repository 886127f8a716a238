"""What several measurements of one thing come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]
"""One row: numbers by name, and the "notes" that explain them."""


def quantile(values: Sequence[float], share: float) -> float:
    """The least of them that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Of seconds: the middle, what one in twenty exceeds, the ends, and all of them in order of measuring."""
    return {
        "runs": len(values),
        "p50": quantile(values, 0.5),
        "p95": quantile(values, 0.95),
        "least": min(values),
        "max": max(values),
        "all": [round(value, 4) for value in values],
    }
