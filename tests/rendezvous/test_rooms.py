"""The rules of rooms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gamenet.rendezvous import rooms
from gamenet.rendezvous.messages import INVITE, LAN, PUBLIC, Create, Listing, Seat
from gamenet.session.transports.cards import Card

ADA, BOB = Card("str:ada", 4, b"", 0), Card("str:bob", 6, b"", 0)
KEY, OTHER = bytes(16), bytes(15) + b"x"
WISH = Create("", KEY, "asteroids/1.2", "Friday", "Ada", 2, PUBLIC, True, {"map": "moon"}, ADA)
ROOM = rooms.opened("K7QX3MVP", WISH)


def with_bob() -> rooms.Room:
    result = rooms.seated(ROOM, OTHER, "Bob", BOB)
    assert isinstance(result, rooms.Seated)
    return result.room


def test_a_room_begins_with_its_host() -> None:
    entered = rooms.entered(ROOM, 1)
    assert (entered.code, entered.seat, entered.host, entered.epoch) == ("K7QX-3MVP", 1, 1, 0)
    assert entered.members == (Seat(1, "Ada", ADA),)


def test_a_seat_s_number_is_not_given_again() -> None:
    result = rooms.seated(rooms.without(with_bob(), 2), OTHER, "Bob", BOB)
    assert isinstance(result, rooms.Seated) and result.seat.id == 3


def test_a_full_room_has_no_seat_but_for_who_has_one() -> None:
    full = with_bob()
    assert rooms.seated(full, b"new", "Cid", BOB) == "full"
    assert rooms.seated(full, OTHER, "Bob", BOB) == rooms.Seated(full, Seat(2, "Bob", BOB), False)


def test_a_key_is_good_for_its_identity_only() -> None:
    assert rooms.seated(with_bob(), OTHER, "Bob", ADA) == "identity"


def test_a_seat_takes_another_name_and_card_and_says_that_it_changed() -> None:
    moved = BOB._replace(port=8)
    result = rooms.seated(with_bob(), OTHER, "Rob", moved)
    assert isinstance(result, rooms.Seated)
    assert result.changed and result.room.members[2].seat == Seat(2, "Rob", moved)


def test_only_the_next_epoch_is_granted() -> None:
    room = with_bob()
    assert rooms.claimed(room, 0, 2) == rooms.claimed(room, 2, 2) == "epoch"
    result = rooms.claimed(room, 1, 2)
    assert isinstance(result, rooms.Room) and (result.epoch, result.host) == (1, 2)


@pytest.mark.parametrize(
    ("visibility", "heard", "public"),
    [(PUBLIC, True, True), (PUBLIC, False, False), (INVITE, True, False), (LAN, True, False)],
)
def test_strangers_find_public_rooms_whose_host_is_there(visibility: str, heard: bool, public: bool) -> None:
    assert replace(ROOM, about=ROOM.about._replace(visibility=visibility), heard=heard).public is public


def test_a_listing_tells_no_secret() -> None:
    assert rooms.listing(ROOM) == Listing("K7QX-3MVP", "asteroids/1.2", "Friday", 1, 2, True, 0.0, {"map": "moon"})


def test_two_seats_never_have_one_address() -> None:
    room = replace(with_bob(), max_peers=9)
    assert rooms.seated(room, b"new", "Cid", BOB) == "identity"
    assert isinstance(rooms.seated(room, b"new", "Cid", BOB._replace(port=8)), rooms.Seated)
