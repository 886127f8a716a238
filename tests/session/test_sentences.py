"""What a player reads."""

from __future__ import annotations

import pytest

from gamenet.rendezvous.messages import REASONS
from gamenet.session import sentences as s

WHOLE = [
    s.HOST_LOST,
    s.HOST_SILENT,
    s.CLOSED_HERE,
    s.NOT_A_HOST,
    s.WRONG_PASSWORD,
    s.NO_PASSWORD,
    s.TOO_MANY_GUESTS,
    s.NO_HELLO,
    s.SLOW,
    s.TIMED_OUT,
    s.nobody_answered("192.0.2.1:27015"),
    s.no_such_machine("host.example"),
    s.cannot_look_up("host.example"),
    s.host_left("Hilda"),
    s.room_full(16, 16),
    s.unknown_room("attic", ["main", "arena"]),
    s.other_game("asteroids/1", "asteroids/2"),
    s.other_game("pong", ""),
    s.other_gamenet(1, 2),
    s.no_service("K7QX-3MNP", 27015),
    s.no_code("K7QX", 27015),
    s.no_such_service("play.example.org"),
    s.service_silent("play.example.org:27020"),
    s.service_lost("play.example.org:27020"),
    s.service_stopping("play.example.org:27020"),
    s.not_a_service("play.example.org:27020"),
    s.bad_certificate("it has expired."),
    s.OTHER_AUTHORITY,
    s.NOT_IN_THE_ROOM,
    s.NO_SEAT,
    s.room_ended(""),
    s.room_ended("The host has gone."),
    s.member_unknown(5.0),
    *(s.service_refused(reason, "The service said so.", "K7QX-3MNP") for reason in REASONS),
]
BEHIND_A_NAME = [s.LEFT, s.LOST, s.MOVED, s.removed("spawn camping"), s.removed("")]


@pytest.mark.parametrize("sentence", WHOLE)
def test_it_is_a_sentence(sentence: str) -> None:
    assert sentence[0].isupper() or sentence[0] == '"'
    assert sentence[-1] in ".?" or sentence.endswith("one")


@pytest.mark.parametrize("reason", BEHIND_A_NAME)
def test_it_goes_behind_a_name(reason: str) -> None:
    assert reason[0].islower() and reason[-1] != "."


def test_versions_of_one_game_are_told_apart_from_other_games() -> None:
    assert s.other_game("a/1", "a/2") == "The host runs version 2 of a, you run version 1: both need the same one."
    assert s.other_game("a", "a/2") == "The host runs version 2 of a, you run version (none): both need the same one."
    assert s.other_game("a/1", "b/1") == 'The host plays "b/1", you play "a/1".'


def test_a_services_own_words_are_shown_as_far_as_a_screen_may_show_them() -> None:
    assert s.service_refused("login", "Not\x1b[2J you. ", "") == "The rendezvous service refused: Not[2J you."
    assert len(s.room_ended("x" * 500)) < 250


def test_what_a_code_is_refused_for_names_the_code() -> None:
    assert "K7QX-3MNP" in s.service_refused("code", "", "K7QX-3MNP")
