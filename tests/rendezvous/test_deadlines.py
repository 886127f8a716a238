"""What is due when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gamenet.rendezvous.deadlines import Deadlines


def test_what_is_due_comes_once_and_in_order() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("late", 3.0)
    deadlines.set("early", 1.0)
    assert deadlines.due(0.9) == []
    assert deadlines.due(3.0) == ["early", "late"]
    assert deadlines.due(9.0) == [] and len(deadlines) == 0


def test_what_was_put_off_comes_then_and_what_was_hastened_too() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("a", 1.0)
    deadlines.set("a", 5.0)
    deadlines.set("b", 5.0)
    deadlines.set("b", 1.0)
    assert deadlines.due(4.0) == ["b"]
    assert deadlines.due(5.0) == ["a"]


def test_what_was_dropped_does_not_come_and_may_be_set_again() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("a", 1.0)
    deadlines.drop("a")
    deadlines.drop("never there")
    assert "a" not in deadlines
    deadlines.set("a", 3.0)
    assert deadlines.due(2.0) == []
    assert deadlines.due(3.0) == ["a"]


def test_putting_off_a_thousand_times_keeps_one_entry() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for number in range(1000):
        deadlines.set("a", float(number))
    assert len(deadlines._heap) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["set", "drop", "due"]), st.integers(0, 20))))
def test_it_does_what_a_plain_table_would(steps: list[tuple[str, str, int]]) -> None:
    deadlines: Deadlines[str] = Deadlines()
    plain: dict[str, float] = {}
    now = 0
    for key, what, amount in steps:
        if what == "set":
            deadlines.set(key, now + amount)
            plain[key] = now + amount
        elif what == "drop":
            deadlines.drop(key)
            plain.pop(key, None)
        else:
            now += amount
            due = {each for each, moment in plain.items() if moment <= now}
            assert set(deadlines.due(now)) == due
            plain = {each: moment for each, moment in plain.items() if each not in due}
