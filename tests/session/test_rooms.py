"""Rooms and their generations."""

from __future__ import annotations

from gamenet.peer import Peer
from gamenet.session.rooms import Rooms


def test_a_generation_is_never_used_twice() -> None:
    rooms = Rooms()
    main, arena = rooms.open("main"), rooms.open("arena")
    renewed = rooms.renew(main)
    assert len({main.id, arena.id, renewed.id, rooms.open("third").id}) == 4
    assert main.id not in rooms


def test_a_renewed_room_keeps_its_place_name_and_members() -> None:
    rooms = Rooms()
    main = rooms.open("main")
    rooms.open("arena")
    main.members.append(Peer(1, "Ada"))
    renewed = rooms.renew(main)
    assert [room.name for room in rooms.values()] == ["main", "arena"]
    assert renewed.members == main.members and renewed.members is not main.members


def test_without_a_name_it_is_the_first_room() -> None:
    rooms = Rooms()
    main, arena = rooms.open("main"), rooms.open("arena")
    assert rooms.named("") is main and rooms.named("arena") is arena and rooms.named("attic") is None
