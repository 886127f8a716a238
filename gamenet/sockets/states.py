"""The life of a connection as a table: which state follows which, and why.

The picture in docs/sockets/connections.md is drawn from it, and every change that the tests see must stand here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .enums import ConnectionState as State


class Transition(NamedTuple):
    """One way out of a state; each is told to `on_connection_changed`."""

    old: State
    new: State
    cause: str


TRANSITIONS: Final = (
    Transition(State.NONE, State.CONNECTING, "this side connects, or somebody comes in"),
    Transition(State.CONNECTING, State.FINDING_ROUTE, "P2P: both agreed, a way is sought"),
    Transition(State.CONNECTING, State.CONNECTED, "the other side answers, or this one accepts"),
    Transition(State.FINDING_ROUTE, State.CONNECTED, "a way was found"),
    *(
        Transition(old, State.CLOSED_BY_PEER, "the other side closes or refuses")
        for old in (State.CONNECTING, State.FINDING_ROUTE, State.CONNECTED)
    ),
    *(
        Transition(old, State.PROBLEM_DETECTED_LOCALLY, "silence, or something does not fit")
        for old in (State.CONNECTING, State.FINDING_ROUTE, State.CONNECTED)
    ),
    *(
        Transition(old, State.NONE, "this side closes")
        for old in (
            State.CONNECTING,
            State.FINDING_ROUTE,
            State.CONNECTED,
            State.CLOSED_BY_PEER,
            State.PROBLEM_DETECTED_LOCALLY,
        )
    ),
)

CHANGES: Final = frozenset((each.old, each.new) for each in TRANSITIONS)
"""The pairs of `old_state` and `state` that a `ConnectionChange` can have."""
