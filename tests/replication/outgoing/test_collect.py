"""Rows and texts as they leave: one packing for each class, changes told once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

import gamenet as gn
from gamenet.ids import PeerId
from gamenet.peer import Peer
from gamenet.replication import operations as op
from gamenet.replication.codec import Clamped, OutgoingRows
from gamenet.replication.model.world import World
from gamenet.replication.outgoing.collect import Collector
from gamenet.replication.rpc.router import Router
from tests.replication.arena import Arena, Rock, Ship
from tests.replication.outgoing.test_sender import Encoder as Silent


class Encoder(Silent):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[OutgoingRows] = []
        self.cuts: list[int] = []
        self.clamps: list[Clamped] = []

    def collect(self, tick: int, parts: Sequence[OutgoingRows], cuts: Sequence[int] = ()) -> list[Clamped]:
        self.parts, self.cuts = list(parts), list(cuts)
        return self.clamps


class Ground:
    """A world of the host, or of a client (who has number 5), with a collector and nothing else."""

    def __init__(self, *, host: bool = True, relays: bool = True) -> None:
        me = Peer(0, "host", me=True, host=True) if host else Peer(5, "me", me=True)
        self.ada = Peer(7, "Ada")
        self.world = World(
            Arena(), gn.Protocol([Arena, Rock, Ship]), me, me if host else Peer(0, "h", host=True), strict=False
        )
        self.world.peers[PeerId(7)] = self.ada
        Router(self.world)
        self.encoder = Encoder()
        self.collector = Collector(self.world, self.encoder, relays=relays)
        self.world.watch_only(self.collector)
        self.world.install_room()

    def rows(self) -> dict[int, tuple[list[int], list[int], list[int]]]:
        """Ids, computers and terms by table."""
        self.collector.collect(3)
        parts = self.encoder.parts
        return {p.rows.table: (p.rows.ids.tolist(), p.computed_by.tolist(), p.terms.tolist()) for p in parts}

    def texts(self) -> list[op.Operation]:
        self.world.told.clear()
        self.collector.tell_texts()
        told = [one.make() for one in self.world.told]
        self.world.told.clear()
        return told


ROOM, ROCK, SHIP, SHIP_HOST = range(4)


def test_the_host_of_a_star_packs_everybody_s_rows_and_says_whose_they_are() -> None:
    ground = Ground()
    ground.world.spawn(Rock(), None)
    ship = ground.world.spawn(Ship(), ground.ada)
    ground.world.spawn(Ship(), None)
    assert ground.rows() == {
        ROOM: ([0], [0], [0]),
        ROCK: ([1], [0], [0]),
        SHIP: ([2, 3], [7, 0], [0, 0]),
        SHIP_HOST: ([2, 3], [0, 0], [0, 0]),
    }
    ship.owner = None
    assert ground.rows()[SHIP] == ([2, 3], [0, 0], [1, 0])
    ground.world.despawn(ship)
    assert ground.rows()[SHIP] == ([3], [0], [0])


def test_in_a_mesh_each_packs_what_it_computes() -> None:
    ground = Ground(relays=False)
    ship = ground.world.spawn(Ship(), ground.ada)
    assert SHIP not in ground.rows()
    assert ground.rows()[SHIP_HOST] == ([1], [0], [0])
    ship.owner = None
    assert ground.rows()[SHIP] == ([1], [0], [1])


def test_a_teleport_is_said_with_the_next_rows_and_not_again() -> None:
    ground = Ground()
    rock = ground.world.spawn(Rock(), None)
    rock.teleport(x=5)
    ground.collector.collect(3)
    assert ground.encoder.cuts == [1]
    ground.collector.collect(6)
    assert ground.encoder.cuts == []


@pytest.mark.parametrize("value", [None, "text", [1]])
def test_what_cannot_be_packed_names_entity_field_and_value(value: Any) -> None:
    ground = Ground()
    ground.world.spawn(Rock(), None)
    rock = ground.world.spawn(Rock(), None)
    rock.x = value
    with pytest.raises(gn.BadArgument, match=f"Rock 2.*x.*{value!r}".replace("[", r"\[")):
        ground.collector.collect(3)


def test_what_the_codec_clamped_reads_so_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    ground = Ground()
    rock = ground.world.spawn(Rock(), None)
    names = [field.name for field in Rock.__gamenet__.parts[0].table.fields]
    for value in (77, 88):
        rock.small = value
        ground.encoder.clamps = [Clamped(ROCK, 1, names.index("small"), 5)]
        ground.collector.collect(3)
        assert rock.small == 5
        assert type(rock.small) is int
    said = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert said == ["Rock 1.small = 77 is outside its range and was clamped to 5 (said once for each field)"]


def test_a_text_is_told_when_it_changed_once_and_with_its_place_among_the_texts() -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(name="a"), None)
    ground.world.own(ship, None, 1)
    assert ground.texts() == []
    ship.name, ship.rank = "b", "r"
    names = [field.name for field in Ship.__gamenet__.structural]
    wanted = sorted([op.Write(1, names.index("name"), "b"), op.Write(1, names.index("rank"), "r")])
    assert sorted(ground.texts()) == wanted
    assert ground.texts() == []


def test_a_text_that_came_from_outside_is_not_told_again_and_others_beside_it_are() -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(), None)
    ground.world.own(ship, None, 1)
    names = [field.name for field in Ship.__gamenet__.structural]
    ship.name, ship.rank = "outside", "mine"
    ground.collector.told(ship, names.index("name"), "outside")
    assert ground.texts() == [op.Write(1, names.index("rank"), "mine")]


def test_a_text_that_is_somebody_else_s_is_not_told() -> None:
    ground = Ground(host=False, relays=False)
    ground.world.room.__dict__["topic"] = "as the host said"
    assert ground.texts() == []


def test_what_was_mine_to_say_is_told_although_it_is_somebody_else_s_now() -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(), None)
    ship.owner = None
    ground.texts()
    ship.name = "given"
    ship.owner = ground.ada
    assert next(one.make() for one in ground.world.told) == op.Write(1, 0, "given")
    assert isinstance(ground.world.told[1].make([]), op.Own)


@pytest.mark.parametrize("text", [5, None, "x" * 17])
def test_a_text_that_cannot_be_told_is_named_and_nothing_is_told_twice(text: Any) -> None:
    ground = Ground()
    ship = ground.world.spawn(Ship(), None)
    ship.owner = None
    ground.texts()
    ship.name, ship.rank = text, "good"
    for _ in range(3):
        with pytest.raises(gn.BadArgument, match="Ship 1: name"):
            ground.collector.tell_texts()
    assert ground.world.told == []
    ship.name = ""
    assert [type(each) for each in ground.texts()] == [op.Write]


def test_nothing_is_kept_of_what_went() -> None:
    ground = Ground()
    for _ in range(50):
        ground.world.despawn(ground.world.spawn(Ship(), None))
    assert all(not table.entities for number, table in ground.collector._tables.items() if number != ROOM)
    assert all(not texts._last for kind, texts in ground.collector._texts.items() if kind is not Arena.__gamenet__)
    assert ground.rows().keys() == {ROOM}
