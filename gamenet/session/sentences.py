"""What a player reads when something did not work: every such sentence of the session in one place.

Reasons for a peer's leaving go behind its name ("Ada lost the connection"); all others are whole sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LEFT: Final = "left the game"
LOST: Final = "lost the connection"
MOVED: Final = "went to another room"

HOST_LOST: Final = "The connection to the host was lost."
HOST_SILENT: Final = "The host does not answer: it may be starting, overloaded, or not a gamenet host."
CLOSED_HERE: Final = "The session was closed."
NOT_A_HOST: Final = "What answered there does not speak as a gamenet host."
WRONG_PASSWORD: Final = "The password is wrong."
NO_PASSWORD: Final = "This game asks for a password."
TOO_MANY_GUESTS: Final = "The host is busy: too many are joining at this moment. Try again in some seconds."
NO_HELLO: Final = "Nothing was said for too long after connecting."
SLOW: Final = "The connection is too slow for this game: too much waited to be sent."


TIMED_OUT: Final = "The connection timed out: nothing was heard for 10 seconds."


def nobody_answered(address: str) -> str:
    return f"Nobody answered at {address}: is the host running there, and its UDP port open?"


def no_such_machine(name: str) -> str:
    return f'There is no machine called "{name}".'


def cannot_look_up(name: str) -> str:
    return f'"{name}" could not be looked up: is there a network?'


def host_left(name: str, why: str = "") -> str:
    who = "The host" if name in ("", "host") else f"The host ({name})"  # without a name of its own it is called that
    return why or f"{who} ended the game."


def stayed(room: str) -> str:
    """Of those whom a moved peer left behind; behind a name."""
    return f"stayed in {room}"


def removed(why: str) -> str:
    """Behind a name."""
    return f"was removed: {why}" if why else "was removed"


def you_were_removed(why: str) -> str:
    return f"The host removed you: {why}" if why else "The host removed you."


def broken(what: str) -> str:
    """Why somebody was removed."""
    return f"it sent {what}"


def room_full(members: int, most: int) -> str:
    return f"The room is full: {members} of {most} players are in it."


def unknown_room(name: str, rooms: Iterable[str]) -> str:
    return f'There is no room "{name}" here; there is: {", ".join(rooms)}.'


def other_game(theirs: str, ours: str) -> str:
    """For a joiner whose game is `theirs`."""
    their_name, _, their_version = theirs.partition("/")
    our_name, _, our_version = ours.partition("/")
    if their_name == our_name:
        return (
            f"The host runs version {our_version or '(none)'} of {our_name or 'the game'}, you run "
            f"version {their_version or '(none)'}: both need the same one."
        )
    return f'The host plays "{ours or "a game without a name"}", you play "{theirs or "a game without a name"}".'


def other_protocol(difference: str) -> str:
    return f"Your game's classes differ from the host's: {difference}"


def other_gamenet(theirs: int, ours: int) -> str:
    """For a joiner whose wire version is `theirs`."""
    which = "older" if theirs < ours else "newer"
    return f"Your gamenet is {which} than the host's (wire version {theirs} there, {ours} here): install the same one."
