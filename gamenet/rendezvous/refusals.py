"""Why something is not granted: a sentence for each word of `messages.REASONS`, and what else players read from us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .messages import REASONS, Refused

WHY: Final[Mapping[str, str]] = {
    "version": "The rendezvous service speaks another version: install the same gamenet as it has, or the newest.",
    "identity": "Somebody else uses this identity at the moment, or it is no good one.",
    "login": "The rendezvous service does not let you in.",
    "code": "There is no game with this code: is it typed right, and is the game still open?",
    "full": "The game is full.",
    "password": "This game asks for a password.",
    "epoch": "Somebody else became host first.",
    "request": "The rendezvous service was asked for something that is out of place here.",
    "busy": "The rendezvous service is full: try again later.",
    "clients": "Too many players of your network are with the rendezvous service, or they connect too often.",
    "rooms": "You have too many games open: close one first.",
    "joins": "Your network joins too many games at once: try again in some seconds.",
    "guesses": "Too many wrong codes: try again in a minute.",
    "requests": "The rendezvous service was asked too much at once: try again in some seconds.",
    "data": "The game's metadata is too long for the rendezvous service.",
    "stopping": "The rendezvous service goes down at this moment: try again in a minute.",
}
assert set(WHY) == set(REASONS)

HOST_ENDED: Final = "The host ended the game."
HOST_GONE: Final = "The host was away from the rendezvous service for too long: the code is not valid any more."
RELEASED: Final = "The host freed your seat."
TAKEN_OVER: Final = "Another connection of yours took over."
TOO_SLOW: Final = "Your connection to the rendezvous service is too slow: too much waited to be sent."
NO_HELLO: Final = "Nothing was said for too long after connecting."
BEFORE_HELLO: Final = "a request before its hello"
STOPPING: Final = "The rendezvous service goes down: games play on, and their codes come back with it."


def refused(reason: str, why: str = "") -> Refused:
    """The refusal with that reason, in its usual words or in `why`."""
    return Refused(reason, why or WHY[reason])
