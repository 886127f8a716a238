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


NO_SIGNALS: Final = "The other player did not answer: they may have left, or the service cannot reach them."
NO_CANDIDATES: Final = (
    "This network lets no UDP through to the internet: no server could tell how it looks from outside. Try another "
    "network, or allow UDP in its firewall."
)
NO_DIRECT_WAY: Final = (
    "No direct way was found: the routers or firewalls between you let none through, and the service has no relay "
    "(a TURN server). With one it works; else try another network at one of the two ends."
)
NO_RELAY: Final = (
    "No direct way was found, and the relay (the TURN server) did not take us: it cannot be reached from here, or "
    "refuses the service's password."
)
RELAY_FAILED: Final = (
    "No way was found, not even through the relay (the TURN server): it cannot be reached by one of the two, or does "
    "not pass on what the other sends."
)
WENT_AWAY: Final = "The other player is no longer in the room."


def nobody_answered(address: str) -> str:
    return f"Nobody answered at {address}: is the host running there, and its UDP port open?"


def no_such_machine(name: str) -> str:
    return f'There is no machine called "{name}".'


def cannot_look_up(name: str) -> str:
    return f'"{name}" could not be looked up: is there a network?'


# The way to a game with a code, as far as the service matters; the stages are those of `states.Stage`.


def no_service(code: str, port: int) -> str:
    return (
        f'"{code}" looks like an invite code, and no rendezvous service is named: join "{code}@play.example.org", or '
        f"set GAMENET_RENDEZVOUS. {_or_a_machine(code, port)}"
    )


def no_code(typed: str, port: int = 0) -> str:
    """
    Args:
        port: of hosts, where it could be the name of one.
    """
    what = f'"{typed}" is no invite code: those have eight letters and digits, as K7QX-3MNP, never 0, 1, I, L or O.'
    return f"{what} {_or_a_machine(typed, port)}" if port else what


def _or_a_machine(typed: str, port: int) -> str:
    return f"If it is a machine's name, write its port, too: {typed}:{port}."


def no_such_service(name: str) -> str:
    return f'There is no machine called "{name}", where the rendezvous service should be: is the name right?'


def service_silent(address: str) -> str:
    return (
        f"The rendezvous service at {address} does not answer: it may be down, or this network lets no UDP through to "
        "it. Try again later, or from another network."
    )


def service_lost(address: str) -> str:
    return f"The connection to the rendezvous service at {address} was lost; it is called again."


def service_stopping(address: str) -> str:
    return f"The rendezvous service at {address} goes down; it is called again."


def not_a_service(address: str) -> str:
    return f"What answers at {address} does not speak as a rendezvous service of this gamenet: is the address right?"


def bad_certificate(problem: str) -> str:
    return f"The rendezvous service gave an identity that does not hold here: {problem}"


OTHER_AUTHORITY: Final = (
    "This program has its identity from another rendezvous service already: use one service for all of it, or start "
    "it again."
)
NOT_IN_THE_ROOM: Final = "Only members of the room may connect."
NO_SEAT: Final = "The host freed your seat before you were in: join again."


def room_ended(why: str) -> str:
    return f"The room was closed: {clean}" if (clean := _plain(why)) else "The room was closed: its host has gone."


def member_unknown(seconds: float) -> str:
    return f"The rendezvous service did not tell of this player within {seconds:g} seconds."


def service_refused(reason: str, why: str, code: str) -> str:
    """Of each reason in `rendezvous.messages.REASONS` what it means for a player.

    Args:
        why: the service's own words, for reasons that only it can explain.
        code: the one that was asked for.
    """
    plain = {
        "version": "The rendezvous service speaks another version of gamenet: install the one that it has.",
        "identity": "Somebody else uses this program's identity at the rendezvous service: start it again.",
        "code": f"There is no game with the code {code}: is every letter right? A code is gone when its host is.",
        "full": "The room is full: all its seats are taken. Try again when somebody has left.",
        "password": NO_PASSWORD,
        "busy": "The rendezvous service is full at this moment: try again in some minutes.",
        "clients": "Too many players of this network are at the rendezvous service: try again in some minutes.",
        "rooms": "Too many rooms of this program are open at the rendezvous service: close one first.",
        "joins": "Too many joined from here in a short time: try again in a minute.",
        "guesses": "Too many wrong codes were tried from here: check the code with your host, and wait a minute.",
        "data": "The rendezvous service takes no room with so much data=: say less.",
        "stopping": "The rendezvous service is going down: try again in a minute.",
    }.get(reason)
    return plain or f"The rendezvous service refused: {_plain(why) or reason}"


def _plain(text: str) -> str:
    """A stranger's words as a screen may show them."""
    return "".join(character for character in text if character.isprintable()).strip()[:200]


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
    return f"Your gamenet is {which} than the host's (wire version {theirs} here, {ours} there): install the same one."
