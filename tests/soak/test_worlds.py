"""Ten thousand worlds of chance: both codecs make the same bytes, and whatever is lost all agree in the end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replication.codec import test_native, test_reference
from tests.replication.outgoing.views import World

WORLDS = 10_000
VIEWS = 500
"""Whole sessions that see parts of a world: each takes a tenth of a second and more."""

many = settings(max_examples=WORLDS, deadline=None, suppress_health_check=list(HealthCheck))


def again(test: Any, *strategies: Any) -> Any:
    """A property test with more worlds."""
    return many(given(*strategies)(test.hypothesis.inner_test))


@pytest.mark.timeout(0)
def test_both_codecs_write_the_same_bytes() -> None:
    again(test_reference.test_both_write_the_same_bytes_and_read_them_back, st.data())()


@pytest.mark.timeout(0)
def test_whatever_is_lost_delayed_or_doubled_worlds_are_equal_in_the_end() -> None:
    lossy = test_native.test_whatever_is_lost_delayed_or_doubled_worlds_are_equal_a_round_trip_after_the_last_change
    again(lossy, test_native.journeys(), st.data())()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", range(1_000, 1_000 + VIEWS, 50))
def test_whatever_happens_all_see_in_the_end_what_they_may(first: int) -> None:
    for seed in range(first, first + 50):
        World(seed).play()
