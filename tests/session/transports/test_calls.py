"""Who calls whom, at both ends of a pair."""

from __future__ import annotations

import random

import pytest

from gamenet.session.transports.calls import ASK_EVERY, ATTEMPT, RETRY_AFTER, Ask, Calls, Dial, GiveUp


def pair() -> tuple[Calls, Calls]:
    return Calls(caller=True), Calls(caller=False)


def test_the_caller_dials_once_however_often_it_is_asked() -> None:
    caller, _ = pair()
    caller.want(7)
    caller.asked(3)
    assert caller.steps(1.0) == [Dial()]
    caller.asked(3)
    assert caller.steps(1.1) == caller.steps(9.0) == []


def test_the_other_one_never_dials_and_asks_each_half_second() -> None:
    _, other = pair()
    other.asked(5)
    assert other.steps(1.0) == []
    other.want(3)
    assert other.steps(1.0) == [Ask(3)]
    assert other.steps(1.0 + ASK_EVERY / 2) == []
    assert other.steps(1.0 + ASK_EVERY) == [Ask(3)]


def test_one_connection_serves_both_and_late_repeats_are_nothing_new() -> None:
    caller, other = pair()
    caller.want(7)
    other.want(3)
    assert caller.steps(1.0) == [Dial()] and other.steps(1.0) == [Ask(3)]
    assert other.opened() == 3
    assert caller.opened(other.served) == 7
    caller.asked(3)
    assert caller.steps(1.1) == other.steps(1.1) == [] and caller.quiet and other.quiet


def test_who_asks_again_after_a_connection_opened_gets_another_one() -> None:
    caller, other = pair()
    other.want(3)
    caller.asked(3)
    assert caller.steps(1.0) == [Dial()]
    other.opened()
    caller.opened(other.served)
    other.want(4)
    caller.asked(4)
    assert caller.steps(1.1) == [Dial()]


def test_of_two_wishes_each_gets_its_own_connection() -> None:
    caller, other = pair()
    other.want(3)
    other.want(4)
    assert other.opened() == 3 and other.served == 3
    assert other.steps(1.0) == [Ask(4)]
    caller.opened(3)
    caller.asked(4)
    assert caller.steps(1.0) == [Dial()]


def test_what_came_to_nothing_is_dialled_again_after_a_moment() -> None:
    caller, _ = pair()
    caller.want(7)
    assert caller.steps(1.0) == [Dial()]
    caller.ended(2.0)
    assert caller.steps(2.0) == [] and caller.steps(2.0 + RETRY_AFTER) == [Dial()]


def test_who_asked_must_ask_again_when_what_was_dialled_for_it_came_to_nothing() -> None:
    caller, _ = pair()
    caller.asked(3)
    assert caller.steps(1.0) == [Dial()]
    caller.ended(2.0)
    assert caller.steps(9.0) == []
    caller.asked(3)
    assert caller.steps(9.0) == [Dial()]


@pytest.mark.parametrize("caller", [True, False])
def test_an_attempt_ends_with_its_time_and_a_later_one_goes_on(caller: bool) -> None:
    calls = Calls(caller=caller)
    calls.want(1)
    calls.steps(0.0)
    calls.want(2)
    calls.steps(10.0)
    assert GiveUp(1) in calls.steps(ATTEMPT + 0.1) and calls.wanted == [2]
    assert GiveUp(2) in calls.steps(ATTEMPT + 10.1) and calls.wanted == []


@pytest.mark.parametrize("seed", range(50))
def test_whatever_is_lost_late_or_doubled_all_wishes_are_served_and_nothing_is_dialled_for_nobody(seed: int) -> None:
    """On virtual time: call-mes with losses and doubles, up to half a second late; connections open after 0.1 s."""
    dice = random.Random(seed)
    caller, other = pair()
    late: list[tuple[float, int]] = []
    opening: list[float] = []
    numbers = iter(range(1, 100))
    wishes, answers, connections = {caller: 0, other: 0}, {caller: 0, other: 0}, 0
    now = 0.0
    while now < 15.0:
        now += 0.02
        for end in (caller, other):
            if now < 8.0 and dice.random() < 0.02 and not end.wanted:
                end.want(next(numbers))
                wishes[end] += 1
        for step in caller.steps(now):
            assert isinstance(step, Dial)
            opening.append(now + 0.1)
        for ask in other.steps(now):
            assert isinstance(ask, Ask)
            late += [(now + dice.random() / 2, ask.number) for _ in range(dice.choice((0, 1, 1, 2)))]
        for due, number in [each for each in late if each[0] <= now]:
            late.remove((due, number))
            caller.asked(number)
        if opening and opening[0] <= now:
            opening.clear()
            there = other.opened()
            here = caller.opened(other.served)
            assert here or there, "a connection that nobody wanted"
            connections += 1
            answers[caller] += bool(here)
            answers[other] += bool(there)
    assert answers == wishes and connections <= sum(wishes.values())
