"""Worlds of chance: all see in the end what they may, as it is."""

from __future__ import annotations

import pytest

from tests.replication.outgoing.views import World


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_all_see_in_the_end_what_they_may_and_as_it_is(seed: int) -> None:
    World(seed).play()
