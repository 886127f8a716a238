"""Doubles for tests of games and of gamenet itself: virtual time, seeded weather, complete peers in one process."""

from __future__ import annotations

from .clock import ManualClock
from .lab import Lab
from .link import Link

__all__ = ["Lab", "Link", "ManualClock"]
