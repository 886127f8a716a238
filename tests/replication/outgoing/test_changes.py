"""What structural fields are told: each change once, by who decides it."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from gamenet.ids import PeerId
from gamenet.peer import Peer
from gamenet.replication import operations as op
from gamenet.replication.model.structural import Structural
from gamenet.replication.model.world import World
from gamenet.replication.outgoing.changes import Changes
from gamenet.replication.rpc.router import Router
from tests.replication.arena import Arena, Rock, Ship

FIELDS: dict[str, Structural] = {field.name: field for field in Ship.__gamenet__.structural}


class Ground:
    """A world of the host, or of a client (who has number 5), and what is told of it."""

    def __init__(self, *, host: bool = True) -> None:
        me = Peer(0, "host", me=True, host=True) if host else Peer(5, "me", me=True)
        self.ada = Peer(7, "Ada")
        classes = gn.Protocol([Arena, Rock, Ship])
        self.world = World(Arena(), classes, me, me if host else Peer(0, "h", host=True), strict=False)
        self.world.peers[PeerId(7)] = self.ada
        Router(self.world)
        self.changes = Changes(self.world)
        self.world.watch_only(self.changes)
        self.world.install_room()

    def told(self) -> list[op.Operation]:
        self.world.told.clear()
        self.changes.tell()
        told = [one.make() for one in self.world.told]
        self.world.told.clear()
        return told


def test_a_text_is_told_when_it_changed_once_and_with_its_place() -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(name="a"), None)
    ground.world.own(ship, None, 1)
    assert ground.told() == []
    ship.name, ship.rank = "b", "r"
    assert ground.told() == [op.Write(1, FIELDS["name"].number, "b"), op.Write(1, FIELDS["rank"].number, "r")]
    assert ground.told() == []
    ship.name = "b"
    assert ground.told() == []


def test_what_is_assigned_and_taken_back_in_one_frame_is_not_told() -> None:
    ground = Ground()
    rock = ground.world.spawn(Rock(label="a"), None)
    rock.label = "b"
    rock.label = "a"
    assert ground.told() == []


def test_what_came_from_outside_is_not_told_again_and_others_beside_it_are() -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(), None)
    ground.world.own(ship, None, 1)
    ship.name, ship.rank = "outside", "mine"
    ground.changes.told(ship, FIELDS["name"], "outside")
    assert ground.told() == [op.Write(1, FIELDS["rank"].number, "mine")]


def test_what_is_somebody_else_s_is_not_told() -> None:
    ground = Ground(host=False)
    ground.world.room.__dict__["topic"] = "as the host said"
    ground.world.edited(ground.world.room)
    assert ground.told() == []


def test_what_was_mine_to_say_is_told_although_it_is_somebody_else_s_now() -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(), None)
    ship.owner = None
    ground.told()
    ship.name = "given"
    ship.owner = ground.ada
    assert next(one.make() for one in ground.world.told) == op.Write(1, 0, "given")
    assert isinstance(ground.world.told[1].make([]), op.Own)


@pytest.mark.parametrize("text", [5, None, "x" * 17])
def test_what_cannot_be_told_changes_nothing(text: Any) -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(), None)
    ship.owner = None
    ground.told()
    with pytest.raises(gn.BadArgument, match="Ship 1>: name"):
        ship.name = text
    assert ground.told() == []


def test_what_has_no_name_yet_is_told_with_its_spawn() -> None:
    ground = Ground(host=False)
    ship = ground.world.spawn(Ship(name="a"), None)
    ship.name = "b"
    assert ground.told() == []


def test_nothing_is_kept_of_what_went() -> None:
    ground = Ground()
    for _ in range(50):
        ship = ground.world.spawn(Ship(), None)
        ship.owner = None
        ship.name = "x"
        ground.world.despawn(ship)
    assert ground.told() == []
    assert list(ground.changes._records) == [ground.world.room]
