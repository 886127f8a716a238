"""The log: an event a line."""

from __future__ import annotations

import logging

import pytest

from gamenet.rendezvous.journal import STRANGERS, Journal, line


def test_an_event_is_a_line_of_keys_and_values() -> None:
    assert line("room_opened", {"code": "K7QX-****", "seats": 4}) == "event=room_opened code=K7QX-**** seats=4"


@pytest.mark.parametrize("told", ["two\nlines", "a space", "event=forged", "", "ü", "\x1b[2J"])
def test_a_stranger_s_text_stays_in_its_quotes(told: str) -> None:
    written = line("refused", {"what": told})
    assert written == f"event=refused what={told!a}"
    assert written.isprintable()


def test_what_strangers_cause_is_written_so_many_times_and_counted_always(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    with caplog.at_level(logging.INFO, "gamenet.rendezvous"):
        for _ in range(STRANGERS.burst + 7):
            journal.complain(0.0, "refused", "code", address="192.0.2.1")
        journal.complain(1.0, "refused", "code", address="192.0.2.1")
    assert len(caplog.messages) == STRANGERS.burst + 1
    assert caplog.messages[-1] == "event=refused reason=code address=192.0.2.1 left_out=7"
    assert journal.counts["refused:code"] == journal.counts["refused"] == STRANGERS.burst + 8


def test_what_the_service_decides_is_always_written(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    with caplog.at_level(logging.INFO, "gamenet.rendezvous"):
        for _ in range(STRANGERS.burst + 7):
            journal.note("room_ended", why="over")
    assert len(caplog.messages) == STRANGERS.burst + 7
