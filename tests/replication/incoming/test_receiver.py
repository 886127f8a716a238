"""Rows of others: taken from who computes them, in any order with structure, into the attributes."""

from __future__ import annotations

from array import array
from typing import Any

import pytest

import gamenet as gn
from gamenet.ids import NOBODY, EntityId, PeerId
from gamenet.peer import Peer
from gamenet.replication.codec import OutgoingRows, Rows, ValuesMessage, Verdict
from gamenet.replication.codec.native import NativeDecoder, NativeEncoder
from gamenet.replication.incoming.receiver import Receiver
from gamenet.replication.model.faces import Faces
from gamenet.replication.model.values import rows_of
from gamenet.replication.model.world import World
from gamenet.replication.rpc.router import Router
from tests.replication.arena import Arena, Rock, Ship, lab, replica, world

ME, ADA = PeerId(5), PeerId(7)
CLASSES = gn.Protocol([Arena, Rock, Ship])
ROOM, ROCK, SHIP, SHIP_HOST = range(4)


class Ground:
    """A client's world with a receiver, and an encoder that plays everybody else."""

    def __init__(self, *, host: bool = False, mesh: bool = False) -> None:
        me = Peer(0, "host", me=True, host=True) if host else Peer(ME, "me", me=True)
        self.ada = Peer(ADA, "Ada")
        self.world = World(Arena(), CLASSES, me, me if host else Peer(0, "h", host=True), strict=True)
        self.world.peers[ADA] = self.ada
        Router(self.world)
        self.receiver = Receiver(self.world, NativeDecoder(CLASSES.tables), mesh=mesh)
        self.world.watch_only(self.receiver)
        self.world.install_room()
        self.encoder = NativeEncoder(CLASSES.tables)
        self.encoder.add_peer(ME)
        self.shown: set[int] = set()

    def install(self, entity: Any, id: int, owner: Peer | None = None, term: int = 0, tick: int = 1) -> Any:
        self.world.install(entity, EntityId(id), owner, term)
        self.receiver.spawned(entity, tick, rows_of(entity))
        return entity

    def message(self, tick: int, table: int, id: int, x: float, term: int = 0, sender: int = 0) -> ValuesMessage:
        """A row of that table from somebody, all zero but for its first column."""
        columns = CLASSES.tables[table]
        floats = array("d", [x, *[0.0] * (len(columns.floats) - 1)])
        rows = Rows(table, array("I", [id]), floats, array("q", [0] * len(columns.ints)))
        if id not in self.shown:
            self.encoder.show([ME], [id])
            self.shown.add(id)
        self.encoder.collect(tick, [OutgoingRows(rows, array("H", [sender]), array("B", [term]))])
        (message,) = self.encoder.send(tick, [(ME, 4000)], [], 1000)
        return message._replace(peer=sender)

    def take(self, *messages: ValuesMessage) -> list[Verdict]:
        self.receiver.learn()
        verdicts = [received.verdict for received in self.receiver.receive(messages)]
        self.receiver.apply()
        return verdicts


def test_a_newer_row_is_read_in_the_attribute_and_an_older_one_is_not() -> None:
    ground = Ground()
    rock = ground.install(Rock(x=1), 3)
    older, newer = ground.message(5, ROCK, 3, 50.0), ground.message(8, ROCK, 3, 80.0)
    assert ground.take(newer) == [Verdict.TAKEN]
    assert rock.x == 80.0
    assert ground.take(older) == [Verdict.TAKEN]
    assert rock.x == 80.0


def test_a_row_that_comes_before_its_spawn_is_kept_for_it() -> None:
    ground = Ground()
    assert ground.take(ground.message(5, ROCK, 3, 50.0)) == [Verdict.TAKEN]
    rock = ground.install(Rock(x=1), 3, tick=4)
    ground.take()
    assert rock.x == 50.0


def test_rows_of_what_went_touch_nothing() -> None:
    ground = Ground()
    rock = ground.install(Rock(x=1), 3)
    message = ground.message(5, ROCK, 3, 50.0)
    ground.take()
    ground.world.remove(rock)
    assert ground.take(message) == [Verdict.TAKEN]
    assert rock.x == 1


def test_what_i_compute_is_never_overwritten_by_what_others_say() -> None:
    ground = Ground()
    ship = ground.install(Ship(x=1), 3, owner=ground.world.me)
    ground.receiver.learn()
    (received,) = ground.receiver.receive([ground.message(5, SHIP, 3, 50.0)])
    ground.receiver.apply()
    assert ship.x == 1
    assert received.forged == 1


@pytest.mark.parametrize(("mesh", "host", "source"), [(False, False, 0), (True, False, ADA), (False, True, ADA)])
def test_rows_come_from_the_host_in_a_star_and_from_who_computes_them_elsewhere(
    mesh: bool, host: bool, source: int
) -> None:
    ground = Ground(mesh=mesh, host=host)
    ship = ground.install(Ship(x=1), 3, owner=ground.ada)
    parts = Ship.__gamenet__.parts
    assert ground.receiver._source(ship, parts[0]) == source
    assert ground.receiver._source(ship, parts[1]) == (NOBODY if host else 0)
    ground.world.own(ship, ground.world.me, 1)
    assert ground.receiver._source(ship, parts[0]) == NOBODY


def test_a_row_of_another_term_is_skipped_and_a_wrong_sender_in_this_one_is_counted() -> None:
    ground = Ground(host=True)
    ship = ground.install(Ship(x=1), 3, owner=ground.ada, term=4)
    ground.receiver.learn()
    batch = [
        ground.message(5, SHIP, 3, 50.0, term=3, sender=ADA),
        ground.message(8, SHIP, 3, 60.0, term=4, sender=9),
    ]
    assert [received.forged for received in ground.receiver.receive(batch)] == [0, 1]
    ground.receiver.apply()
    assert ship.x == 1


def test_garbage_is_malformed_and_the_rest_of_the_batch_is_taken() -> None:
    ground = Ground()
    rock = ground.install(Rock(x=1), 3)
    good = ground.message(5, ROCK, 3, 50.0)
    bad = ValuesMessage(0, 6, 2, b"\xff" * 40)
    assert ground.take(bad, good, bad) == [Verdict.MALFORMED, Verdict.TAKEN, Verdict.MALFORMED]
    assert rock.x == 50.0


def test_what_is_between_two_snapshots_is_shown_between_them() -> None:
    ground = Ground()
    faces = Faces()
    rock = ground.install(Rock(x=0), 3, tick=0)
    ground.take(ground.message(10, ROCK, 3, 100.0))
    ground.receiver.show([(0, 5.0)], faces)
    assert (rock.x, rock.simulated.x) == (pytest.approx(50.0, abs=1), 100.0)
    faces.put_back(ground.world.trespass_outside)
    assert rock.x == 100.0


def test_the_host_of_a_star_has_an_owner_s_entity_at_its_own_tick() -> None:
    with lab(2, link="good") as it:
        ship = it.clients[0].spawn(Ship())
        it.clients[0].each_tick(lambda dt: setattr(ship, "x", float(it.clients[0].tick % 4000)))
        it.until(lambda: it.host.all(Ship))
        it.run(5)  # until its clock is where it should be
        twin, off = it.host.all(Ship)[0], []
        it.host.each_tick(lambda dt: off.append(twin.x - world(it.host).tick % 4000))
        it.run(2)
        assert len([each for each in off if abs(each) > 0.1]) < len(off) / 10  # what was lost comes a little later


def test_a_forged_row_is_counted_in_the_statistics_and_changes_nothing() -> None:
    with lab(2) as it:
        victim, cheat = it.clients
        ship = victim.spawn(Ship(x=5))
        it.until(lambda: cheat.all(Ship))
        twin = cheat.all(Ship)[0]
        collector = replica(cheat)._collector
        table = collector._tables_of(twin)[0]
        table.entities[EntityId(ship.id or 0)] = twin  # as if it were the cheat's
        table.stale = True
        it.run(0.2, lambda net: twin.__dict__.update(x=900.0) if net is cheat else None)
        it.until(lambda: it.host.stats.forged > 0)
        assert [net.get(ship).simulated.x for net in (it.host, victim)] == [5.0, 5.0]  # type: ignore[union-attr]


def test_garbage_in_a_values_message_removes_its_sender() -> None:
    with lab(2) as it:
        cheat, other = it.clients
        here = replica(cheat)
        here.values_for = lambda tick, behind: [ValuesMessage(0, tick, 1, b"\xff" * 30)]  # type: ignore[method-assign]
        it.until(lambda: cheat.state == "closed")
        assert other.state == "joined"
