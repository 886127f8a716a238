"""Which game is joined, and the sentence when it is none."""

from __future__ import annotations

from typing import Any

import pytest

from gamenet.rendezvous.lan.choosing import choose, why_none
from gamenet.rendezvous.lan.looking import Sighting
from gamenet.session import sentences
from gamenet.session.envelope import VERSION
from tests.rendezvous.lan.air import notice


def seen(host: str = "10.0.0.1", ping: float = 0.01, **said: Any) -> Sighting:
    return Sighting(host, notice(**said), ping)


FULL, CODED = {"players": 4}, {"port": 0, "code": "K7QX-3MNP", "service": "play.example.org"}


def test_the_nearest_game_of_the_same_name_and_version_is_chosen() -> None:
    far, near = seen("10.0.0.1", 0.03), seen("10.0.0.2", 0.02)
    nearer = [seen("10.0.0.3", 0.01, **said) for said in (FULL, CODED, {"game": "pong/2"}, {"wire": VERSION + 1})]
    assert choose([far, *nearer, near], "pong/1") == near


def test_of_two_that_are_equally_near_it_is_the_one_that_answered_first() -> None:
    first, second = seen("10.0.0.1"), seen("10.0.0.2")
    assert choose([first, second], "pong/1") == first


def test_a_game_that_asks_for_a_password_can_be_chosen() -> None:
    assert choose([seen(locked=True)], "pong/1") is not None


@pytest.mark.parametrize("said", [FULL, CODED, {"game": "pong/2"}, {"game": "chess/1"}, {"wire": VERSION + 1}])
def test_a_game_that_cannot_be_joined_is_not_chosen(said: dict[str, Any]) -> None:
    assert choose([seen(**said)], "pong/1") is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (FULL, 'On this network there is the game "Pong" of Hilda, but it is full: 4 of 4 players are in it.'),
        (CODED, 'On this network there is the game "Pong" of Hilda, which is joined with its code: K7QX-3MNP.'),
        (
            {"game": "chess/1", "title": "", "name": ""},
            'On this network there is the game. The host plays "chess/1", you play "pong/1".',
        ),
        (
            {"game": "pong/2", "title": "", "name": ""},
            "On this network there is the game. " + sentences.other_game("pong/1", "pong/2"),
        ),
        (
            {"wire": VERSION + 1},
            sentences.other_gamenet(VERSION, VERSION + 1),
        ),
    ],
)
def test_a_player_reads_what_is_there_instead(said: dict[str, Any], told: str) -> None:
    assert why_none([seen(**said)], "pong/1", "") == told


def test_of_several_reasons_the_one_nearest_to_what_is_sought_is_told() -> None:
    there = [seen(game="chess/1"), seen(game="pong/2"), seen(**FULL), seen(**CODED)]
    assert "K7QX-3MNP" in why_none(there, "pong/1", "")
    assert "full" in why_none(there[:3], "pong/1", "")
    assert "version 2" in why_none(there[:2], "pong/1", "")


def test_with_nothing_there_a_player_reads_what_could_be_wrong() -> None:
    told = why_none([], "pong/1", "")
    assert "Nobody" in told and "firewall" in told and "27115" in told
    assert "Network is unreachable" in why_none([], "pong/1", "Network is unreachable")
