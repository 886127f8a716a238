"""Rooms as the service knows them: values, and the rules that make the next value of the last one.

    opened ──► seated, without, described, claimed, listed … ──► ended

A rule gives the new room, or the reason (a word of `messages.REASONS`) why not. Stores apply them, each atomically.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from ..session.transports.cards import Card, address_of
from . import codes
from .messages import PUBLIC, Create, Entered, Listing, Seat, Update

SEAT_PATIENCE: Final = 15.0
"""Seconds for which a member's seat is kept after its connection to the service was lost."""
HOST_PATIENCE: Final = 60.0
"""Seconds for which a room is kept after its host's was. The players play on without us all the same."""
ALIVE_PATIENCE: Final = 30.0
"""A host that said nothing for so long is not listed."""
HELLO_PATIENCE: Final = 10.0
"""A connection that has not said hello by then is closed."""


class Member(NamedTuple):
    """A seat, and the secret of who may come back to it."""

    seat: Seat
    key: bytes


class About(NamedTuple):
    """What others read in lists."""

    title: str
    visibility: str
    locked: bool
    data: Mapping[str, str]


@dataclass(frozen=True)
class Room:
    """A room at one moment. Its members are in order of joining."""

    code: str
    """Without a dash."""
    key: bytes
    """Of who opened it."""
    game: str
    max_peers: int
    about: About
    members: Mapping[int, Member]
    """By seat. A seat's number is never used again in the room."""
    host: int
    epoch: int = 0
    newest: int = 1
    """The last seat that was given."""
    heard: bool = True
    """Its host said something of late."""
    ping: float = 0.0
    """Seconds to the host and back."""

    @property
    def public(self) -> bool:
        """Whether strangers find it."""
        return self.heard and self.about.visibility == PUBLIC


class Seated(NamedTuple):
    """What came of asking for a seat."""

    room: Room
    seat: Seat
    changed: bool
    """The others do not know this seat, or not as it is now."""


def opened(code: str, wish: Create) -> Room:
    """A new room with its host in seat 1."""
    host = Seat(1, wish.name, wish.card)
    return Room(code, wish.key, wish.game, wish.max_peers, about(wish), {1: Member(host, wish.key)}, host.id)


def about(said: Create | Update) -> About:
    return About(said.title, said.visibility, said.locked, said.data)


def seated(room: Room, key: bytes, name: str, card: Card) -> Seated | str:
    """Give a seat; the same key gets the same one, also in a full room, if the same identity shows it.

    Two seats never have one address: nobody could tell them apart.
    """
    known = next((member.seat for member in room.members.values() if member.key == key), None)
    if known is None and len(room.members) >= room.max_peers:
        return "full"
    if any(member.key != key and address_of(member.seat.card) == address_of(card) for member in room.members.values()):
        return "identity"
    if known is None:
        return _put(replace(room, newest=room.newest + 1), Seat(room.newest + 1, name, card), key)
    if known.card.identity != card.identity:
        return "identity"
    if known == Seat(known.id, name, card):
        return Seated(room, known, False)
    return _put(room, Seat(known.id, name, card), key)


def _put(room: Room, seat: Seat, key: bytes) -> Seated:
    return Seated(replace(room, members={**room.members, seat.id: Member(seat, key)}), seat, True)


def without(room: Room, seat: int) -> Room:
    """The room when that seat is free again; never its host's: the room ends, or somebody else is host first."""
    return replace(room, members={id: member for id, member in room.members.items() if id != seat})


def claimed(room: Room, epoch: int, seat: int) -> Room | str:
    """Another host, or the same one again, from that epoch on: only the next one is granted, so only one gets it."""
    if epoch != room.epoch + 1:
        return "epoch"
    return replace(room, epoch=epoch, host=seat, heard=True)


def listing(room: Room) -> Listing:
    told = room.about
    return Listing(
        codes.show(room.code),
        room.game,
        told.title,
        len(room.members),
        room.max_peers,
        told.locked,
        room.ping,
        told.data,
    )


def entered(room: Room, seat: int) -> Entered:
    members = tuple(member.seat for member in room.members.values())
    return Entered(codes.show(room.code), room.about.title, room.epoch, seat, room.host, members)
