"""The states of a session, of a link and of the way to a game with a code, as tables: what is not there cannot happen.

The pictures in the docs are drawn from these (`mermaid`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, TypeVar


class State(str, enum.Enum):
    """Of a session; the values are the words of the public API."""

    OPENING = "opening"
    CONNECTING = "connecting"
    JOINED = "joined"
    CLOSING = "closing"
    CLOSED = "closed"

    __str__ = str.__str__


class LinkState(str, enum.Enum):
    """Of the lasting tie to one peer."""

    GREETING = "greeting"
    """A connection is sought, or found and not yet greeted."""
    OPEN = "open"
    """Greeted, and the path carries."""
    AWAY = "away"
    """The path is lost; the link waits `LINK_PATIENCE` for it."""
    OVER = "over"

    __str__ = str.__str__


class Stage(str, enum.Enum):
    """How far one is on the way from a code to a game; the values are the words of `net.stage`."""

    NAME = "name"
    """The service's name is looked up."""
    SERVICE = "service"
    """The service is called."""
    IDENTITY = "identity"
    """It answered; it certifies who I am."""
    ROOM = "room"
    """A room of my own is asked for, or a seat in another's."""
    SIGNALS = "signals"
    """I am in; whether the host answers through the service."""
    CANDIDATES = "candidates"
    """It does; both tell their addresses."""
    DIRECT = "direct"
    """The addresses are tried."""
    RELAYED = "relayed"
    """Those of a relay, too: no other got through."""
    VERSION = "version"
    """Connected; whether the games fit, and the password."""
    THERE = ""
    """Nothing is left to find."""

    __str__ = str.__str__


SESSION: Final[Mapping[tuple[State, str], State]] = {
    (State.OPENING, "listening"): State.JOINED,
    (State.OPENING, "dialled"): State.CONNECTING,
    (State.OPENING, "closed here"): State.CLOSING,
    (State.CONNECTING, "welcomed"): State.JOINED,
    (State.CONNECTING, "refused"): State.CLOSED,
    (State.CONNECTING, "unreachable"): State.CLOSED,
    (State.CONNECTING, "closed here"): State.CLOSING,
    (State.JOINED, "closed here"): State.CLOSING,
    (State.JOINED, "removed"): State.CLOSED,
    (State.JOINED, "host left"): State.CLOSED,
    (State.JOINED, "patience ended"): State.CLOSED,
    (State.CLOSING, "goodbye said"): State.CLOSED,
}

LINK: Final[Mapping[tuple[LinkState, str], LinkState]] = {
    (LinkState.GREETING, "greeted"): LinkState.OPEN,
    (LinkState.GREETING, "ended"): LinkState.OVER,
    (LinkState.OPEN, "path lost"): LinkState.AWAY,
    (LinkState.OPEN, "greeted"): LinkState.OPEN,
    (LinkState.OPEN, "ended"): LinkState.OVER,
    (LinkState.AWAY, "path lost"): LinkState.AWAY,
    (LinkState.AWAY, "path back"): LinkState.OPEN,
    (LinkState.AWAY, "greeted"): LinkState.OPEN,
    (LinkState.AWAY, "ended"): LinkState.OVER,
}

WAY: Final[Mapping[tuple[Stage, str], Stage]] = {
    (Stage.NAME, "looked up"): Stage.SERVICE,
    (Stage.SERVICE, "answered"): Stage.IDENTITY,
    (Stage.IDENTITY, "certified"): Stage.ROOM,
    (Stage.IDENTITY, "service lost"): Stage.SERVICE,
    (Stage.ROOM, "seated, I host"): Stage.THERE,
    (Stage.ROOM, "seated"): Stage.SIGNALS,
    (Stage.ROOM, "service lost"): Stage.SERVICE,
    (Stage.SIGNALS, "host answers"): Stage.CANDIDATES,
    (Stage.CANDIDATES, "addresses told"): Stage.DIRECT,
    (Stage.DIRECT, "none gets through"): Stage.RELAYED,
    (Stage.SIGNALS, "connected"): Stage.VERSION,
    (Stage.CANDIDATES, "connected"): Stage.VERSION,
    (Stage.DIRECT, "connected"): Stage.VERSION,
    (Stage.RELAYED, "connected"): Stage.VERSION,
    (Stage.VERSION, "games fit"): Stage.THERE,
    (Stage.THERE, "service lost, I host"): Stage.SERVICE,
}
"""A failure at any stage ends a joiner's way there; a host's service is called again, and its game goes on."""

S = TypeVar("S", bound=enum.Enum)


def step(table: Mapping[tuple[S, str], S], state: S, cause: str) -> S:
    """The state after `cause`. A step that the table does not have is a mistake in gamenet, and raises KeyError."""
    return table[state, cause]


def mermaid(table: Mapping[tuple[S, str], S]) -> str:
    """The table as a Mermaid state diagram."""
    steps = (f"    {a or '[*]'} --> {b or '[*]'}: {cause}" for (a, cause), b in table.items())
    return "\n".join(["stateDiagram-v2", *steps])
