"""Invite codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.rendezvous import codes
from gamenet.rendezvous.limits import Limits


def test_codes_are_drawn_from_the_whole_alphabet_and_differ() -> None:
    drawn = [codes.draw() for _ in range(300)]
    assert len(set(drawn)) == 300
    assert set("".join(drawn)) == set(codes.ALPHABET)


@pytest.mark.parametrize("typed", ["K7QX3MVP", "k7qx-3mvp", " K7QX 3MVP\n", "k7qx–3mvp", "K-7-Q-X-3-M-V-P", "k7qx3mup"])
def test_the_same_code_however_it_is_typed(typed: str) -> None:
    assert codes.fold(typed.strip("\n")) == "K7QX3MVP"


@pytest.mark.parametrize(
    "typed", ["", "K7QX", "K7QX-3MVPP", "K7QX-3MV0", "K7QX-3MVI", "K7QX-3MV!", "ＡＡＡＡ-ＡＡＡＡ"]
)
def test_what_is_no_code_folds_to_none(typed: str) -> None:
    assert codes.fold(typed) == ""


@given(st.text(max_size=64))
def test_whatever_is_typed_folds_to_a_code_or_to_none(typed: str) -> None:
    code = codes.fold(typed)
    assert code == "" or codes.fold(codes.show(code)) == code


def test_nothing_in_a_code_looks_like_something_else() -> None:
    assert not set("01OILU") & set(codes.ALPHABET)
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 30


def test_a_log_shows_half_of_a_code() -> None:
    assert codes.show("K7QX3MVP") == "K7QX-3MVP"
    assert codes.hide("K7QX3MVP") == "K7QX-****"


def test_one_of_ten_thousand_rooms_is_guessed_from_one_address_after_about_a_year() -> None:
    years = codes.years_to_guess(10_000, Limits().guesses_per_second)
    assert 1 < years < 1.1
    assert codes.years_to_guess(1, Limits().guesses_per_second) == pytest.approx(years * 10_000)
