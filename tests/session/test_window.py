"""The acknowledgement window, against a plain set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gamenet.session.window import SPAN, Window


@given(st.lists(st.integers(1, 300), max_size=60))
def test_it_holds_what_was_added_within_its_span(numbers: list[int]) -> None:
    window, model = Window(), set[int]()
    for number in numbers:
        seen = number in model
        too_old = bool(model) and number < max(model) - SPAN
        assert window.add(number) is (not seen and not too_old)
        model |= set() if too_old else {number}
    newest = max(model, default=0)
    for number in range(302):
        assert (number in window) is (number in model and number >= newest - SPAN)


@given(st.lists(st.lists(st.integers(1, 200), max_size=20), max_size=8))
def test_another_windows_news_is_told_once_and_oldest_first(batches: list[list[int]]) -> None:
    theirs, ours, told = Window(), Window(), list[int]()
    for batch in batches:
        for number in batch:
            theirs.add(number)
        news = ours.add_all(theirs.newest, theirs.before)
        assert list(news) == sorted(news)
        told += news
        assert ours.add_all(theirs.newest, theirs.before) == ()
    assert len(told) == len(set(told))
    assert {n for n in range(201) if n in theirs} == {n for n in range(201) if n in ours}


def test_an_empty_window_acknowledges_nothing() -> None:
    assert Window().add_all(Window().newest, Window().before) == ()
    assert 0 not in Window()


def test_what_would_be_before_the_first_number_is_no_number() -> None:
    window = Window()
    assert window.add_all(2, (1 << SPAN) - 1) == (1, 2)
    assert (window.newest, window.before) == (2, 1)


def test_a_window_looks_back_exactly_its_span() -> None:
    window = Window()
    assert [window.add(number) for number in (SPAN + 2, 2, 1)] == [True, True, False]
    assert 2 in window and 1 not in window
