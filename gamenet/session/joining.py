"""A joiner's node: it dials the host, says hello, and follows what the host tells; it dials again when the path breaks.

In a mesh it also links with the other members, for values and input only: the newcomer dials those who were there.
Who takes part is the host's word alone, so a broken link between two members is no leaving.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable

from ..errors import InvalidAddress
from ..ids import HOST, NOBODY, PeerId, RoomId
from ..peer import Peer
from . import sentences
from .contact import Contact
from .envelope import Envelope
from .events import Joined, LinkReset, Moved, Paused, PeerJoined, PeerLeft, Recovered, RoomReset, Stalled
from .guests import Guest
from .messages import (
    TOKEN_SIZE,
    Anew,
    Bye,
    Came,
    Greet,
    Hello,
    Kick,
    Member,
    Message,
    Move,
    Pause,
    Refuse,
    Reset,
    RoomCard,
    Welcome,
    Went,
)
from .node import Node, log
from .patience import GAME_PATIENCE, RECONNECT_AFTER, RENEW_RELAYED, RETRY_EVERY, STALLED_EVERY
from .peers import clean_name
from .rooms import RoomRecord
from .settings import Settings
from .states import SESSION, LinkState, State, step
from .transports import Failed, Farewell, Lost, Opened, Transport

_NOWHERE = RoomRecord(RoomId(0), "")


class Joining(Node):
    """A participant that joins."""

    def __init__(
        self, transport: Transport, address: str, room_name: str, settings: Settings, *, mesh: bool = False
    ) -> None:
        """Begin to join the session at an address; `room_name` may be "".

        Args:
            mesh: listen, too, so that members can link with each other.

        Raises:
            InvalidAddress: the address cannot be parsed.
        """
        super().__init__(transport, settings, mesh=mesh)
        self.me = Peer(NOBODY, clean_name(settings.name), me=True)
        self.me._route = "local"
        self.host = self.peers[HOST] = Peer(HOST, "host", host=True)
        self._address, self._room_name = address, room_name
        self._listening = transport.listen(":0") if mesh else ""
        self._token = secrets.token_bytes(TOKEN_SIZE)
        self._stalled = False
        self._stalled_at = 0.0
        self._dialled_at: float | None = None
        self._contact = self._contacts[HOST] = Contact(self.host, _NOWHERE, 0.0)
        self._contact.attempt = transport.connect(address)
        self.state = step(SESSION, self.state, "dialled")

    @property
    def room(self) -> RoomRecord:
        """Mine; one without id and members until I have joined."""
        return self._contact.room

    # Dialling

    def _opened(self, opened: Opened) -> None:
        super()._opened(opened)
        guest = self._guests[opened.connection]
        for contact in self._contacts.values():
            if opened.attempt and contact.attempt == opened.attempt:
                guest.contact, contact.attempt = contact, 0
                self._say_hello(contact, guest)
                return
        if opened.attempt or not self._listening:  # whom we dialled has left meanwhile; or nobody may dial us
            self._turn_away(guest, Farewell.REFUSED, sentences.NO_HELLO)

    def _say_hello(self, contact: Contact, guest: Guest) -> None:
        if contact is not self._contact:
            self._say(guest.connection, Greet(self.me.id, contact.key), contact)
            return
        ours = self._settings
        self._say(
            guest.connection,
            Hello(
                ours.game[:128],
                clean_name(ours.name),
                self._room_name[:32],
                ours.password[:128],
                ours.protocol,
                self._token,
                ours.watch,
                dict(ours.data),
                self._listening,
                self.state is State.JOINED and not contact.void,
            ),
            contact,
        )

    def _failed(self, failed: Failed) -> None:
        for contact in self._contacts.values():
            if contact.attempt == failed.attempt:
                contact.attempt = 0
                contact.dial_at = self._now + RETRY_EVERY
                if contact is self._contact and self.state is State.CONNECTING:
                    self._finish("unreachable", failed.reason)
                return

    def _guest_lost(self, guest: Guest, lost: Lost) -> None:
        contact = guest.contact
        if contact is None:
            return
        contact.attempt = 0
        contact.dial_at = self._now + RETRY_EVERY
        if contact is self._contact and self.state is State.CONNECTING:
            self._finish("unreachable", lost.reason or sentences.HOST_SILENT)
        elif contact is self._contact and lost.farewell is not None and contact.state is not LinkState.OPEN:
            self._finish("host left", lost.reason or sentences.HOST_LOST)

    def _dial(self, contact: Contact) -> None:
        address = self._address if contact is self._contact else contact.address
        contact.dial_at = self._now + RETRY_EVERY
        try:
            contact.attempt = self._transport.connect(address)
        except InvalidAddress as problem:  # only a member's, as the host tells it
            self._broke(contact, f"an address that is none: {problem}")
            contact.dial_at = math.inf

    # Being greeted

    def _greeted(self, guest: Guest, message: Message, envelope: Envelope) -> None:
        if guest.contact is self._contact and isinstance(message, Refuse):
            self._guests.pop(guest.connection, None)
            self._finish("refused" if self.state is State.CONNECTING else "removed", message.why)
        elif guest.contact is self._contact and isinstance(message, Welcome):
            self._welcomed(guest, message, envelope)
        elif isinstance(message, Greet) and guest.contact is not self._contact:
            self._greeted_by_member(guest, message, envelope)
        else:
            self._turn_away(guest, Farewell.BROKEN, sentences.broken("an answer to nothing"))
            if guest.contact is self._contact and self.state is State.CONNECTING:
                self._finish("refused", sentences.NOT_A_HOST)

    def _welcomed(self, guest: Guest, welcome: Welcome, envelope: Envelope) -> None:
        contact = self._contact
        if not welcome.fresh:
            problem = contact.heard(envelope, self._now)
            if problem:
                self._turn_away(guest, Farewell.BROKEN, sentences.broken(problem))
                return
            self._attach(contact, guest)
        elif self.state is State.JOINED:
            self._drop(contact, Farewell.DIALLING_AGAIN, "the link begins anew")
            contact.reset()
            self._attach(contact, guest)
            self._begin_anew(welcome)
        else:
            self._attach(contact, guest)
            self._join(welcome)

    def _join(self, welcome: Welcome) -> None:
        """We are in: from now on we know who we are and where."""
        self.me._id, self.me._name = PeerId(welcome.id), welcome.name
        self.peers[self.me.id] = self.me
        self.host._name = welcome.host
        self.title, self.tick_rate, self.send_rate = welcome.title, welcome.tick_rate, welcome.send_rate
        self._contact.tick = welcome.tick
        self._mesh, self.agreed = welcome.mesh, welcome.agreed
        self.state = step(SESSION, self.state, "welcomed")
        room = self._enter(welcome.room, welcome.members)
        self._events.append(Joined(room))
        self._events += [PeerJoined(peer, room) for peer in room.members]
        self._hear_pause(welcome.paused)

    def _begin_anew(self, welcome: Welcome) -> None:
        """The host kept our place, and lost what was under way: as after a move into the same or another room."""
        old = self.room
        new = self._enter(welcome.room, welcome.members)
        if new.id != old.id:
            self._events.append(Moved(self.me, old, new))
        else:
            self._events += [PeerLeft(peer, new, sentences.LEFT) for peer in old.members if peer not in new.members]
            self._events += [PeerJoined(peer, new) for peer in new.members if peer not in old.members]
        self._events.append(LinkReset(self.host, new))
        self._hear_pause(welcome.paused)

    def _enter(self, card: RoomCard, members: Iterable[Member]) -> RoomRecord:
        """Make that room mine."""
        room = RoomRecord(
            RoomId(card.id), card.name, card.epoch, [self.peers.meet(each.id, each.name) for each in members]
        )
        self.rooms.clear()
        self.rooms[room.id] = room
        self._contact.enter(room)
        self._link_with(members)
        return room

    # What the host tells

    def _control(self, contact: Contact, message: Message) -> str:
        if contact is not self._contact:
            return f"a {type(message).__name__.lower()}, which only the host says"
        if isinstance(message, Came):
            self._came(message)
        elif isinstance(message, Went):
            self._went(message)
        elif isinstance(message, Anew):
            self._link_anew(message)
        elif isinstance(message, Move):
            old = self.room
            self._events.append(Moved(self.me, old, self._enter(message.room, message.members)))
        elif isinstance(message, Reset):
            self._reset(message)
        elif isinstance(message, Pause):
            self._hear_pause(message.paused)
        elif isinstance(message, Kick):
            self._finish_once("removed", sentences.you_were_removed(message.why))
        elif isinstance(message, Bye):
            self._finish_once("host left", sentences.host_left(self.host.name, message.why))
        else:
            return f"a {type(message).__name__.lower()} out of place"
        return ""

    def _came(self, came: Came) -> None:
        room = self.room
        peer = self.peers.meet(came.member.id, came.member.name)
        if came.room == room.id and peer not in room.members:
            room.members.append(peer)
            self._events.append(PeerJoined(peer, room))
            self._expect(came.member)

    def _went(self, went: Went) -> None:
        room, peer = self.room, self.peers.get(PeerId(went.id))
        if went.room == room.id and peer in room.members and peer is not None:
            room.members.remove(peer)
            self._unlink(peer)
            self._events.append(PeerLeft(peer, room, went.why))

    def _reset(self, reset: Reset) -> None:
        old = self.room
        if reset.old != old.id:
            return
        new = RoomRecord(RoomId(reset.room.id), reset.room.name, reset.room.epoch, list(old.members))
        self.rooms.clear()
        self.rooms[new.id] = new
        for contact in self._contacts.values():
            contact.enter(new)
        self._events.append(RoomReset(old, new))

    def _hear_pause(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self._events.append(Paused(paused))

    # Other members, in a mesh

    def _link_with(self, members: Iterable[Member]) -> None:
        """I am new in this room: I dial those who were there; who comes later dials me."""
        for id in [id for id in self._contacts if id != HOST]:
            self._unlink(self._contacts[id].peer)
        for member in members:
            if member.key and member.address:
                self._expect(member)
                if member.id < self.me.id:
                    self._dial(self._contacts[PeerId(member.id)])

    def _expect(self, member: Member) -> None:
        """From now on that member may greet us."""
        if not member.key or not self._listening:
            return
        contact = self._contacts[PeerId(member.id)] = Contact(self.peers[PeerId(member.id)], self.room, self._now)
        contact.key, contact.address = member.key, member.address
        for guest in list(self._guests.values()):
            if guest.early is not None and guest.early.id == member.id:
                self._greeted_by_member(guest, guest.early, None)

    def _link_anew(self, anew: Anew) -> None:
        """That member's world is told anew; whoever of us joined later dials."""
        room, peer = self.room, self.peers.get(PeerId(anew.member.id))
        if anew.room == room.id and peer in room.members and peer is not None and not (peer.is_me or peer.is_host):
            self._unlink(peer)
            self._expect(anew.member)
            self._events.append(LinkReset(peer, room))

    def _unlink(self, peer: Peer) -> None:
        contact = self._contacts.get(peer.id)
        if contact is not None and contact is not self._contact:
            for guest in [guest for guest in self._guests.values() if guest.contact is contact]:
                self._turn_away(guest, Farewell.GOODBYE, "")
            self._forget(contact, Farewell.GOODBYE, "")

    def _greeted_by_member(self, guest: Guest, greet: Greet, envelope: Envelope | None) -> None:
        """A member's first message: it shows the key that the host gave to both of us."""
        contact = self._contacts.get(PeerId(greet.id))
        if contact is None or contact is self._contact:
            guest.early = greet  # the host has not told us of it yet: its 10 s run
            return
        if not secrets.compare_digest(greet.key, contact.key):
            self._turn_away(guest, Farewell.BROKEN, sentences.broken("a wrong key"))
            return
        problem = contact.heard(envelope, self._now) if envelope is not None else ""
        if problem:
            self._turn_away(guest, Farewell.BROKEN, sentences.broken(problem))
            return
        self._attach(contact, guest)
        if guest.contact is None:
            self._say(guest.connection, Greet(self.me.id, contact.key), contact)

    # Ending

    def _left(self, contact: Contact, why: str) -> None:
        if contact is self._contact:
            self._finish_once("host left", sentences.host_left(self.host.name, why))
        else:
            contact.detach(self._now)
            contact.dial_at = self._now + RETRY_EVERY

    def _finish_once(self, cause: str, reason: str) -> None:
        if self.state is State.JOINED:
            self._finish(cause, reason)

    def _broke(self, contact: Contact, what: str) -> None:
        """Only the host removes a peer: we count, report and ignore."""
        self.counters["broken"] += 1
        if self.counters["broken"] == 1:
            log.warning("%r sent %s; it was ignored, as more of it will be", contact.peer, what)

    def _say_bye(self, now: float, reason: str) -> None:
        for contact in list(self._contacts.values()):
            if contact is self._contact:
                self._tell(contact, Bye(reason or sentences.LEFT))
            self._forget(contact, Farewell.GOODBYE, reason or sentences.LEFT)
        for guest in list(self._guests.values()):
            self._turn_away(guest, Farewell.GOODBYE, "")
        self.send(now, ())

    # Groups: a joiner has one

    def _groups(self) -> Iterable[int]:
        return (0,)

    def _group_of(self, contact: Contact) -> int:
        return 0

    # Time

    def _tend_contact(self, contact: Contact, now: float) -> None:
        if contact is self._contact:
            self._tend_host(now)
        elif contact.peer.id < self.me.id:
            self._tend_path_to(contact, now)

    def _tend_host(self, now: float) -> None:
        contact = self._contact
        if self.state is State.CONNECTING:
            if self._dialled_at is None:
                self._dialled_at = now
            elif now - self._dialled_at > self._transport.patience + 1:  # behind the transport, which knows better why
                self._finish("unreachable", sentences.HOST_SILENT)
            return
        if self._away_too_long(contact, now):
            self._finish("patience ended", sentences.HOST_LOST)
            return
        if contact.link.overdue(now) and not contact.void:
            contact.link.reset()
            contact.void = True
        self._tend_silence(now)
        self._tend_path_to(contact, now)

    def _tend_silence(self, now: float) -> None:
        """`Stalled` when the host's session was silent for half a second and each second after; then `Recovered`."""
        silent = now - self._contact.pulse.heard_at
        if silent <= GAME_PATIENCE:
            if self._stalled:
                self._stalled = False
                self._events.append(Recovered())
        elif not self._stalled or now - self._stalled_at >= STALLED_EVERY:
            self._stalled, self._stalled_at = True, now
            self._events.append(Stalled(silent))

    def _tend_path_to(self, contact: Contact, now: float) -> None:
        """Where I am who dials: seek another connection when this one is dead, or a relay will soon forget it."""
        if contact.state is LinkState.OPEN:
            if contact.peer.route == "relayed" and now - contact.attached_at > RENEW_RELAYED:
                self._dial_once(contact, now)
            return
        if contact.connection and now - contact.away_since > RECONNECT_AFTER:
            self._drop(contact, Farewell.DIALLING_AGAIN, "the path was lost")
            contact.link.disconnected(now)
        if self._mesh or not contact.connection:  # between equals, the new one is sought beside the dead one
            self._dial_once(contact, now)

    def _dial_once(self, contact: Contact, now: float) -> None:
        greeting = any(guest.contact is contact for guest in self._guests.values())
        if not contact.attempt and not greeting and now >= contact.dial_at:
            self._dial(contact)
