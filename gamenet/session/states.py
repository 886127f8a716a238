"""The states of a session and of a link, as tables: what is not in the table cannot happen.

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

S = TypeVar("S", State, LinkState)


def step(table: Mapping[tuple[S, str], S], state: S, cause: str) -> S:
    """The state after `cause`. A step that the table does not have is a mistake in gamenet, and raises KeyError."""
    return table[state, cause]


def mermaid(table: Mapping[tuple[S, str], S]) -> str:
    """The table as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", *(f"    {a} --> {b}: {cause}" for (a, cause), b in table.items())])
