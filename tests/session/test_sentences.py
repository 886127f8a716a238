"""What a player reads."""

from __future__ import annotations

import pytest

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
