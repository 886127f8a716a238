"""The host's node: it lets peers in, knows who is where, and tells everybody of it.

Nobody but the host changes a room, and it tells each change in its one order, on each member's link.
What the host's game does itself takes effect at once; `kick` and `move` are also told as events, with the next
`receive`, so that leaving and moving look the same whoever caused them. `open_room`, `reset_room` and `pause` are not:
their caller has the result in hand.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable

from ..channels import Channel
from ..errors import BadArgument
from ..ids import HOST, PeerId
from ..peer import Peer
from . import sentences
from .contact import Contact
from .envelope import Envelope
from .events import Joined, LinkReset, Moved, PeerJoined, PeerLeft
from .guests import Guest
from .messages import (
    KEY_SIZE,
    Anew,
    Bye,
    Came,
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
    encode,
)
from .node import Node, log
from .patience import MOST_GUESTS, MOST_REASON, MOST_REMOVED
from .peers import clean_name, printable
from .rooms import FIRST_ROOM, RoomRecord
from .settings import Settings
from .states import SESSION, step
from .transports import Failed, Farewell, Lost, Opened, Transport


class Hosting(Node):
    """A participant that hosts."""

    def __init__(self, transport: Transport, address: str | None, settings: Settings, *, mesh: bool = False) -> None:
        """Open a session; without an address nobody can join.

        Args:
            mesh: members link with each other directly, too.

        Raises:
            AddressInUse, InvalidAddress: from the transport's `listen`.
        """
        super().__init__(transport, settings, mesh=mesh)
        self.me = self.host = self.peers[HOST] = Peer(HOST, clean_name(settings.name or "host"), me=True, host=True)
        self.me._route = "local"
        self.address = transport.listen(address) if address is not None else ""
        """Where others reach us, with the port that was really taken."""
        self._poll_groups: dict[str, int] = {}
        self._tokens: dict[bytes, Contact] = {}
        self._removed: dict[bytes, str] = {}
        self._keys: dict[tuple[PeerId, PeerId], bytes] = {}
        first = self.open_room(FIRST_ROOM)
        self.state = step(SESSION, self.state, "listening")
        self._events.append(Joined(first))
        if not settings.dedicated:
            first.members.append(self.me)
            self._events.append(PeerJoined(self.me, first))

    # What the host's game may

    def open_room(self, name: str) -> RoomRecord:
        """One room more; its name is what joiners put behind the address."""
        if not name or len(name) > 32 or self.rooms.named(name) is not None:
            raise BadArgument(f"a room's name has 1 to 32 characters and is not used yet; {name!r} is not such a name")
        self._poll_groups[name] = self._transport.open_group()
        return self.rooms.open(name)

    def move(self, now: float, peer: Peer, room: RoomRecord) -> None:
        """Put a peer into another room. To whom it is news, it is told; here, `Moved` comes with the next `receive`."""
        self._now = now
        old = self._room_of(peer)
        if old is room:
            return
        old.members.remove(peer)
        room.members.append(peer)
        contact = self._contacts.get(peer.id)
        if contact is not None:
            contact.enter(room)
        self._forget_keys(peer)
        self._tell_room(old, Went(old.id, peer.id, sentences.MOVED))
        self._tell_came(room, peer)
        if contact is not None:
            self._tell(contact, Move(_card(room), self._cards(room, contact)))
            if contact.connection:
                self._transport.assign(contact.connection, self._group_of(contact))
        self._events.append(Moved(peer, old, room))

    def reset_room(self, room: RoomRecord) -> RoomRecord:
        """Give a room a new generation: all that is under way in the old one is dropped where it arrives."""
        new = self.rooms.renew(room)
        self._ticks[new.id] = self._ticks.pop(room.id, 0)
        for contact in self._members(room):
            self._tell(contact, Reset(room.id, _card(new)))
            contact.enter(new)
        return new

    def kick(self, now: float, peer: Peer, why: str) -> None:
        """Remove a peer, who reads `why`; the others hear that it left."""
        self._now = now
        contact = self._contacts.get(peer.id)
        if contact is not None:
            self._keep_out(contact, sentences.you_were_removed(why))
            self._tell(contact, Kick(why))
            self._remove(contact, sentences.removed(why), Farewell.REMOVED, sentences.you_were_removed(why))

    def pause(self, paused: bool) -> None:
        """Tell everybody, once per change."""
        if paused != self.paused:
            self.paused = paused
            for contact in self._contacts.values():
                self._tell(contact, Pause(paused))

    # Letting peers in

    def _opened(self, opened: Opened) -> None:
        super()._opened(opened)
        if len(self._guests) > max(MOST_GUESTS, self._settings.max_peers):
            self._turn_away(self._guests[opened.connection], Farewell.REFUSED, sentences.TOO_MANY_GUESTS)

    def _greeted(self, guest: Guest, message: Message, envelope: Envelope) -> None:
        if not isinstance(message, Hello):
            self._turn_away(guest, Farewell.BROKEN, sentences.broken("an answer to nothing"))
            return
        known = self._tokens.get(message.token)
        if known is not None:
            self._back_again(known, guest, message, envelope)
            return
        why = self._why_refused(message)
        if why:
            self._refuse(guest, why)
        else:
            self._welcome(guest, message)

    def _why_refused(self, hello: Hello) -> str:
        """The sentence for a joiner who may not come in, or ""."""
        ours = self._settings
        room = self.rooms.named(hello.room)
        if hello.token in self._removed:
            return self._removed[hello.token]
        if hello.joined:
            return sentences.HOST_LOST
        if hello.game != ours.game:
            return sentences.other_game(hello.game, ours.game)
        if not hmac.compare_digest(hello.password.encode(), ours.password.encode()):
            return sentences.WRONG_PASSWORD if hello.password else sentences.NO_PASSWORD
        if room is None:
            return sentences.unknown_room(hello.room, (each.name for each in self.rooms.values()))
        if len(room.members) >= ours.max_peers:
            return sentences.room_full(len(room.members), ours.max_peers)
        difference = ours.judge(hello.protocol)
        return sentences.other_protocol(difference) if difference else ""

    def _refuse(self, guest: Guest, why: str) -> None:
        log.info("refused %s: %s", guest.address, why)
        self._say(guest.connection, Refuse(why))
        self._turn_away(guest, Farewell.REFUSED, why)

    def _welcome(self, guest: Guest, hello: Hello) -> None:
        """A new peer: it reads its own card in the members, all others hear that it came."""
        room = self.rooms.named(hello.room)
        peer = self.peers.enter(hello.name)
        if room is None or peer is None:
            self._refuse(guest, sentences.TOO_MANY_GUESTS)
            return
        contact = self._contacts[peer.id] = Contact(peer, room, self._now)
        contact.token, contact.address = hello.token, _seen_from_here(hello.address, guest.address)
        self._tokens[hello.token] = contact
        room.members.append(peer)
        self._tell_came(room, peer)
        self._attach(contact, guest)
        self._say(guest.connection, self._welcome_words(contact, fresh=True))
        self._events.append(PeerJoined(peer, room))

    def _back_again(self, contact: Contact, guest: Guest, hello: Hello, envelope: Envelope) -> None:
        """A peer that we know, on another connection: its link goes on, or begins anew if either end lost too much."""
        fresh = contact.void or not hello.joined
        if fresh:
            self._drop(contact, Farewell.DIALLING_AGAIN, "the link begins anew")
            contact.reset()
            self._tell_anew(contact)
            self._events.append(LinkReset(contact.peer, contact.room))
        problem = "" if fresh else contact.heard(envelope, self._now)
        if problem:
            self._turn_away(guest, Farewell.BROKEN, sentences.broken(problem))
            return
        self._attach(contact, guest)
        self._say(guest.connection, self._welcome_words(contact, fresh=fresh), contact)

    def _welcome_words(self, contact: Contact, *, fresh: bool) -> Welcome:
        room = contact.room
        return Welcome(
            fresh,
            contact.peer.id,
            contact.peer.name,
            self.me.name,
            self.title[:128],
            self.tick_rate,
            self.send_rate,
            self._ticks.get(room.id, 0),
            self.paused,
            self._mesh,
            _card(room),
            self._cards(room, contact),
            self._settings.agreed,
        )

    # Telling

    def _members(self, room: RoomRecord) -> list[Contact]:
        return [contact for contact in self._contacts.values() if contact.room is room]

    def _tell_room(self, room: RoomRecord, message: Message, *, but: Peer | None = None) -> None:
        """The same to every member: encoded once."""
        body = encode(message)
        tick = self._ticks.get(room.id, 0)
        for contact in self._members(room):
            if contact.peer is not but and not contact.void:
                contact.link.write(Channel.CONTROL, room.id, room.epoch, tick, body)

    def _tell_came(self, room: RoomRecord, peer: Peer) -> None:
        """To all members but the newcomer; in a mesh each reads a key of its own."""
        if not self._mesh:
            self._tell_room(room, Came(room.id, Member(peer.id, peer.name)), but=peer)
            return
        for contact in self._members(room):
            if contact.peer is not peer:
                self._tell(contact, Came(room.id, self._member(peer, contact)))

    def _tell_anew(self, begun: Contact) -> None:
        """Mesh: who begins anew with me does so with everybody."""
        if self._mesh:
            self._forget_keys(begun.peer)
            for contact in self._members(begun.room):
                if contact is not begun:
                    self._tell(contact, Anew(begun.room.id, self._member(begun.peer, contact)))

    def _cards(self, room: RoomRecord, reader: Contact) -> tuple[Member, ...]:
        return tuple(self._member(peer, reader) for peer in room.members)

    def _member(self, peer: Peer, reader: Contact) -> Member:
        """A peer as `reader` is told of it; in a mesh with what the two need to link with each other."""
        contact = self._contacts.get(peer.id)
        if not self._mesh or contact is None or contact is reader:
            return Member(peer.id, peer.name)
        pair = (min(peer.id, reader.peer.id), max(peer.id, reader.peer.id))
        key = self._keys.setdefault(pair, secrets.token_bytes(KEY_SIZE))
        return Member(peer.id, peer.name, contact.address, key)

    # Leaving

    def _left(self, contact: Contact, why: str) -> None:
        self._remove(contact, why or sentences.LEFT, Farewell.GOODBYE, "")

    def _broke(self, contact: Contact, what: str) -> None:
        self.counters["broken"] += 1
        log.warning("removed %r: it sent %s", contact.peer, what)
        self._keep_out(contact, sentences.you_were_removed(sentences.broken(what)))
        self._remove(contact, sentences.removed(sentences.broken(what)), Farewell.BROKEN, sentences.broken(what))

    def _remove(self, contact: Contact, why: str, farewell: Farewell, told: str) -> None:
        """Out of its room and out of the session; the others hear why."""
        peer, room = contact.peer, contact.room
        self._forget(contact, farewell, told)
        self._tokens.pop(contact.token, None)
        self.peers.pop(peer.id, None)
        self._forget_keys(peer)
        room.members.remove(peer)
        self._tell_room(room, Went(room.id, peer.id, why))
        self._events.append(PeerLeft(peer, room, why))

    def _forget_keys(self, peer: Peer) -> None:
        """When two meet again they link anew: the old key shall not let the new link's connection into the old one."""
        self._keys = {pair: key for pair, key in self._keys.items() if peer.id not in pair}

    def _keep_out(self, contact: Contact, why: str) -> None:
        """The same participant, which dials again by itself, reads why it may not; a person who starts anew may."""
        self._removed[contact.token] = why
        while len(self._removed) > MOST_REMOVED:
            del self._removed[next(iter(self._removed))]

    def _control(self, contact: Contact, message: Message) -> str:
        if not isinstance(message, Bye):
            return f"a {type(message).__name__.lower()}, which only a host says"
        self._left(contact, printable(message.why)[:MOST_REASON])
        return ""

    def _tend_contact(self, contact: Contact, now: float) -> None:
        if self._away_too_long(contact, now):
            self._remove(contact, sentences.LOST, Farewell.REMOVED, sentences.LOST)
        elif contact.link.overdue(now) and not contact.void:
            if contact.connection:
                self._keep_out(contact, sentences.SLOW)
                self._remove(contact, sentences.LOST, Farewell.REMOVED, sentences.SLOW)
            else:
                contact.link.reset()
                contact.void = True

    def _say_bye(self, now: float, reason: str) -> None:
        why = sentences.host_left(self.me.name, reason)
        for contact in list(self._contacts.values()):
            self._tell(contact, Bye(why))
            self._forget(contact, Farewell.GOODBYE, why)
        for guest in list(self._guests.values()):
            self._turn_away(guest, Farewell.REFUSED, why)
        self.send(now, ())

    # The rest

    def _room_of(self, peer: Peer) -> RoomRecord:
        for room in self.rooms.values():
            if peer in room.members:
                return room
        raise BadArgument(f"{peer!r} is in no room of this session")

    def _groups(self) -> Iterable[int]:
        return (0, *self._poll_groups.values())

    def _group_of(self, contact: Contact) -> int:
        return self._poll_groups[contact.room.name]

    def _failed(self, failed: Failed) -> None:
        """A host connects to nobody."""

    def _guest_lost(self, guest: Guest, lost: Lost) -> None:
        """A stranger went away."""


def _card(room: RoomRecord) -> RoomCard:
    return RoomCard(room.id, room.name, room.epoch)


def _seen_from_here(told: str, seen: str) -> str:
    """Mesh: where a joiner listens. It knows its port, we know its machine; an identity was proven to us."""
    if seen.startswith("str:"):
        return seen
    host, _, port = told.rpartition(":")
    if host not in ("[::]", "0.0.0.0", ""):
        return told
    machine = seen.rpartition(":")[0] if seen.count(":") == 1 or "]:" in seen else seen
    return f"{machine}:{port}" if port else ""
