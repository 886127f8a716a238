"""Who listens to what."""

from __future__ import annotations

import pytest

from gamenet.errors import BadArgument, UnknownEvent
from gamenet.handlers import EVENTS, Handlers


class Thing: ...


class Special(Thing): ...


def test_functions_are_found_by_event_in_the_order_of_registering() -> None:
    handlers = Handlers()
    first, second = (lambda: None), (lambda: None)
    assert handlers.on("joined")(first) is first
    handlers.on("closed")(print)
    handlers.on("joined")(second)
    handlers.on("joined")(first)
    assert handlers.of("joined") == [first, second, first]
    assert handlers.of("stalled", 1.0) == []


def test_a_listener_of_a_class_hears_of_it_and_its_subclasses() -> None:
    handlers = Handlers()
    handlers.on("spawned", Special)(repr)
    handlers.on("spawned")(str)
    assert handlers.of("spawned", Thing()) == [str]
    assert handlers.of("spawned", Special()) == [repr, str]
    assert handlers.of("despawned", Special()) == []


def test_who_registers_while_an_event_is_told_hears_of_the_next_one() -> None:
    handlers = Handlers()
    handlers.on("joined")(lambda: handlers.on("joined")(print))
    for function in handlers.of("joined"):
        function()
    assert len(handlers.of("joined")) == 2


@pytest.mark.parametrize("wrong", ["", "join", "Joined", "peer_lef"])
def test_an_unknown_event_is_told_with_all_that_exist(wrong: str) -> None:
    with pytest.raises(UnknownEvent) as told:
        Handlers().on(wrong)
    assert all(event in str(told.value) for event in EVENTS)


@pytest.mark.parametrize("event", [event for event in EVENTS if not event.endswith("spawned")])
def test_only_events_about_entities_can_be_for_one_class(event: str) -> None:
    with pytest.raises(BadArgument, match="spawned and despawned"):
        Handlers().on(event, Thing)
