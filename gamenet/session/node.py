"""A participant's half of a session: what joiner and host have in common.

A node is pumped twice a frame: `receive(now)` takes what came and hands up events and messages, `send(now, …)` takes
what the frame made and gives it to the transport in one batch. It never reads a clock and never calls the game.

    connection ──► guest ──(first message: a handshake)──► contact ──(inbox)──► control here, the rest handed up
    what the frame made ──► contact's link or loose messages ──(outbox)──► one batch

A connection is a *guest* until its handshake was good (`guests.py`); only then it carries a contact's link. `inbox.py`
opens and sorts what comes on it, `outbox.py` ships what leaves; what happens to contacts in between is here.

`hosting.py` and `joining.py` are the two kinds of node. They inherit, because they are nodes with the same connections
and contacts under their hands and differ in the dozen answers below "What the two kinds differ in".
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..channels import CARRIAGE, Channel
from ..errors import NotAuthoritative
from ..ids import PeerId, RoomId
from ..peer import Peer
from . import sentences
from .contact import Contact, Incoming, Outgoing
from .envelope import VERSION, Envelope, OtherVersion
from .events import Closed, Event
from .guests import Guest, Guests, Handshake, read_first
from .inbox import Broken, Ignored, read
from .messages import Message, Probe, encode
from .outbox import Outbox
from .patience import BEHIND_BYTES, LINK_PATIENCE, PROBE_EVERY, RETIRED_FOR, STATUS_EVERY
from .peers import Roster
from .rooms import RoomRecord, Rooms
from .settings import Settings
from .states import SESSION, LinkState, State, step
from .transports import Failed, Farewell, Lost, Opened, Received, Standing, Transport

__all__ = ["Arrivals", "Incoming", "Node", "Outgoing", "Settings"]

log = logging.getLogger("gamenet.session")


class Arrivals(NamedTuple):
    """All that a frame has to know, in the order in which it happened: a peer's last call comes before its leaving."""

    happened: list[Event | Incoming]

    @property
    def events(self) -> list[Event]:
        return [each for each in self.happened if not isinstance(each, Incoming)]

    @property
    def messages(self) -> list[Incoming]:
        return [each for each in self.happened if isinstance(each, Incoming)]


@dataclass
class Counts:
    """Totals since the session opened; header included, the transport's own bytes not."""

    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Node(ABC):
    """One participant's half of the session: a `Hosting` or a `Joining`."""

    me: Peer
    host: Peer
    tick_rate: int
    send_rate: int
    title: str

    def __init__(self, transport: Transport, settings: Settings, *, mesh: bool) -> None:
        self.state = State.OPENING
        self.problem = ""
        self.address = ""
        """Where it listens; "" when it does not."""
        self.rooms = Rooms()
        self.peers = Roster()
        self.counters: Counter[str] = Counter()
        """What was ignored and why, for the statistics."""
        self.counts = Counts()
        self.paused = False
        self.title, self.tick_rate, self.send_rate = settings.title, settings.tick_rate, settings.send_rate
        self.agreed = settings.agreed
        self._transport, self._settings, self._mesh = transport, settings, mesh
        self._now = 0.0
        self._looked_at = -1.0
        self._contacts: dict[PeerId, Contact] = {}
        self._by_connection: dict[int, Contact] = {}
        self._retiring: dict[int, float] = {}
        """Connections from which another one took over, and until when they are read."""
        self._guests = Guests()
        self._ticks: dict[RoomId, int] = {}
        self._events: list[Event | Incoming] = []
        """What happened since the last `receive`, messages among it."""
        self._outbox = Outbox(transport)
        self._behind: frozenset[PeerId] = frozenset()

    def standing(self) -> Standing:
        """Code, stage and trouble of a transport that needs others to find its way."""
        return self._transport.standing()

    # The frame

    def receive(self, now: float) -> Arrivals:
        """Take everything that came."""
        self._now = now
        if self.state is State.CLOSING:
            wish = self.problem  # to close is no problem, unless the host said why
            self._finish("goodbye said", wish or sentences.CLOSED_HERE)
            self.problem = wish
        elif self.state is not State.CLOSED:
            self._pump(now)
        happened, self._events = self._events, []
        return Arrivals(happened)

    def _pump(self, now: float) -> None:
        happenings = self._transport.poll(now)
        for happening in happenings:
            if isinstance(happening, Opened):
                self._opened(happening)
            elif isinstance(happening, Failed):
                self._failed(happening)
        for group in self._groups():
            for received in self._transport.receive(group):
                self._received(received)
        for happening in happenings:  # after what the connection still delivered: a goodbye may be among it
            if isinstance(happening, Lost):
                self._lost(happening)
        if self.state is not State.CLOSED:
            self._tend(now)

    def acknowledge(self, peer: PeerId, numbers: Iterable[int]) -> None:
        """These values messages of the peer were taken; the next input header says so."""
        contact = self._contacts.get(peer)
        if contact is not None:
            for number in numbers:
                contact.values_taken.add(number)
                contact.owes_acks = True

    def behind(self) -> frozenset[PeerId]:
        """Peers whose connection has too much to send, or that have none: skip their snapshot. One status crossing."""
        self._look()
        return self._behind

    def send(self, now: float, messages: Sequence[Outgoing]) -> None:
        """Send the frame's messages and the session's own: one batch, and a flush where it was all reliable."""
        self._now = now
        if self.state in (State.CLOSING, State.CLOSED):
            return
        self._write_probes(now)
        for message in messages:
            self._sort(message)
        batch = self._outbox.send(now, self._contacts.values(), self._ticks)
        self.counts.messages_out += len(batch)
        self.counts.bytes_out += sum(len(parcel.data) for parcel in batch)

    def _sort(self, message: Outgoing) -> None:
        """To its peer's letters or loose messages; what is for another room than the peer's has no receiver."""
        contact = self._contacts.get(message.peer)
        if contact is None or contact.room.id != message.room:
            self.counters["sent to nobody"] += 1
            return
        if message.tick > self._ticks.get(message.room, 0):
            self._ticks[message.room] = message.tick
        if not CARRIAGE[message.channel].reliable:
            contact.loose.append(message)
        elif not contact.void:
            contact.link.write(message.channel, message.room, contact.room.epoch, message.tick, message.body)

    def close(self, now: float, reason: str = "") -> None:
        """Say goodbye and end. Nothing else need be called; `Closed` comes with the next `receive`."""
        if self.state in (State.CLOSING, State.CLOSED):
            return
        self._say_bye(now, reason)
        self.problem = reason
        self.state = step(SESSION, self.state, "closed here")
        self._transport.shutdown()

    # What only a host may

    def open_room(self, name: str) -> RoomRecord:
        raise NotAuthoritative("only the host opens rooms")

    def move(self, now: float, peer: Peer, room: RoomRecord) -> None:
        raise NotAuthoritative("only the host moves peers between rooms")

    def reset_room(self, room: RoomRecord) -> RoomRecord:
        raise NotAuthoritative("only the host resets a room")

    def kick(self, now: float, peer: Peer, why: str) -> None:
        raise NotAuthoritative("only the host removes a peer")

    def pause(self, paused: bool) -> None:
        raise NotAuthoritative("only the host pauses a session")

    # What the two kinds differ in

    @abstractmethod
    def _groups(self) -> Iterable[int]:
        """The poll groups to receive from."""

    @abstractmethod
    def _group_of(self, contact: Contact) -> int:
        """The poll group of a greeted connection."""

    @abstractmethod
    def _failed(self, failed: Failed) -> None:
        """An attempt to connect came to nothing."""

    @abstractmethod
    def _greeted(self, guest: Guest, message: Message, envelope: Envelope) -> None:
        """A guest's first message, which is a handshake."""

    @abstractmethod
    def _control(self, contact: Contact, message: Message) -> str:
        """A control message in order. Returns what is wrong with it, or ""."""

    @abstractmethod
    def _broke(self, contact: Contact, what: str) -> None:
        """The peer sent something that nobody should send."""

    @abstractmethod
    def _left(self, contact: Contact, why: str) -> None:
        """The peer said goodbye, or patience with it ended (`why` is LOST)."""

    @abstractmethod
    def _tend_contact(self, contact: Contact, now: float) -> None:
        """Once a frame and contact, after everything came."""

    @abstractmethod
    def _say_bye(self, now: float, reason: str) -> None:
        """Tell everybody, and send it."""

    # Connections

    def _opened(self, opened: Opened) -> None:
        self._guests[opened.connection] = Guest(opened.connection, opened.address, self._now)

    def _received(self, received: Received) -> None:
        self.counts.messages_in += 1
        self.counts.bytes_in += len(received.data)
        contact = self._by_connection.get(received.connection)
        if contact is not None:
            self._read(contact, received)
            return
        guest = self._guests.get(received.connection)
        if guest is not None:
            self._read_guest(guest, received)

    def _read_guest(self, guest: Guest, received: Received) -> None:
        first = read_first(guest, received.data)
        if isinstance(first, Handshake):
            self._greeted(guest, first.message, first.envelope)
            self._read_ahead(guest)
        elif isinstance(first, OtherVersion):
            self._turn_away(guest, Farewell.REFUSED, sentences.other_gamenet(first.version, VERSION))
        elif first is not None:
            self._guest_broke(guest, first)
        elif not guest.keep(received):
            self.counters["ahead of a greeting"] += 1

    def _read_ahead(self, guest: Guest) -> None:
        """What overtook the greeting: unreliable messages may."""
        for received in guest.ahead:
            contact = self._by_connection.get(guest.connection)
            if contact is not None:
                self._read(contact, received)

    def _guest_broke(self, guest: Guest, what: str) -> None:
        self.counters["broken"] += 1
        log.warning("closed a connection from %s: it sent %s", guest.address, what)
        self._turn_away(guest, Farewell.BROKEN, sentences.broken(what))

    def _turn_away(self, guest: Guest, farewell: Farewell, why: str) -> None:
        """Close a connection that is no contact's; what was queued for it is still delivered."""
        self._guests.pop(guest.connection, None)
        self._outbox.part(guest.connection, farewell, why)

    def _say(self, connection: int, handshake: Message, contact: Contact | None = None) -> None:
        """Put a handshake at the head of the next batch. With a contact, its header says what its link has."""
        self._outbox.say(connection, handshake, contact)

    def _attach(self, contact: Contact, guest: Guest) -> None:
        """A greeted connection carries the contact's link from now on; one that it had is only read, for a moment."""
        self._guests.pop(guest.connection, None)
        if contact.connection:
            self._retiring[contact.connection] = self._now + RETIRED_FOR
        contact.attach(guest.connection, self._now)
        contact.peer._route = self._transport.route(guest.connection)
        self._by_connection[guest.connection] = contact
        self._transport.assign(guest.connection, self._group_of(contact))

    def _drop(self, contact: Contact, farewell: Farewell, why: str) -> None:
        """Close a contact's connection; what was sent on it is not waited for."""
        self._end_retired(self._retired_of(contact))
        if contact.connection:
            self._by_connection.pop(contact.connection, None)
            self._transport.close(contact.connection, farewell, why)
            contact.connection = 0

    def _retired_of(self, contact: Contact) -> list[int]:
        return [each for each in self._retiring if self._by_connection.get(each) is contact]

    def _end_retired(self, connections: Iterable[int]) -> None:
        for connection in list(connections):
            del self._retiring[connection]
            self._by_connection.pop(connection, None)
            self._transport.close(connection, Farewell.DIALLING_AGAIN, "another connection took over")

    def _forget(self, contact: Contact, farewell: Farewell, why: str) -> None:
        """The tie is over; its last letters are sent with the next batch, then its connection is closed."""
        self._contacts.pop(contact.peer.id, None)
        self._end_retired(self._retired_of(contact))
        if contact.connection:
            self._by_connection.pop(contact.connection, None)
            self._outbox.say_last(contact, self._now)
            self._outbox.part(contact.connection, farewell, why)
            contact.connection = 0
        contact.peer._route, contact.peer._loss = "", 0.0
        contact.step("ended")

    def _lost(self, lost: Lost) -> None:
        guest = self._guests.pop(lost.connection, None)
        if guest is not None:
            self._guest_lost(guest, lost)
        contact = self._by_connection.pop(lost.connection, None)
        retired = self._retiring.pop(lost.connection, None) is not None
        if contact is None or retired:
            return
        contact.peer._route, contact.peer._loss = "", 0.0
        if lost.farewell in (None, Farewell.DIALLING_AGAIN):
            contact.detach(self._now)
        else:
            contact.connection = 0
            self._left(contact, lost.reason)

    @abstractmethod
    def _guest_lost(self, guest: Guest, lost: Lost) -> None:
        """A connection ended before its handshake."""

    # Messages

    def _read(self, contact: Contact, received: Received) -> None:
        for each in read(contact, received.data, received.received_at):
            if isinstance(each, Incoming):
                self._events.append(each)
            elif isinstance(each, Ignored):
                self.counters[each.why] += 1
            else:
                problem = each.what if isinstance(each, Broken) else self._control(contact, each)
                if problem:
                    self._broke(contact, problem)
                if contact.state is LinkState.OVER or self.state is State.CLOSED:
                    return

    def _tell(self, contact: Contact, message: Message) -> None:
        """Write a control letter."""
        if not contact.void:
            room = contact.room
            contact.link.write(Channel.CONTROL, room.id, room.epoch, self._ticks.get(room.id, 0), encode(message))

    # Time

    def _tend(self, now: float) -> None:
        if now - self._looked_at >= STATUS_EVERY:
            self._look()
        for contact in list(self._contacts.values()):
            self._tend_path(contact, now)
            self._tend_contact(contact, now)
            if self.state is State.CLOSED:
                return
        for guest in self._guests.silent(now):
            self._turn_away(guest, Farewell.REFUSED, sentences.NO_HELLO)
        if self._retiring:
            self._end_retired([each for each, until in self._retiring.items() if now >= until])

    def _tend_path(self, contact: Contact, now: float) -> None:
        """Open and away follow the path, while there is a connection."""
        if not contact.connection:
            return
        lost = contact.pulse.path_lost(now)
        if lost and contact.state is LinkState.OPEN:
            contact.step("path lost")
            contact.away_since = now
        elif not lost and contact.state is LinkState.AWAY:
            contact.step("path back")

    def _away_too_long(self, contact: Contact, now: float) -> bool:
        return contact.state is LinkState.AWAY and now - contact.away_since > LINK_PATIENCE

    def _look(self) -> None:
        """One crossing: what every connection has on its way, for the path clocks and `behind`."""
        if self._looked_at == self._now:
            return
        self._looked_at = self._now
        contacts = [contact for contact in self._contacts.values() if contact.connection]
        behind = {id for id, contact in self._contacts.items() if contact.state is not LinkState.OPEN}
        statuses = self._transport.statuses([contact.connection for contact in contacts]) if contacts else []
        for contact, status in zip(contacts, statuses, strict=True):
            contact.pulse.look(self._now, status.unacknowledged)
            contact.peer._loss = status.loss
            if status.pending > BEHIND_BYTES:
                behind.add(contact.peer.id)
        self._behind = frozenset(behind)

    def _write_probes(self, now: float) -> None:
        for contact in self._contacts.values():
            if contact.state is LinkState.OPEN and now >= contact.probe_at:
                contact.probe_at = now + PROBE_EVERY
                self._tell(contact, Probe(*contact.stamps.write(now)))

    def _finish(self, cause: str, reason: str) -> None:
        """The session is over: no event follows `Closed`."""
        self.state = step(SESSION, self.state, cause)
        self.problem = reason
        self._contacts.clear()
        self._by_connection.clear()
        self._retiring.clear()
        self._guests.clear()
        self._transport.shutdown()
        self._events.append(Closed(reason))
