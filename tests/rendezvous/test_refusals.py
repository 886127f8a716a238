"""Sentences for players."""

from __future__ import annotations

from gamenet.rendezvous import refusals
from gamenet.rendezvous.messages import FROM_SERVICE, REASONS, Ended, Refused, Stopping


def test_each_reason_has_a_sentence_that_fits_on_the_wire() -> None:
    for reason in REASONS:
        refusal = refusals.refused(reason)
        assert refusal.why.endswith((".", "?", "first."))
        assert FROM_SERVICE.decode(FROM_SERVICE.encode(refusal)) == refusal


def test_a_better_sentence_takes_the_usual_one_s_place() -> None:
    assert refusals.refused("login", "Not today.") == Refused("login", "Not today.")


def test_what_else_players_read_fits_too() -> None:
    for message in (Ended(refusals.HOST_GONE), Ended(refusals.HOST_ENDED), Stopping(refusals.STOPPING)):
        assert FROM_SERVICE.decode(FROM_SERVICE.encode(message)) == message
