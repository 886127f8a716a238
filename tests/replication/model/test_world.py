"""What exists, who steers it, and what is decided where: through whole sessions on virtual time."""

from __future__ import annotations

import gc
import logging
import weakref
from typing import Any

import pytest

import gamenet as gn
from gamenet.replication import operations as op
from tests.replication.arena import Arena, Keepsake, Rock, Ship, lab, peer, rows_for, smuggle, world

# ---------------------------------------------------------------------------------------------------- spawn and despawn


def test_what_the_host_spawns_is_there_for_everybody_with_all_fields_set() -> None:
    seen: list[Any] = []

    def setup(net: gn.Session[Arena]) -> None:
        net.on("spawned", Rock)(lambda rock: seen.append((net.me.name, rock.x, rock.label, rock.count)))

    with lab(2, setup=setup) as it:
        rock = it.host.spawn(Rock(x=7, label="big", count=1 << 40))
        assert it.host.all(Rock) == [rock]
        it.until(lambda: len(seen) == 3)
        assert {what[1:] for what in seen} == {(7.0, "big", 1 << 40)}
        assert all(client.get(rock) is not rock for client in it.clients)


def test_a_client_s_own_is_here_at_once_and_named_by_the_host_later() -> None:
    with lab(2) as it:
        client, other = it.clients
        ship = client.spawn(Ship(x=3, name="mine"))
        assert (ship.id, ship.mine, client.all(Ship), ship.room) == (None, True, [ship], client.room)
        it.until(lambda: ship.id is not None and other.all(Ship))
        assert client.all(Ship) == [ship]
        twin = other.get(ship)
        assert twin is not None
        assert (twin.name, twin.x, twin.owner, twin.mine) == ("mine", 3.0, peer(other, client), False)


def test_what_is_spawned_before_joining_is_there_for_all_after_it() -> None:
    with lab(2, setup=lambda net: net.spawn(Ship(name=f"of {net.me.is_host}"))) as it:
        it.until(lambda: all(len(net.all(Ship)) == 3 for net in it.sessions))
        for net in it.sessions:
            assert sorted(ship.owner.id for ship in net.all(Ship) if ship.owner) == [0, 1, 2]
            assert len([ship for ship in net.all(Ship) if ship.mine]) == 1


def test_spawned_and_despawned_before_joining_never_existed_for_others() -> None:
    def setup(net: gn.Session[Arena]) -> None:
        if not net.is_host:
            net.despawn(net.spawn(Ship()))
        net.on("spawned", Ship)(lambda ship: heard.append(net.me.name))

    heard: list[str] = []
    with lab(2, setup=setup) as it:
        it.run(1)
        assert set(heard) == {"client 1", "client 2"}  # each of its own
        assert [net.all(Ship) for net in it.sessions] == [[], [], []]


def test_despawned_before_it_had_a_name_goes_everywhere() -> None:
    with lab(2) as it:
        client = it.clients[0]
        ship = client.spawn(Ship())
        it.step()  # it was asked for
        assert ship.id is None
        client.despawn(ship)
        assert client.all(Ship) == []
        it.run(2)
        assert [net.all(Ship) for net in it.sessions] == [[], [], []]
        assert not world(client).unnamed


def test_despawning_twice_is_no_mistake_and_spawning_twice_is() -> None:
    with lab() as it:
        rock = it.host.spawn(Rock())
        it.host.despawn(rock)
        it.host.despawn(rock)
        with pytest.raises(gn.BadArgument, match="already"):
            it.host.spawn(it.host.spawn(Rock()) and it.host.all(Rock)[0])


def test_despawning_what_lives_in_another_session_or_room_is_a_mistake() -> None:
    with lab() as it:
        rock = it.host.spawn(Rock())
        with pytest.raises(gn.BadArgument, match="is in another room or session"):
            it.clients[0].despawn(rock)
        with pytest.raises(gn.BadArgument, match="is in another room or session"):
            it.host.open_room("cave").despawn(rock)
        assert it.host.rooms["main"].all(Rock) == [rock]


def test_a_list_of_all_is_in_order_of_spawning_and_safe_to_despawn_from() -> None:
    with lab() as it:
        rocks = [it.host.spawn(Rock(count=n)) for n in range(5)]
        for rock in it.host.all(Rock):
            it.host.despawn(rock)
        assert it.host.all(Rock) == []
        del rocks
        it.host.spawn(Rock(count=7))
        it.until(lambda: it.clients[0].all(Rock))
        assert [rock.count for rock in it.clients[0].all(Rock)] == [7]


def test_only_the_host_spawns_a_host_s_class_and_only_for_itself_does_a_client_spawn() -> None:
    with lab(2) as it:
        client = it.clients[0]
        with pytest.raises(gn.NotAuthoritative, match="only the host spawns a Rock"):
            client.spawn(Rock())
        with pytest.raises(gn.NotAuthoritative, match="for somebody else"):
            client.spawn(Ship(), owner=client.host)
        it.host.spawn(Rock())
        it.until(lambda: client.all(Rock))
        with pytest.raises(gn.NotAuthoritative, match="only the host despawns Rock"):
            client.despawn(client.all(Rock)[0])
        with pytest.raises(gn.NotAuthoritative, match="only the host says who owns"):
            client.all(Rock)[0].owner = client.me
        assert it.host.spawn(Ship(), owner=peer(it.host, client)).owner is peer(it.host, client)


def test_a_peer_may_have_as_many_as_its_class_allows() -> None:
    with lab() as it:
        client = it.clients[0]
        first = client.spawn(Keepsake())
        client.spawn(Keepsake())
        with pytest.raises(gn.BadArgument, match="allows 2"):
            client.spawn(Keepsake())
        it.until(lambda: first.id is not None)
        client.despawn(first)
        third = client.spawn(Keepsake())
        it.until(lambda: third.id is not None)
        assert len(it.host.all(Keepsake)) == 2


def test_the_host_refuses_what_is_more_than_a_class_allows(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as it:
        client = it.clients[0]
        kind = world(client).classes.number(Keepsake.__gamenet__)
        smuggle(client, *(op.Want(100 + n, kind, rows_for(Keepsake()), []) for n in range(5)))
        it.run(1)
        assert len(it.host.all(Keepsake)) == 2
        assert client.state == "joined"  # too many is no attack


def test_a_refused_spawn_goes_again_where_it_was_made(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as it:
        client = it.clients[0]
        client.spawn(Keepsake())
        client.spawn(Keepsake())
        world(client)._count.clear()  # as if this peer had miscounted
        third = client.spawn(Keepsake())
        it.until(lambda: len(client.all(Keepsake)) == 2)
        assert third not in client.all(Keepsake)
        assert "the host refused to spawn" in caplog.text


# -------------------------------------------------------------------------------------------------------- owners, terms


def test_an_owner_is_assigned_by_the_host_and_begins_with_the_host_s_values() -> None:
    with lab(2) as it:
        first, second = it.clients
        ship = it.host.spawn(Ship(name="unclaimed"))
        it.until(lambda: all(net.all(Ship) for net in it.sessions))
        ship.owner = peer(it.host, first)
        it.until(lambda: first.mine(Ship))
        mine = first.mine(Ship)
        assert mine is not None
        mine.x, mine.name = 50.0, "first's"
        it.until(lambda: (ship.simulated.x, ship.name) == (50.0, "first's"))
        with it.host.frame(1 / 60):
            ship.owner = None
            ship.x, ship.name = 77.0, "taken"  # the host's while it has no owner: written …
            ship.owner = peer(it.host, second)  # … and given away in one breath
        it.until(lambda: second.mine(Ship))
        its = second.mine(Ship)
        assert its is not None
        it.until(lambda: all(net.all(Ship)[0].name == "taken" for net in it.sessions))
        it.run(1)
        for net in it.sessions:
            assert net.all(Ship)[0].simulated.x == 77.0
            assert net.all(Ship)[0].owner is peer(net, second)
        its.x = 90.0
        it.until(lambda: all(net.all(Ship)[0].simulated.x == 90.0 for net in it.sessions))
        assert it.host.stats.forged == 0


def test_rows_of_a_former_owner_that_were_on_their_way_are_skipped_and_not_counted() -> None:
    with lab(1, link="poor") as it:
        client = it.clients[0]
        ship = client.spawn(Ship())
        it.until(lambda: it.host.all(Ship))
        twin = it.host.all(Ship)[0]

        def fly(net: gn.Session[Arena]) -> None:
            if net is client and ship.mine:
                ship.x += 1

        it.run(1, fly)
        with it.host.frame(1 / 60):
            twin.owner = None
            twin.x = -500.0
        it.run(1, fly)
        assert (twin.simulated.x, ship.simulated.x) == (-500.0, -500.0)
        assert it.host.stats.forged == 0


def test_assigning_the_same_owner_again_changes_nothing() -> None:
    with lab() as it:
        it.clients[0].spawn(Ship())
        it.until(lambda: it.host.all(Ship))
        twin = it.host.all(Ship)[0]
        term = twin._term
        twin.owner = twin.owner
        assert twin._term == term


def test_an_owner_changed_before_the_spawn_was_told_leaves_one_object_on_every_peer() -> None:
    with lab(2) as it:
        first, second = it.clients
        it.host.on("spawned", Ship)(lambda ship: setattr(ship, "owner", peer(it.host, second)))
        ship, theirs = first.spawn(Ship(name="given")), second.spawn(Ship(name="kept"))
        it.until(lambda: ship.id is not None and theirs.id is not None)
        it.run(1)
        for net in it.sessions:
            assert sorted(each.name for each in net.all(Ship)) == ["given", "kept"]
        assert ship.owner is peer(first, second)
        assert second.get(ship).mine  # type: ignore[union-attr]
        assert not world(first).unnamed
        assert not world(second).unnamed


@pytest.mark.parametrize("how", ["goodbye", "plug"])
def test_what_a_leaver_owned_goes_or_stays_without_owner_as_its_class_says(how: str) -> None:
    told: list[str] = []
    with lab(2) as it:
        leaver, other = it.clients
        other.on("peer_left")(lambda peer, reason: told.append("left"))
        other.on("despawned", Ship)(lambda ship: told.append("despawned"))
        leaver.spawn(Ship())
        leaver.spawn(Keepsake(x=9))
        it.until(lambda: other.all(Ship) and other.all(Keepsake))
        leaver.close() if how == "goodbye" else it.cut(leaver)
        it.until(lambda: not other.all(Ship), seconds=40)
        it.run(1)
        for net in (it.host, other):
            assert net.all(Ship) == []
            assert [(thing.owner, thing.x) for thing in net.all(Keepsake)] == [(None, 9.0)]
        assert told == ["left", "despawned"]
        thing = it.host.all(Keepsake)[0]
        thing.x = 11.0
        it.until(lambda: other.all(Keepsake)[0].simulated.x == 11.0)


# ----------------------------------------------------------------------------------------------------------- trespasses


def test_a_strict_session_raises_in_the_line_of_the_trespass() -> None:
    with lab() as it:
        it.host.spawn(Rock(x=1))
        ship = it.clients[0].spawn(Ship())
        it.until(lambda: it.clients[0].all(Rock) and ship.id is not None)
        rock = it.clients[0].all(Rock)[0]
        for entity, name, value in ((rock, "x", 2.0), (rock, "label", "x"), (ship, "hull", 1), (ship, "rank", "r")):
            with pytest.raises(gn.NotAuthoritative, match=f"{name} is decided by the host"):
                setattr(entity, name, value)
        with pytest.raises(gn.NotAuthoritative, match="score"):
            it.clients[0].room.score = 3
        with pytest.raises(gn.NotAuthoritative, match="its owner client 1"):
            it.host.all(Ship)[0].x = 3.0
        with pytest.raises(gn.NotAuthoritative, match="x is decided"):
            rock.teleport(x=5)
        rock.seen.append("local fields are everybody's")


def test_a_trespass_is_undone_at_the_next_frame_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with lab(strict=False) as it:
        client = it.clients[0]
        it.host.spawn(Rock(x=1, label="true", count=5))
        it.until(lambda: client.all(Rock))
        rock = client.all(Rock)[0]
        for _ in range(3):
            with client.frame(1 / 60):
                assert (rock.x, rock.label, rock.count) == (1.0, "true", 5)
                rock.x, rock.label, rock.count = 99.0, "false", 6
        with client.frame(1 / 60):
            assert (rock.x, rock.label, rock.count) == (1.0, "true", 5)
        said = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        assert len(said) == 3
        assert "Rock 1.x is decided by the host" in said[0]


def test_a_trespass_on_something_in_motion_is_undone_too() -> None:
    with lab(strict=False) as it:
        client = it.clients[0]
        rock = it.host.spawn(Rock())
        it.host.each_tick(lambda dt: setattr(rock, "x", rock.x + 60 * dt))
        it.until(lambda: client.all(Rock))
        it.run(1)
        twin = client.all(Rock)[0]

        def trespass(net: gn.Session[Arena]) -> None:
            if net is client:
                assert twin.x < 1000
                twin.x = 5000.0

        it.run(0.5, trespass)
        assert abs(twin.simulated.x - rock.simulated.x) < 30


def test_a_host_s_trespass_on_an_owner_s_entity_reaches_nobody() -> None:
    with lab(2, strict=False) as it:
        first, second = it.clients
        ship = first.spawn(Ship(x=5, name="true"))
        it.until(lambda: second.all(Ship) and it.host.all(Ship))

        def trespass(net: gn.Session[Arena]) -> None:
            if net is it.host:
                net.all(Ship)[0].x, net.all(Ship)[0].name = 900.0, "false"
            if net is second:
                assert (net.all(Ship)[0].x, net.all(Ship)[0].name) == (5.0, "true")

        it.run(1, trespass)
        late = it.add_client()
        it.until(lambda: late.state == "joined", seconds=30)
        assert (late.all(Ship)[0].x, late.all(Ship)[0].name) == (5.0, "true")
        assert (ship.x, ship.name) == (5.0, "true")


# ----------------------------------------------------------------------------------------------------- over a long time


def test_one_id_is_one_object_while_the_game_holds_it() -> None:
    with lab() as it:
        client = it.clients[0]
        held = it.host.spawn(Rock(label="held"))
        it.until(lambda: client.all(Rock))
        twin = client.all(Rock)[0]
        data = it.host.room.save()
        it.host.room.load(data)
        assert it.host.all(Rock) == [held]
        it.run(1)
        assert client.all(Rock) == [twin]
        assert (twin.label, twin.id) == ("held", held.id)


def test_a_thousand_lives_leave_nothing_behind() -> None:
    with lab(link="perfect") as it:
        client = it.clients[0]

        def lives(net: gn.Session[Arena]) -> None:
            if net is client:
                for ship in net.all(Ship):
                    net.despawn(ship)
                net.spawn(Ship()).name = "brief"
            if net.is_host:
                for rock in net.all(Rock):
                    net.despawn(rock)
                net.spawn(Rock(x=1)).teleport(x=2)

        it.host.each_tick(lambda dt: [setattr(rock, "x", rock.x + 1) for rock in it.host.all(Rock)])  # type: ignore[func-returns-value]
        it.run(1, lives)
        before = _sizes(it.host), _sizes(client)
        it.run(8, lives)
        after = _sizes(it.host), _sizes(client)
        for old, new in zip(before, after, strict=True):
            assert {name: size for name, size in new.items() if size > old[name] + 8} == {}
        gone = weakref.ref(it.host.all(Rock)[0])
        it.run(0.1, lives)
        it.run(0.1)
        gc.collect()
        assert gone() is None


def _sizes(net: gn.Session[Any]) -> dict[str, int]:
    """Of every table that replication keeps in Python."""
    from tests.replication.arena import replica

    sizes: dict[str, int] = {}

    def walk(where: str, thing: object, depth: int) -> None:
        if isinstance(thing, dict | set | list) or type(thing).__name__ in ("deque", "WeakValueDictionary", "Counter"):
            sizes[where] = len(thing)  # type: ignore[arg-type]
        elif type(thing).__module__.startswith("gamenet.replication") and depth < 6 and hasattr(thing, "__dict__"):
            for name, value in vars(thing).items():
                if name not in ("classes", "_home", "room", "_room", "world", "_world"):
                    walk(f"{where}.{name}", value, depth + 1)

    here = replica(net)
    walk("replica", here, 0)
    walk("world", here.world, 0)
    return sizes
