"""What leaves with a frame's `send`, in this order.

one batch      handshakes; then for each contact its letters, inputs and values
one flush      for connections that got reliable messages only: nothing else would push those out
farewells      behind all that; what was sent before is still delivered
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..channels import CALL, CONTROL
from ..ids import RoomId
from ..ticks import wrap
from .contact import Contact
from .envelope import Envelope
from .link import Letter
from .messages import Message, encode
from .transports import Farewell, Parcel, Transport


class _Load(NamedTuple):
    """The letters of one contact in a batch, from an index on."""

    start: int
    contact: Contact
    letters: list[Letter]


class Outbox:
    """Collects between two sends what is not a contact's own; sends it with what is."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head: list[Parcel] = []
        self._farewells: list[tuple[int, Farewell, str]] = []

    def say(self, connection: int, handshake: Message, contact: Contact | None) -> None:
        """Put a handshake at the head of the next batch. With a contact, its header says what its link has."""
        call = control = 0
        if contact is not None:
            call, control = wrap(contact.link.taken(CALL), 16), wrap(contact.link.taken(CONTROL), 16)
        envelope = Envelope(CONTROL, call_ack=call, control_ack=control, body=encode(handshake))
        self._head.append(Parcel(connection, CONTROL, envelope.pack()))

    def say_last(self, contact: Contact, now: float) -> None:
        """Take all that is to be sent to a contact, which is nobody's any more when the next batch leaves."""
        contact.load(now, 0, self._head)

    def part(self, connection: int, farewell: Farewell, why: str) -> None:
        """Close a connection behind the next batch."""
        self._farewells.append((connection, farewell, why))

    def send(self, now: float, contacts: Iterable[Contact], ticks: Mapping[RoomId, int]) -> list[Parcel]:
        """Send everything.

        Args:
            ticks: the newest tick of each room, for a header without a message of the layer above.

        Returns:
            The batch.
        """
        batch, self._head = self._head, []
        flush = [parcel.connection for parcel in batch]
        loads: list[_Load] = []
        for contact in contacts:
            if not contact.connection:
                contact.loose.clear()
                continue
            start = len(batch)
            letters, only = contact.load(now, ticks.get(contact.room.id, 0), batch)
            if letters:
                loads.append(_Load(start, contact, letters))
            if only:
                flush.append(contact.connection)
        if batch:
            _give_back(loads, set(self._transport.send(now, batch)))
        if flush:
            self._transport.flush(flush)
        self._part()
        return batch

    def _part(self) -> None:
        for connection, farewell, why in self._farewells:
            self._transport.close(connection, farewell, why, linger=True)
        self._farewells.clear()


def _give_back(loads: list[_Load], refused: set[int]) -> None:
    """Letters that the transport had no room for wait in their links."""
    if refused:
        for start, contact, letters in loads:
            contact.link.give_back([letter for index, letter in enumerate(letters, start) if index in refused])
