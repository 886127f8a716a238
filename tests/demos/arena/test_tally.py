"""Counting numbered calls."""

from __future__ import annotations

import pytest

from demos.arena.tally import Tally


@pytest.mark.parametrize(
    ("heard", "lost", "doubled"),
    [([1, 2, 3], 0, 0), ([7, 8, 9], 0, 0), ([1, 2, 4], 1, 0), ([1, 2, 2, 3], 0, 1), ([1, 3, 2], 1, 1)],
)
def test_what_is_passed_over_is_lost_and_what_is_not_new_is_doubled(heard: list[int], lost: int, doubled: int) -> None:
    tally = Tally()
    for number in heard:
        tally.note(number)
    assert (tally.count, tally.lost, tally.doubled) == (len(heard), lost, doubled)
    assert tally.complete == (lost == doubled == 0)
