"""Rows as they leave: one packing for each class."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

import gamenet as gn
from gamenet.ids import PeerId
from gamenet.peer import Peer
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


def test_nothing_is_kept_of_what_went() -> None:
    ground = Ground()
    for _ in range(50):
        ground.world.despawn(ground.world.spawn(Ship(), None))
    assert all(not table.entities for number, table in ground.collector._tables.items() if number != ROOM)
    assert ground.rows().keys() == {ROOM}
