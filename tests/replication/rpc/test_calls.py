from __future__ import annotations

from typing import Any

import pytest

from gamenet.errors import GamenetError, Refused
from gamenet.replication.rpc.calls import SECONDS, Call, OpenCalls, check_seconds
from gamenet.replication.rpc.signature import Signature
from tests.replication.model.homes import ADA, BOB, FakeHome

HOME = FakeHome(ADA)
BOB_PEER = HOME.peers[BOB]


def say(self: Any, caller: Any) -> int:
    return 1


def opened(calls: OpenCalls, now: float = 0.0, seconds: float = SECONDS) -> tuple[Call[int], int]:
    call: Call[int] = Call("Arena.say", Signature(say), seconds)
    return call, calls.add(call, BOB_PEER, now)


def test_an_answer_ends_its_call_with_a_value() -> None:
    calls = OpenCalls()
    (first, _), (second, number) = opened(calls), opened(calls)
    assert calls.answered(number, 12, HOME) == [second]
    assert (second.done, second.value, second.error) == (True, 12, "")
    assert not first.done and len(calls) == 1


def test_before_it_is_done_there_is_no_value_and_no_error() -> None:
    call, _ = opened(OpenCalls())
    assert (call.done, call.error) == (False, "")
    with pytest.raises(GamenetError, match=r"Arena.say: no answer has come yet.*call.then"):
        _ = call.value


def test_a_refusal_is_an_error_and_reading_the_value_raises_it() -> None:
    calls = OpenCalls()
    call, number = opened(calls)
    calls.refused(number, "say something")
    assert (call.done, call.error) == (True, "say something")
    with pytest.raises(Refused, match="say something"):
        _ = call.value


def test_an_answer_that_the_annotation_does_not_allow_is_an_error() -> None:
    calls = OpenCalls()
    call, number = opened(calls)
    calls.answered(number, "twelve", HOME)
    assert call.error == "the answer is 'twelve', not a whole number"


def test_an_endless_reason_is_cut() -> None:
    calls = OpenCalls()
    call, number = opened(calls)
    calls.refused(number, "no" * 10_000)
    assert len(call.error) == 300


def test_a_call_ends_when_its_time_is_over_and_not_before() -> None:
    calls = OpenCalls()
    (short, _), (long, _) = opened(calls, 10.0, 1.5), opened(calls, 10.0)
    assert calls.expired(11.4) == [] and calls.expired(11.5) == [short]
    assert short.error == "no answer within 1.5 s" and not long.done
    assert calls.expired(15.0) == [long]


def test_an_answer_after_the_end_changes_nothing() -> None:
    calls = OpenCalls()
    call, number = opened(calls)
    calls.expired(99.0)
    assert calls.answered(number, 3, HOME) == [] and calls.refused(number, "late") == []
    assert call.error == "no answer within 5 s" and calls.receiver(number) is None


def test_calls_end_with_their_receiver() -> None:
    calls = OpenCalls()
    call, number = opened(calls)
    assert calls.receiver(number) is BOB_PEER
    assert calls.left(HOME.me) == [] and calls.left(BOB_PEER) == [call]
    assert call.error == "Bob left"


def test_all_calls_end_with_the_room() -> None:
    calls = OpenCalls()
    both = [opened(calls)[0], opened(calls)[0]]
    assert calls.end_all("moved") == both and [call.error for call in both] == ["moved", "moved"]
    assert len(calls) == 0


def test_then_is_due_once_in_order_and_in_every_case() -> None:
    calls, heard = OpenCalls(), list[tuple[str, Call[Any]]]()
    (good, one), (bad, two) = opened(calls), opened(calls)
    assert good.then(lambda call: heard.append(("a", call))).then(lambda call: heard.append(("b", call))) is good
    bad.then(lambda call: heard.append(("c", call)))
    calls.refused(two, "no")
    calls.answered(one, 1, HOME)
    assert heard == [], "the table itself calls nothing"
    for due in calls.take_due():
        due.function(due.call)
    assert heard == [("c", bad), ("a", good), ("b", good)] and calls.take_due() == []


def test_then_after_the_end_is_due_in_the_next_frame() -> None:
    calls = OpenCalls()
    call, number = opened(calls)
    calls.answered(number, 1, HOME)
    calls.take_due()
    call.then(print)
    assert calls.take_due() == [(print, call)]


def test_then_takes_a_function() -> None:
    with pytest.raises(GamenetError, match="takes a function"):
        opened(OpenCalls())[0].then(3)  # type: ignore[arg-type]


def test_numbers_begin_at_one_and_come_round_past_open_ones() -> None:
    calls = OpenCalls()
    assert [opened(calls)[1] for _ in range(3)] == [1, 2, 3]
    calls._last = 0xFFFF_FFFF
    assert opened(calls)[1] == 4


def test_a_call_shows_how_it_stands() -> None:
    calls = OpenCalls()
    (one, first), (two, second) = opened(calls), opened(calls)
    assert repr(one) == "<call of Arena.say: open>"
    calls.answered(first, 3, HOME)
    calls.refused(second, "no")
    assert [repr(one), repr(two)] == ["<call of Arena.say: value 3>", "<call of Arena.say: error 'no'>"]


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), "1", None, True])
def test_within_takes_a_time(seconds: Any) -> None:
    with pytest.raises(GamenetError, match="within"):
        check_seconds(seconds)
