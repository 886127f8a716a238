from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from gamenet.replication.rpc.limits import Limits


def test_a_second_s_worth_passes_at_once_and_then_nothing() -> None:
    limits = Limits()
    assert [limits.allows("say", 3, 0.0) for _ in range(5)] == [True, True, True, False, False]


def test_tokens_come_back_with_time() -> None:
    limits = Limits()
    for _ in range(4):
        limits.allows("say", 4, 10.0)
    assert not limits.allows("say", 4, 10.2)
    assert [limits.allows("say", 4, 10.5) for _ in range(3)] == [True, True, False]


def test_a_bucket_never_holds_more_than_a_second() -> None:
    limits = Limits()
    limits.allows("say", 2, 0.0)
    assert [limits.allows("say", 2, 1000.0) for _ in range(3)] == [True, True, False]


def test_a_rate_below_one_a_second_lets_the_first_pass() -> None:
    limits = Limits()
    assert [limits.allows("say", 0.5, now) for now in (0.0, 1.0, 2.0, 3.0)] == [True, False, True, False]


def test_keys_do_not_share_and_an_infinite_rate_has_no_limit() -> None:
    limits = Limits()
    assert limits.allows(("ada", "say"), 1, 0.0) and limits.allows(("bob", "say"), 1, 0.0)
    assert not limits.allows(("ada", "say"), 1, 0.0)
    assert all(limits.allows("free", math.inf, 0.0) for _ in range(1000))


def test_a_forgotten_key_begins_anew() -> None:
    limits = Limits()
    limits.allows("a", 1, 0.0)
    limits.allows("b", 1, 0.0)
    limits.forget(lambda key: key == "a")
    assert limits.allows("a", 1, 0.0) and not limits.allows("b", 1, 0.0)


@given(st.floats(0.1, 50), st.lists(st.floats(0, 1), max_size=200))
def test_over_any_time_no_more_than_the_rate_and_one_second_s_worth_passes(rate: float, pauses: list[float]) -> None:
    limits, now, passed = Limits(), 0.0, 0
    for pause in pauses:
        now += pause
        passed += limits.allows("say", rate, now)
    assert passed <= max(1.0, rate) + now * rate + 1e-6
