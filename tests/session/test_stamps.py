"""The round trip from the stamps, whatever the two clocks show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.session.stamps import Stamps


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.001, 4), st.floats(0, 6))
def test_the_time_it_was_held_and_the_clocks_difference_do_not_count(
    here: float, there: float, trip: float, held: float
) -> None:
    mine, theirs = Stamps(), Stamps()
    theirs.heard(*mine.write(here), received_at=there + trip / 2)
    mine.heard(*theirs.write(there + trip / 2 + held), received_at=here + trip + held)
    assert mine.ping == pytest.approx(trip, abs=2e-4)


def test_without_an_echo_there_is_no_sample() -> None:
    mine, theirs = Stamps(), Stamps()
    mine.heard(*theirs.write(5.0), received_at=7.0)
    assert mine.ping == 0.0


def test_an_echo_held_for_too_long_is_no_sample() -> None:
    mine, theirs = Stamps(), Stamps()
    theirs.heard(*mine.write(0.0), received_at=0.05)
    mine.heard(*theirs.write(7.0), received_at=7.05)
    assert mine.ping == 0.0


def test_it_is_smoothed() -> None:
    mine, theirs = Stamps(), Stamps()
    for moment, trip in ((0.0, 0.1), (1.0, 0.1), (2.0, 0.9)):
        theirs.heard(*mine.write(moment), received_at=moment + trip / 2)
        mine.heard(*theirs.write(moment + trip / 2), received_at=moment + trip)
    assert mine.ping == pytest.approx(0.2)


def test_a_forged_echo_is_no_sample() -> None:
    mine = Stamps()
    mine.heard(mine=0, yours=123456, held=0, received_at=2000.0)
    assert mine.ping == 0.0


def test_a_late_packet_does_not_turn_the_echo_back() -> None:
    stamps = Stamps()
    stamps.heard(1000, 0, 0xFFFF, received_at=5.0)
    stamps.heard(900, 0, 0xFFFF, received_at=4.9)
    assert stamps.write(5.0)[1] == 1000
