"""A checkpoint holds every field and is checked before anything is changed."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gamenet as gn
from gamenet.replication import checkpoint
from gamenet.testing import Lab
from tests.replication.arena import Arena, Keepsake, Rock, Ship, Team, lab, peer, world


def filled(it: Lab[Arena]) -> list[Any]:
    """A world with something of everything."""
    host = it.host
    host.room.score, host.room.topic, host.room.speed = 7, "saved", 2.5
    rock = host.spawn(Rock(x=-3, angle=90, count=-(1 << 60), solid=False, team=Team.GREEN, label="naïve"))
    ship = it.clients[0].spawn(Ship(x=5, name="theirs"))
    it.until(lambda: ship.id is not None)
    return [rock, host.all(Ship)[0], host.spawn(Keepsake(x=1))]


def test_what_was_saved_comes_back_everywhere_with_ids_and_owners_that_are_still_there() -> None:
    with lab(2) as it:
        rock, ship, keepsake = filled(it)
        ids = [thing.id for thing in (rock, ship, keepsake)]
        data = it.host.room.save()
        with it.host.frame(1 / 60):
            it.host.despawn(rock)
            rock2 = it.host.spawn(Rock(label="after"))
            ship.hull, it.host.room.score, it.host.room.topic = 1, 8, "changed"
        it.run(0.5)
        it.host.room.load(data)
        newer = it.host.spawn(Rock(label="newer"))
        assert newer.id not in [*ids, rock2.id]
        it.run(1)
        for net in it.sessions:
            assert [thing.id for thing in net.all(gn.Entity)] == [*ids, newer.id]
            again = net.all(Rock)[0]
            assert (again.x, again.angle, again.count, again.solid, again.team, again.label) == (
                -3.0, 90.0, -(1 << 60), False, Team.GREEN, "naïve",
            )  # fmt: skip
            assert (net.room.score, net.room.topic, net.room.speed) == (7, "saved", 2.5)
            assert net.all(Ship)[0].hull == 100
            assert net.all(Ship)[0].owner is peer(net, it.clients[0])
        mine = it.clients[0].mine(Ship)
        assert mine is not None
        mine.x, mine.name = 9.0, "again"
        it.until(lambda: (it.host.all(Ship)[0].simulated.x, it.host.all(Ship)[0].name) == (9.0, "again"))


def test_owners_who_left_own_nothing_after_loading() -> None:
    with lab(2) as it:
        filled(it)
        data = it.host.room.save()
        it.clients[0].close()
        it.until(lambda: len(it.host.peers) == 2)
        it.host.room.load(data)
        assert it.host.all(Ship)[0].owner is None


def test_a_checkpoint_taken_outside_the_frame_has_the_simulated_values() -> None:
    with lab(fps=240) as it:
        rock = it.host.spawn(Rock())
        it.host.each_tick(lambda dt: setattr(rock, "x", rock.x + 1))
        it.run(1)
        it.clock.advance(1 / 500)
        it.host.pump(1 / 500)
        true = rock.simulated.x
        assert rock.x != true
        it.host.room.load(it.host.room.save())
        assert it.host.all(Rock)[0].simulated.x == true


def test_only_the_host_loads_and_nothing_is_changed_by_who_may_not() -> None:
    with lab() as it:
        filled(it)
        it.run(0.5)
        client = it.clients[0]
        with pytest.raises(gn.NotAuthoritative, match="only the host"):
            client.room.load(client.room.save())
        assert len(client.all(gn.Entity)) == 3


def test_a_checkpoint_of_other_fields_or_classes_says_which() -> None:
    with lab() as it:
        filled(it)
        saved = it.host.room.save()
        for wrong, words in (
            (replaced(saved, b"label", b"lebal"), "has the fields x, .*lebal; here it has x, .*label"),
            (replaced(saved, b"Rock", b"Sock"), "a class Sock"),
            (b"\x94\x07" + saved[2:], "version 7"),
            (b"", "no checkpoint"),
            (saved[:-3], "no checkpoint"),
            (saved + b"x", "no checkpoint"),
        ):
            with pytest.raises(gn.BadArgument, match=words):
                it.host.room.load(wrong)
        assert len(it.host.all(gn.Entity)) == 3


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def spoilt(data: bytes, spoil: Any) -> bytes:
    version, kinds, room, entities = msgpack.unpackb(data)
    spoil(room, entities)
    packed: bytes = msgpack.packb([version, kinds, room, entities])
    return packed


@pytest.mark.parametrize(
    "spoil",
    [
        lambda room, entities: entities[0].__setitem__(0, entities[1][0]),
        lambda room, entities: entities[0].__setitem__(0, 0),
        lambda room, entities: entities[0].__setitem__(0, 1 << 32),
        lambda room, entities: entities[0].__setitem__(0, "1"),
        lambda room, entities: entities[0].__setitem__(1, "Arena"),
        lambda room, entities: room.__setitem__(1, "Rock"),
        lambda room, entities: entities[0].__setitem__(1, ["Rock"]),
        lambda room, entities: entities[0].__setitem__(2, [1]),
        lambda room, entities: entities[0].__setitem__(3, [["text"] * 8]),
        lambda room, entities: entities[0].__setitem__(3, 5),
        lambda room, entities: entities[0].__setitem__(4, [5]),
        lambda room, entities: entities[0].pop(),
        lambda room, entities: room.append(1),
    ],
)
def test_a_spoilt_checkpoint_changes_nothing(spoil: Any) -> None:
    with lab() as it:
        things = filled(it)
        data = spoilt(it.host.room.save(), spoil)
        with pytest.raises(gn.BadArgument):
            it.host.room.load(data)
        assert it.host.all(gn.Entity) == things or set(it.host.all(gn.Entity)) == set(things)
        assert it.host.room.score == 7


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_bytes_are_a_checkpoint_or_a_bad_argument(data: st.DataObject) -> None:
    with Lab(0, room=Arena) as it:
        it.host.spawn(Rock(label="x"))
        saved = bytearray(it.host.room.save())
        for _ in range(data.draw(st.integers(0, 6))):
            saved[data.draw(st.integers(0, len(saved) - 1))] = data.draw(st.integers(0, 255))
        try:
            found = checkpoint.read(bytes(saved), world(it.host))
        except gn.BadArgument:
            return
        it.host.room.load(bytes(saved))
        assert len(it.host.all(gn.Entity)) == len(found) - 1
