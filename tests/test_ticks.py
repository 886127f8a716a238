"""Wrapping of numbers that never wrap inside."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gamenet.ticks import unwrap, wrap


@given(number=st.integers(0, 1 << 40), away=st.integers(-(1 << 15) + 1, (1 << 15) - 1))
def test_a_number_near_a_known_one_survives_its_way_through_sixteen_bits(number: int, away: int) -> None:
    near = max(0, number + away)
    assert unwrap(wrap(number, 16), near, 16) == number


def test_a_number_behind_a_wrap_is_found_on_the_right_side() -> None:
    assert unwrap(2, near=65_534, bits=16) == 65_538
    assert unwrap(65_534, near=65_538, bits=16) == 65_534


def test_near_the_beginning_nothing_becomes_negative() -> None:
    assert unwrap(65_535, near=0, bits=16) == 65_535
