"""Which of the games found on the local network is joined, and what a player reads when it is none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...session import sentences
from ...session.envelope import VERSION
from ...session.peers import printable
from .looking import Sighting
from .packets import Notice
from .sockets import PORT


def choose(sightings: Sequence[Sighting], game: str) -> Sighting | None:
    """The nearest game of that name and version that is not full and can be joined at its address; None for none."""
    fit = [each for each in sightings if not _obstacle(each.notice, game).sentence]
    return min(fit, key=lambda each: each.ping, default=None)


def why_none(sightings: Sequence[Sighting], game: str, problem: str) -> str:
    """What a player reads who looked for that game and found none to join.

    Args:
        problem: of the looking itself, "" for none.
    """
    if sightings:
        return min(_obstacle(each.notice, game) for each in sightings).sentence
    if problem:
        return f"This machine cannot look around on its network ({problem}): join by address."
    return (
        "Nobody who hosts a game was heard on this network: is the host running, in the same network, and does its "
        f"firewall let UDP {PORT} and the game's own port in? If only the first is shut, join by address."
    )


class _Obstacle(NamedTuple):
    """Why a game is not joined; the one with the least `rank` is nearest to what the player wants."""

    rank: int
    sentence: str
    """"" when nothing stands in the way."""


def _obstacle(notice: Notice, game: str) -> _Obstacle:
    ours = printable(game).strip()
    alike = notice.game.partition("/")[0] == ours.partition("/")[0]
    if alike and notice.wire != VERSION:
        return _Obstacle(3, sentences.other_gamenet(VERSION, notice.wire))
    if notice.game != ours:
        return _Obstacle(4 if alike else 5, f"{_found(notice)}. {sentences.other_game(ours, notice.game)}")
    if notice.players >= notice.max_peers:
        told = f"{notice.players} of {notice.max_peers} players are in it"
        return _Obstacle(2, f"{_found(notice)}, but it is full: {told}.")
    if notice.code:
        return _Obstacle(1, f"{_found(notice)}, which is joined with its code: {notice.code}.")
    return _Obstacle(0, "")


def _found(notice: Notice) -> str:
    titled = f' "{notice.title}"' if notice.title else ""
    whose = f" of {notice.name}" if notice.name else ""
    return f"On this network there is the game{titled}{whose}"
