"""The states of a client's conversation with a rendezvous service, as a table: what is not in it cannot happen.

The picture in docs/lobby.md is drawn from it (`session.states.mermaid`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from ..session.states import Stage


class Talk(str, enum.Enum):
    """How far a client and its service are."""

    AWAY = "away"
    """No connection; the next call has its moment."""
    CALLING = "calling"
    """A connection is sought."""
    GREETING = "greeting"
    """I said who I am."""
    WELCOME = "welcome"
    """The service knows me; I am in no room and want none."""
    ASKING = "asking"
    """A room of my own, or a seat in another's, is asked for."""
    SEATED = "seated"
    OVER = "over"

    __str__ = str.__str__


CONVERSATION: Final[Mapping[tuple[Talk, str], Talk]] = {
    (Talk.AWAY, "time to call"): Talk.CALLING,
    (Talk.CALLING, "answered"): Talk.GREETING,
    (Talk.CALLING, "interrupted"): Talk.AWAY,
    (Talk.GREETING, "welcomed"): Talk.WELCOME,
    (Talk.GREETING, "interrupted"): Talk.AWAY,
    (Talk.GREETING, "refused"): Talk.OVER,
    (Talk.WELCOME, "asked"): Talk.ASKING,
    (Talk.WELCOME, "interrupted"): Talk.AWAY,
    (Talk.WELCOME, "refused"): Talk.OVER,
    (Talk.ASKING, "seated"): Talk.SEATED,
    (Talk.ASKING, "interrupted"): Talk.AWAY,
    (Talk.ASKING, "refused"): Talk.OVER,
    (Talk.SEATED, "interrupted"): Talk.AWAY,
} | {(talk, "closed here"): Talk.OVER for talk in Talk if talk is not Talk.OVER}
"""Interrupted: unreachable, lost, silent, put off, or the room ended; it is called again, later each time."""

STAGES: Final[Mapping[Talk, Stage]] = {
    Talk.AWAY: Stage.SERVICE,
    Talk.CALLING: Stage.SERVICE,
    Talk.GREETING: Stage.IDENTITY,
    Talk.WELCOME: Stage.ROOM,
    Talk.ASKING: Stage.ROOM,
    Talk.SEATED: Stage.THERE,
    Talk.OVER: Stage.THERE,
}
"""What a player is told of it; while a name is looked up, "name"."""
