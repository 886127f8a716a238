"""Guests: connections before their handshake, and what the first message of one must be.

Reading it is the same for everybody and needs to know nothing of the session. Whether a guest is let in is decided in
`hosting.py` and `joining.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ..channels import CONTROL
from .contact import Contact
from .envelope import Envelope, OtherVersion, parse
from .messages import HANDSHAKES, Greet, Message, decode
from .patience import HELLO_PATIENCE, MOST_AHEAD, MOST_HELLO_BYTES
from .transports import Received


@dataclass(eq=False)
class Guest:
    """A connection before its handshake."""

    connection: int
    address: str
    since: float
    contact: Contact | None = None
    """Whom we dialled; None for a stranger who dialled us."""
    early: Greet | None = None
    """What a member said of whom the host has not told us yet."""
    ahead: list[Received] = field(default_factory=list)
    """What overtook the greeting of whom we dialled; it is read behind it."""

    def keep(self, received: Received) -> bool:
        """Keep what came ahead, unless there is too much of it."""
        room = len(self.ahead) < MOST_AHEAD
        if room:
            self.ahead.append(received)
        return room


class Guests(dict[int, Guest]):
    """All guests, by connection."""

    def silent(self, now: float) -> list[Guest]:
        """Those whose handshake was waited for long enough."""
        return [guest for guest in self.values() if now - guest.since > HELLO_PATIENCE]


class Handshake(NamedTuple):
    """A good first message; its envelope says what the other end's link has."""

    message: Message
    envelope: Envelope


def read_first(guest: Guest, data: bytes) -> Handshake | OtherVersion | str | None:
    """Read a guest's message. Total, as `parse` and `decode` are.

    Returns:
        The handshake; or the other version that wrote it; or what is wrong with it; or None for what came ahead of it.
    """
    envelope = parse(data)
    if not isinstance(envelope, Envelope):
        return envelope
    if envelope.channel != CONTROL and guest.contact is not None:
        return None  # whom we dialled may be ahead: unreliable messages overtake the welcome before them
    if envelope.channel != CONTROL or envelope.sequence:
        return "a message before its hello"
    if len(envelope.body) > MOST_HELLO_BYTES and guest.contact is None:
        return f"a hello of {len(envelope.body)} bytes"
    message = decode(envelope.body)
    if isinstance(message, str):
        return message
    return Handshake(message, envelope) if isinstance(message, HANDSHAKES) else "a message before its hello"
