"""Events that wait for an engine."""

from __future__ import annotations

import logging

import pytest

from gamenet.engines import postbox
from gamenet.engines.postbox import Postbox


class Engine:
    """Takes events while it is open."""

    def __init__(self) -> None:
        self.open, self.taken = True, list[int]()

    def post(self, event: int) -> bool:
        if self.open:
            self.taken.append(event)
        return self.open


def test_what_waits_goes_in_order_before_what_comes_later() -> None:
    engine = Engine()
    box = Postbox(engine.post, "")
    engine.open = False
    box.put(1)
    box.put(2)
    box.deliver()
    assert engine.taken == []
    engine.open = True
    box.put(3)
    box.deliver()
    assert engine.taken == [1, 2, 3]


def test_an_event_whose_handler_raises_is_not_told_again_and_the_rest_comes_later() -> None:
    told: list[int] = []

    def post(event: int) -> bool:
        told.append(event)
        if event == 1:
            raise KeyError(event)
        return True

    box = Postbox(post, "")
    with pytest.raises(KeyError):
        box.put(1)
    box.put(2)
    assert told == [1, 2]


def test_the_oldest_are_lost_with_one_warning_that_says_what_helps(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(postbox, "WAITING", 3)
    engine = Engine()
    engine.open = False
    box = Postbox(engine.post, "Open it.")
    with caplog.at_level(logging.WARNING):
        for event in range(6):
            box.put(event)
    assert len(caplog.records) == 1 and "3 waited. Open it." in caplog.text
    engine.open = True
    box.deliver()
    assert engine.taken == [3, 4, 5]
