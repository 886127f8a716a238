from __future__ import annotations

import logging
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import NotAuthoritative, Refused
from gamenet.ids import PeerId
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import integer, local
from gamenet.replication.rpc.declare import Caller, rpc
from gamenet.replication.rpc.dispatch import FAILED, Admitted, Dispatcher, IncomingCall, Reply
from tests.replication.model.homes import ADA, BOB, HOST, FakeHome


class Ship(Entity, authority="owner"):
    heard: list[Any] = local(factory=list)

    @rpc()
    def add(self, caller: Caller, a: int, b: Annotated[int, integer(low=0, high=9)] = 1) -> int:
        self.heard.append((caller, a, b))
        return a + b

    @rpc(caller="anyone", rate=2)
    def aim(self, caller: Caller, at: Ship) -> None:
        self.heard.append(at)

    @rpc()
    def explode(self, caller: Caller, how: str) -> int:
        if how == "refused":
            raise Refused("not now")
        if how == "silent":
            raise Refused("")
        if how == "wrong":
            return "many"  # type: ignore[return-value]
        if how == "trespass":
            raise NotAuthoritative("a mistake in the game")
        raise ZeroDivisionError("a mistake in the game")


ADD, AIM, EXPLODE = 0, 1, 2


class Place:
    """The host's side of a ship that Ada owns."""

    def __init__(self) -> None:
        self.home = FakeHome(HOST)
        self.ship: Ship = self.home.put(Ship(), 5, ADA)
        self.dispatcher = Dispatcher(self.home)

    def call(self, caller: int, method: int, *arguments: Any, answer: bool = True) -> IncomingCall:
        return IncomingCall(self.home.peers[caller], self.ship, method, list(arguments), 40, 38.5, answer)

    def reply(self, caller: int, method: int, *arguments: Any, now: float = 0.0, answer: bool = True) -> Reply:
        """What becomes of a call."""
        admitted = self.dispatcher.admit(self.call(caller, method, *arguments, answer=answer), now)
        return admitted if isinstance(admitted, Reply) else self.dispatcher.run(admitted)


def test_a_good_call_runs_with_its_caller_and_answers() -> None:
    place = Place()
    assert place.reply(ADA, ADD, 3, 4) == Reply(7)
    assert place.ship.heard == [(Caller(place.home.peers[ADA], 40, 38.5), 3, 4)]


def test_nothing_is_answered_to_who_does_not_wait() -> None:
    place = Place()
    assert place.reply(ADA, ADD, 3, 4, answer=False) == Reply()
    assert len(place.ship.heard) == 1


@pytest.mark.parametrize("method", [-1, 3, 2**31])
def test_a_method_that_does_not_exist_is_broken(method: int) -> None:
    reply = Place().reply(ADA, method)
    assert reply.broken and "no RPC number" in reply.error


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "add: takes 2 arguments"),
        ((1, 2, 3), "add: takes 2 arguments"),
        ((1, 10), "add: b is 10, outside 0 … 9"),
        ((True, 1), "add: a is True, not a whole number"),
    ],
)
def test_arguments_that_no_honest_peer_sends_are_broken_and_never_reach_the_game(
    arguments: tuple[Any, ...], reason: str
) -> None:
    place = Place()
    reply = place.reply(ADA, ADD, *arguments)
    assert reply.broken and reply.error.startswith(reason) and place.ship.heard == []


def test_the_wrong_caller_is_told_so_and_is_no_attacker() -> None:
    place = Place()
    assert place.reply(BOB, ADD, 1, 1) == Reply(error="only its owner may call Ship.add")
    assert place.ship.heard == []


def test_what_the_host_has_checked_a_receiver_only_reads() -> None:
    place = Place()
    call = place.call(BOB, ADD, 1, 1)
    assert isinstance(place.dispatcher.admit(call, 0.0), Reply)
    assert isinstance(place.dispatcher.admit(call, 0.0, passed_on=True), Admitted)
    broken = place.dispatcher.admit(place.call(BOB, ADD, "1", 1), 0.0, passed_on=True)
    assert isinstance(broken, Reply) and broken.broken


def test_an_entity_that_left_meanwhile_is_a_reason_and_nobody_s_fault() -> None:
    place = Place()
    reply = place.reply(BOB, AIM, 77)
    assert reply.error == "aim: at names Ship 77, which is not here" and not reply.broken


def test_a_passed_rate_is_a_reason_for_that_caller_and_method_only() -> None:
    place = Place()
    errors = [place.reply(BOB, AIM, 5).error for _ in range(3)]
    assert errors == ["", "", "aim: more than 2 calls a second"]
    assert place.reply(ADA, AIM, 5).error == "" and place.reply(ADA, ADD, 1, 1).error == ""
    assert place.reply(BOB, AIM, 5, now=0.5).error == ""


def test_the_rate_is_counted_over_all_entities_of_a_class() -> None:
    place = Place()
    for id in (6, 7):
        place.home.put(Ship(), id, ADA)
    for id in (5, 6):
        place.ship = place.home.entities[id]  # type: ignore[assignment]
        assert place.reply(BOB, AIM, 5).error == ""
    place.ship = place.home.entities[7]  # type: ignore[assignment]
    assert "more than 2" in place.reply(BOB, AIM, 5).error


def test_broken_calls_count_too() -> None:
    place = Place()
    errors = [place.reply(BOB, AIM, "no id").error for _ in range(3)]
    assert "more than 2" in errors[2]


def test_the_host_s_own_calls_are_not_counted() -> None:
    place = Place()
    assert [place.reply(HOST, AIM, 5).error for _ in range(9)] == [""] * 9


def test_a_peer_that_left_is_forgotten() -> None:
    place = Place()
    for _ in range(3):
        place.reply(BOB, AIM, 5)
        place.reply(ADA, AIM, 5)
    place.dispatcher.forget(PeerId(BOB))
    assert place.reply(BOB, AIM, 5).error == "" and place.reply(ADA, AIM, 5).error != ""


def test_a_refusal_s_reason_travels() -> None:
    assert Place().reply(ADA, EXPLODE, "refused") == Reply(error="not now")
    assert Place().reply(ADA, EXPLODE, "silent").error == "refused", "an error is never empty"


@pytest.mark.parametrize("how", ["boom", "trespass"])
def test_a_mistake_in_the_game_is_logged_with_its_trace_and_the_caller_reads_failed(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert Place().reply(ADA, EXPLODE, how) == Reply(error=FAILED)
    [record] = caplog.records
    assert record.levelno == logging.ERROR and record.getMessage() == "Ship.explode, called by Ada, failed"
    assert record.exc_info is not None and "a mistake in the game" in str(record.exc_info[1])


def test_an_answer_of_the_wrong_type_is_logged_where_it_was_made(caplog: pytest.LogCaptureFixture) -> None:
    assert Place().reply(ADA, EXPLODE, "wrong") == Reply(error=FAILED)
    assert caplog.records[0].getMessage() == "Ship.explode: what it returned is 'many', not a whole number"


def test_leaving_the_program_is_not_held_back() -> None:
    class Quit(Entity):
        @rpc(caller="anyone")
        def leave(self, caller: Caller) -> None:
            raise SystemExit

    home = FakeHome(HOST)
    dispatcher = Dispatcher(home)
    call = IncomingCall(home.peers[ADA], home.put(Quit()), 0, [], 0, 0.0, True)
    admitted = dispatcher.admit(call, 0.0)
    assert isinstance(admitted, Admitted)
    with pytest.raises(SystemExit):
        dispatcher.run(admitted)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(st.integers(), plain)
def test_no_call_from_outside_raises(method: int, arguments: Any) -> None:
    place = Place()
    call = IncomingCall(place.home.peers[BOB], place.ship, method, arguments, 0, 0.0, True)
    admitted = place.dispatcher.admit(call, 0.0)
    assert isinstance(admitted, Reply) and admitted.error


@given(plain | st.lists(plain, max_size=3))
def test_arguments_from_outside_are_admitted_or_a_reason(arguments: Any) -> None:
    place = Place()
    for method in (ADD, AIM, EXPLODE):
        call = IncomingCall(place.home.peers[ADA], place.ship, method, arguments, 0, 0.0, True)
        admitted = place.dispatcher.admit(call, 0.0, passed_on=True)
        assert isinstance(admitted, Admitted) or admitted.error
