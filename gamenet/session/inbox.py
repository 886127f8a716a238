"""What came on a contact's connection, opened and sorted: for the layer above, for the session, or for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..channels import CALL, RELIABLE
from .contact import Arrival, Contact, Incoming
from .envelope import Envelope, parse
from .messages import Message, Probe, decode


class Ignored(NamedTuple):
    """A message that means nothing any more, and is nobody's fault."""

    why: str
    """A key of the statistics."""


class Broken(NamedTuple):
    """A message that nobody should send."""

    what: str


REPEATED_OR_EARLY = Ignored("repeated or early")
OF_ANOTHER_GENERATION = Ignored("of another generation")


def read(contact: Contact, data: bytes, received_at: float) -> Iterator[Incoming | Message | Ignored | Broken]:
    """Open a message; with the letters that waited for it, it may be several.

    One at a time: what the session does with a control message (a move, say) decides what the next one means.
    Probes are done with here: they only feed the contact's clocks.
    """
    envelope = parse(data)
    if not isinstance(envelope, Envelope):
        yield Broken(envelope if isinstance(envelope, str) else "a message of another wire version")
        return
    problem = contact.heard(envelope, received_at)
    if problem:
        yield Broken(problem)
    elif envelope.channel in RELIABLE:
        yield from _letters(contact, Arrival(envelope, received_at))
    elif _is_current(contact, envelope):
        yield contact.read_loose(envelope, received_at)
    else:
        yield OF_ANOTHER_GENERATION


def _letters(contact: Contact, came: Arrival) -> Iterator[Incoming | Message | Ignored | Broken]:
    envelope = came.envelope
    ready = contact.link.accept(envelope.channel, envelope.sequence, came, len(envelope.body))
    if not ready:
        yield REPEATED_OR_EARLY
    for arrival in ready:
        if arrival.envelope.channel == CALL:
            yield contact.read_call(arrival) if _is_current(contact, arrival.envelope) else OF_ANOTHER_GENERATION
        else:
            yield from _control(contact, arrival)


def _control(contact: Contact, arrival: Arrival) -> Iterator[Message | Broken]:
    message = decode(arrival.envelope.body)
    if isinstance(message, str):
        yield Broken(message)
    elif isinstance(message, Probe):
        contact.read_probe(message.mine, message.yours, message.held, arrival.received_at)
    else:
        yield message


def _is_current(contact: Contact, envelope: Envelope) -> bool:
    """Whether it speaks of the room and generation in which the peer is now."""
    return envelope.room == contact.room.id and envelope.epoch == contact.room.epoch
