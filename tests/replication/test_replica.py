"""The replicated half of a room as a whole: one world in any weather, two faces, hooks, latecomers, new generations."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gamenet as gn
from gamenet.replication import operations as op
from gamenet.testing import Lab, Link
from tests.replication.arena import Arena, Keepsake, Rock, Ship, Team, lab, peer, replica, smuggle, world


def state(net: gn.Session[Any]) -> dict[Any, Any]:
    """All that is shared, as this session has it."""
    fields = {
        entity._id: tuple(_value(entity, name) for name in entity.__gamenet__.fields)
        for entity in [*net.all(gn.Entity), net.room]
    }
    owners = {entity.id: entity.owner and entity.owner.id for entity in net.all(gn.Entity)}
    return {"fields": fields, "owners": owners}


def _value(entity: Any, name: str) -> Any:
    shown = entity.__dict__["_simulated"] or {}
    value = shown.get(name, getattr(entity, name))
    return round(value, 6) if isinstance(value, float) else value


# --------------------------------------------------------------------------------------------------------- one world


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 1000),
    link=st.sampled_from(["perfect", "good", "fair", "poor", "terrible"]),
    clients=st.integers(1, 3),
    mesh=st.booleans(),
    script=st.lists(
        st.tuples(
            st.sampled_from(
                ["spawn", "rock", "despawn", "move", "name", "give", "hull", "room", "change", "late", "leave"]
            ),
            st.integers(0, 3),
            st.integers(-50, 50),
        ),
        max_size=25,
    ),
)
def test_when_all_is_quiet_everybody_has_the_host_s_world(
    seed: int, link: str, clients: int, mesh: bool, script: list[tuple[str, int, int]]
) -> None:
    shape: dict[str, Any] = {"mesh": clients + 1} if mesh else {"clients": clients}
    with Lab(room=Arena, seed=seed, link=link, **shape) as it:
        for what, who, much in script:
            net = it.sessions[who % len(it.sessions)]
            with net.frame(1 / 60):
                _do(it, net, what, much)
            it.run(0.1 * (much % 3))
        it.until(lambda: all(net.state == "joined" for net in it.sessions), seconds=60)
        it.run(3)
        it.until(lambda: all(state(net) == state(it.host) for net in it.sessions), seconds=60)
        assert it.host.stats.forged == 0
        for net in it.sessions:
            assert [entity.mine for entity in net.all(gn.Entity)].count(True) == sum(
                owner == net.me.id for owner in state(it.host)["owners"].values()
            )


def _do(it: Lab[Arena], net: gn.Session[Arena], what: str, much: int) -> None:
    """One thing that a game may do there; nothing where it may not."""
    mine, all = net.mine(Ship), net.all(gn.Entity)
    if what == "spawn" and len(net.all(Ship)) < 9:
        net.spawn(Ship(x=much, name=str(much)))
    elif what == "move" and mine:
        mine.x += much
        mine.teleport(y=much)
    elif what == "name" and mine:
        mine.name = f"ship {much}"
    elif what == "despawn" and mine:
        net.despawn(mine)
    elif what == "late" and len(it.sessions) < 5:
        it.add_client()
    elif what == "leave" and len(it.clients) > 1:
        it.clients.pop().close()
    elif net.is_host:
        _rule(net, what, much, all)


def _rule(net: gn.Session[Arena], what: str, much: int, all: list[gn.Entity]) -> None:
    if what == "rock":
        net.spawn(Rock(x=much, count=much, label=str(much), solid=much > 0, team=list(Team)[much % 3]))
    elif what == "give" and all:
        all[much % len(all)].owner = net.peers[much % len(net.peers)]
    elif what == "hull":
        for ship in net.all(Ship):
            ship.hull, ship.rank = abs(much), f"rank {much}"
    elif what == "room":
        net.room.score, net.room.topic = much, f"topic {much}"
    elif what == "change":
        for rock in net.all(Rock):
            rock.count, rock.angle, rock.mass, rock.heat = much << 40, much * 7.0, much * 2.0**30, abs(much) / 50


def test_every_kind_of_field_comes_back_as_it_was() -> None:
    values: dict[str, Any] = {
        "x": -4096.0, "angle": 359.0, "mass": -1.5e-30, "heat": 0.99, "count": -(1 << 63), "small": -5,
        "solid": False, "team": Team.GREEN, "label": "naïve ☂ 𝄞 \0 tail",
    }  # fmt: skip
    with lab() as it:
        at_birth, changed = it.host.spawn(Rock(**values)), it.host.spawn(Rock())
        it.until(lambda: len(it.clients[0].all(Rock)) == 2)
        with it.host.frame(1 / 60):
            for name, value in values.items():
                setattr(changed, name, value)
        it.run(1)
        for twin in it.clients[0].all(Rock):
            for name, value in values.items():
                got = getattr(twin, name)
                assert type(got) is type(value)
                assert got == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value)
                assert got == getattr(changed, name) or name in ("mass", "heat")
            assert (twin.solid, twin.team) == (False, Team.GREEN)
        assert at_birth.count == -(1 << 63)


def test_what_leaves_its_range_is_clamped_reads_so_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as it:
        rock = it.host.spawn(Rock())
        for _ in range(3):
            with it.host.frame(1 / 60):
                rock.x, rock.small, rock.heat = 9999.0, 77, math.nan
            it.run(0.2)
            assert (rock.x, rock.small, rock.heat) == (4096.0, 5, 0.0)
        it.run(0.5)
        assert state(it.clients[0]) == state(it.host)
        said = [record.message for record in caplog.records if "was clamped" in record.message]
        assert len(said) == 3
        assert any("Rock 1.x = 9999.0 is outside its range and was clamped to 4096.0" in line for line in said)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_no_number_keeps_a_latecomer_out(value: float) -> None:
    with lab() as it:
        rock = it.host.spawn(Rock())
        with it.host.frame(1 / 60):
            rock.x = rock.mass = rock.heat = value
            rock.angle = 5.0 if math.isfinite(value) else value  # an angle turns, it is not clamped
            late = it.add_client()
        it.until(lambda: late.state == "joined", seconds=10)
        it.run(0.5)
        assert state(late) == state(it.host)
        assert all(math.isfinite(each) for each in (rock.x, rock.mass, rock.angle, rock.heat))


def test_what_cannot_be_sent_is_an_exception_with_its_name_and_nothing_else_is_lost() -> None:
    with lab() as it:
        rock = it.host.spawn(Rock(label="a"))
        it.until(lambda: it.clients[0].all(Rock))
        for name, value in (
            ("x", None),
            ("count", 1 << 63),
            ("solid", 2),
            ("team", "r"),
            ("label", 7),
            ("label", "x" * 41),
        ):
            good = getattr(rock, name)
            spawned = it.host.spawn(Rock(label=f"beside {name}"))
            with pytest.raises(gn.BadArgument, match=name):
                it.run(0.1, lambda net: _write(net, rock, name, value))  # noqa: B023
            setattr(rock, name, good)
            it.until(lambda: it.clients[0].get(spawned))  # noqa: B023
        it.run(0.5)
        assert state(it.clients[0]) == state(it.host)


# --------------------------------------------------------------------------------------------------------- latecomers


def test_a_latecomer_has_texts_room_fields_and_entities_before_it_hears_joined() -> None:
    heard: list[Any] = []

    def setup(net: gn.Session[Arena]) -> None:
        @net.on("joined")
        def joined() -> None:
            if net.me.name == "late":
                rocks = [(rock.label, rock.count) for rock in net.all(Rock)]
                heard.append((net.room.topic, net.room.score, rocks, [ship.name for ship in net.all(Ship)]))

        net.on("peer_joined")(lambda peer: heard.append(peer.name) if net.me.name == "late" else None)

    with lab(1, setup=setup, link="terrible") as it:
        it.host.room.topic, it.host.room.score = "news", 41
        for n in range(30):
            it.host.spawn(Rock(label=f"rock {n}", count=n))
        ship = it.clients[0].spawn(Ship(name="first"))
        it.until(lambda: it.host.all(Ship))
        ship.name = "renamed"
        it.until(lambda: it.host.all(Ship)[0].name == "renamed", seconds=30)
        it.add_client(name="late")
        it.until(lambda: heard, seconds=60)
        assert heard[0] == ("news", 41, [(f"rock {n}", n) for n in range(30)], ["renamed"])
        it.run(1)
        assert heard[1:] == ["host", "client 1", "late"]


def test_latecomers_of_one_frame_and_things_of_that_frame_are_each_there_once() -> None:
    with lab(0) as it:
        rock = it.host.spawn(Rock(label="old"))
        late = [it.add_client() for _ in range(3)]

        @it.host.on("peer_joined")
        def joined(who: gn.Peer) -> None:
            if not who.is_me:
                it.host.spawn(Rock(label=f"for {who.name}"), owner=who)
                rock.label += "!"
                it.host.room.meet.to(who).send(rock, who)

        it.until(lambda: all(net.state == "joined" for net in late), seconds=30)
        it.run(1)
        for net in late:
            assert state(net) == state(it.host)
            assert len(net.all(Rock)) == 4
            assert len(net.room.notes) == 1


def test_a_joiner_with_classes_that_the_host_does_not_have_numbers_them_as_the_host_does() -> None:
    class Apple(gn.Entity, authority="owner"):
        x: float = gn.coord(0, low=0, high=9)

    class Pear(gn.Entity, authority="owner"):
        y: int = 0

    with Lab(0, room=Arena, protocol=gn.Protocol([Arena, Pear, Rock])) as it:
        it._classes = gn.Protocol([Apple, Arena, Pear, Rock, Ship])
        joiner = it._join("")
        pear, apple = joiner.spawn(Pear(y=3)), joiner.spawn(Apple())
        waiting = joiner.spawn(Ship()).hail.call("x")
        it.host.spawn(Rock(label="r"))
        it.until(lambda: joiner.state == "joined" and it.host.all(Pear))
        it.until(lambda: joiner.all(Rock))
        assert (it.host.all(Pear)[0].y, joiner.all(Pear), joiner.all(Apple)) == (3, [pear], [])
        assert apple.id is None
        assert waiting.done
        assert "does not have this class" in waiting.error


# ---------------------------------------------------------------------------------------------------------- two faces


def test_a_remote_entity_is_simulated_inside_the_frame_and_smooth_outside_it() -> None:
    with lab(link=Link(lag_ms=50)) as it:
        client = it.clients[0]
        rock = it.host.spawn(Rock())
        it.host.each_tick(lambda dt: setattr(rock, "x", rock.x + 60 * dt))
        it.until(lambda: client.all(Rock))
        it.run(1)
        twin, shown, inside = client.all(Rock)[0], [], []
        for _ in range(60):
            it.step(lambda net: inside.append((twin.x, twin.simulated.x)) if net is client else None)
            shown.append(twin.x)
            assert twin.simulated.x == inside[-1][0]
        assert all(simulated == x for x, simulated in inside)
        steps = [b - a for a, b in itertools.pairwise(shown)]
        assert 0.9 < min(steps) <= max(steps) < 1.1  # every frame a little
        true = [b[0] - a[0] for a, b in itertools.pairwise(inside)]
        assert {round(step, 3) for step in true} == {0.0, 3.0}  # every third frame a snapshot
        assert all(before[0] > after for before, after in zip(inside, shown, strict=True))


def test_a_write_outside_the_frame_is_undone_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as it:
        rock = it.host.spawn(Rock())
        it.host.each_tick(lambda dt: setattr(rock, "x", rock.x + 1))
        it.run(1)
        it.clock.advance(1 / 200)
        with it.host.frame(1 / 200):
            true = rock.x
        rock.x, rock.count = -500.0, 5
        with it.host.frame(1 / 60):
            assert (rock.x, rock.count) == (true, 5)  # what is not smooth has one face
        rock.x = -500.0
        it.run(0.1)
        assert len([r for r in caplog.records if "x = -500.0 was written outside the frame" in r.message]) == 1


@pytest.mark.parametrize("solo", [True, False])
def test_what_ticks_move_is_drawn_between_two_ticks(solo: bool) -> None:
    with lab(int(not solo), fps=240) as it:
        rock = it.host.spawn(Rock())
        it.host.each_tick(lambda dt: setattr(rock, "x", rock.x + 60 * dt))
        it.run(1)
        shown = []
        for _ in range(40):
            it.step()
            shown.append(rock.x)
        steps = [b - a for a, b in itertools.pairwise(shown)]
        assert all(step == pytest.approx(0.25, abs=0.01) for step in steps)


@pytest.mark.parametrize("link", ["perfect", "fair"])
def test_a_teleport_in_a_rule_is_a_cut_for_everybody(link: str) -> None:
    """It is drawn on one side or the other, never between."""
    seen: dict[str, list[float]] = {}
    with lab(2, link=link, fps=144) as it:
        rock = it.host.spawn(Rock(x=0))
        it.until(lambda: all(net.all(Rock) for net in it.sessions))
        it.host.each_tick(lambda dt: _hop(rock))
        it.run(1)
        for _ in range(600):
            it.step()
            for net in it.sessions:
                seen.setdefault(net.me.name, []).append(net.all(Rock)[0].x)
    _check_hops(seen)


def test_a_teleport_of_an_owner_s_entity_is_a_cut_on_the_host_and_for_others() -> None:
    seen: dict[str, list[float]] = {}
    with lab(2, fps=144) as it:
        ship = it.clients[0].spawn(Ship(x=0))
        it.until(lambda: all(net.all(Ship) for net in it.sessions))
        it.clients[0].each_tick(lambda dt: _hop(ship))
        it.run(1)
        for _ in range(600):
            it.step()
            for net in it.sessions:
                seen.setdefault(net.me.name, []).append(net.all(Ship)[0].x)
    _check_hops(seen)


def _hop(thing: Any) -> None:
    thing.x += 1
    if thing.x > 50:
        thing.teleport(x=-1000)
    elif -960 < thing.x < -900:
        thing.teleport(x=0)


def _check_hops(seen: dict[str, list[float]]) -> None:
    between = {who: [x for x in xs if -950 < x < -5] for who, xs in seen.items()}
    assert {who: xs[:3] for who, xs in between.items() if xs} == {}
    assert all(min(xs) < -950 and max(xs) > 40 for xs in seen.values())


# --------------------------------------------------------------------------------------------------------------- hooks


def test_a_hook_runs_once_a_frame_on_every_peer_with_old_and_new() -> None:
    with lab(2) as it:
        rock = it.host.spawn(Rock(count=1))
        it.until(lambda: all(net.all(Rock) for net in it.sessions))

        def count(net: gn.Session[Arena]) -> None:
            if net.is_host:
                rock.count += 1
                rock.count += 1

        it.run(0.5, count)
        it.run(1)
        for net in it.sessions:
            seen = net.all(Rock)[0].seen
            assert seen[-1][1] == rock.count == 61
            assert seen[0][0] == 1
            assert [old for old, _ in seen[1:]] == [new for _, new in seen[:-1]]
        assert len(rock.seen) == 30


def test_a_hook_runs_for_what_has_no_name_yet_and_not_for_what_is_new() -> None:
    class Hooked(gn.Entity, authority="owner"):
        n: int = 0
        seen: list[Any] = gn.local(factory=list)

        @gn.changed("n")
        def saw(self, old: int, new: int) -> None:
            self.seen.append((old, new))

    with Lab(1, room=Arena, protocol=gn.Protocol([Arena, Hooked])) as it:
        mine = it.clients[0].spawn(Hooked(n=5))
        it.step()
        mine.n = 6
        it.step()
        assert (mine.id, mine.seen) == (None, [(5, 6)])
        it.until(lambda: it.host.all(Hooked))
        it.run(1)
        assert it.host.all(Hooked)[0].n == 6
        assert mine.seen == [(5, 6)]


# ---------------------------------------------------------------------------------------------- generations and links


def test_a_reset_takes_every_entity_and_keeps_the_room_s_fields() -> None:
    heard: list[Any] = []
    with lab(2) as it:
        it.host.room.score, it.host.room.topic = 9, "kept"
        ship = it.clients[0].spawn(Ship())
        it.host.spawn(Rock())
        it.until(lambda: it.clients[1].all(Ship))
        it.clients[1].on("despawned")(lambda entity: heard.append(type(entity).__name__))
        it.clients[1].on("joined")(lambda: heard.append("joined again"))
        it.host.room.reset()
        assert it.host.all(gn.Entity) == []
        it.until(lambda: not it.clients[1].all(gn.Entity))
        assert sorted(heard) == ["Rock", "Ship"]
        assert ship not in it.clients[0].all(Ship)
        rock = it.host.spawn(Rock(x=1, label="new"))
        again = it.clients[0].spawn(Ship(name="new"))
        it.until(lambda: it.clients[1].get(rock) and it.clients[1].get(again))
        it.run(1)
        for net in it.clients:
            assert state(net) == state(it.host)
            assert (net.room.score, net.room.topic) == (9, "kept")
        assert heard.count("joined again") == 0


def test_after_a_link_was_lost_with_all_on_it_the_world_is_told_anew_and_ends_the_same() -> None:
    with lab(2) as it:
        client = it.clients[0]
        ship, rock = client.spawn(Ship(name="s")), it.host.spawn(Rock(label="r"))
        it.until(lambda: ship.id is not None and client.all(Rock))
        twin = client.all(Rock)[0]
        with it.host.frame(1 / 60):
            it.host.spawn(Rock(label="told but lost"))
            who = peer(it.host, client)
            replica(it.host).router.peer_left(who)
            replica(it.host).restart_peer(who)
            here = replica(client)
            here.router.end_all("lost")
            here.begin_generation()
            here.peer_joined(client.host)
        it.run(2)
        assert state(client) == state(it.host)
        assert client.all(Rock)[0] is twin
        assert client.all(Ship) == [ship]
        assert ship.mine
        assert rock.label == "r"
        ship.name = "renamed"
        it.until(lambda: it.host.all(Ship)[0].name == "renamed")


def test_a_move_between_rooms_leaves_the_old_world_and_enters_the_new() -> None:
    with lab(2, dedicated=True) as it:
        lobby, cave = it.host.room, it.host.open_room("cave")
        client, other = it.clients
        ship = client.spawn(Ship(name="s"))
        cave.spawn(Rock(label="stalagmite"))
        cave.topic = "dark"
        it.until(lambda: other.all(Ship))
        joined: list[str] = []
        client.on("joined")(lambda: joined.append(client.room.topic))
        it.host.move(peer_in(lobby, client), cave)
        it.until(lambda: joined == ["dark"])
        it.run(1)
        assert [rock.label for rock in client.all(Rock)] == ["stalagmite"]
        assert (client.all(Ship), other.all(Ship), lobby.all(Ship)) == ([], [], [])
        assert ship not in client.all(Ship)
        again = client.spawn(Ship(name="again"))
        it.until(lambda: cave.all(Ship) and again.id is not None)
        assert lobby.all(Ship) == other.all(Ship) == []


def peer_in(room: Arena, net: gn.Session[Any]) -> gn.Peer:
    return next(each for each in room.peers if each.id == net.me.id)


def test_a_block_that_raises_still_pumps_and_the_next_frame_goes_on() -> None:
    with lab() as it:
        rock = it.host.spawn(Rock())
        it.until(lambda: it.clients[0].all(Rock))
        with pytest.raises(ZeroDivisionError):
            _raise_in_a_frame(it.host, rock)
        it.run(0.5)
        assert it.clients[0].all(Rock)[0].count == 5


def _write(net: gn.Session[Any], rock: Rock, name: str, value: object) -> None:
    if net.is_host:
        setattr(rock, name, value)


def _raise_in_a_frame(net: gn.Session[Any], rock: Rock) -> None:
    with net.frame(1 / 60):
        rock.count = 5
        _ = 1 // 0


def test_a_tick_that_nobody_reaches_is_broken() -> None:
    with lab() as it:
        client = it.clients[0]
        replica(it.host).call(peer(it.host, client), op.join([op.pack(op.Drop(1))])[0], 1 << 60)
        it.until(lambda: client.state == "closed")


def test_structure_from_a_member_of_a_mesh_that_is_not_the_host_is_ignored() -> None:
    with Lab(room=Arena, mesh=3) as it:
        first, second = it.clients
        rock = it.host.spawn(Rock(label="true"))
        it.until(lambda: second.all(Rock))
        who = peer(second, first)
        replica(second).call(who, op.join([op.pack(op.Despawn(rock.id or 0))])[0], 5)
        it.run(0.5)
        assert [r.label for r in second.all(Rock)] == ["true"]
        assert [net.state for net in it.sessions] == ["joined"] * 3


def test_smuggled_structure_in_a_mesh_goes_to_the_host_alone() -> None:
    with Lab(room=Arena, mesh=3) as it:
        keep = it.clients[0].spawn(Keepsake(x=5))
        it.until(lambda: it.clients[1].all(Keepsake))
        smuggle(it.clients[1], op.Drop(keep.id or 0))
        it.run(0.5)
        assert all(net.all(Keepsake) for net in it.sessions)
        assert it.host.stats.forged == 1
        assert world(it.clients[0]).peers.keys() == world(it.host).peers.keys()


# --------------------------------------------------------------------------------------------------- predicted fields


def courses(**said: Any) -> type[Any]:
    """A class whose entities fly; its fields say what moves them, or not."""
    body: dict[str, Any] = {
        "x": gn.coord(0, low=0, high=4096, velocity=said.get("velocity")),
        "angle": gn.angle(0, along=said.get("along")),
        "vx": gn.number(0, low=-512, high=512, step=0.125),
        "vy": gn.number(0, low=-512, high=512, step=0.125),
    }
    return type(gn.Entity)("Comet", (gn.Entity,), {"__annotations__": dict.fromkeys(body, float), **body})


def flown(kind: type[Any], tick_rate: int, link: str) -> tuple[int, list[Any], list[Any]]:
    """Bytes that the host sent while twenty comets flew in arcs, and their fields there and at a client afterwards."""

    def fly(net: gn.Session[Any]) -> None:
        if net.is_host:
            for comet in net.all(kind):
                turned = comet.angle + 0.5
                comet.vx, comet.vy = 200 * math.cos(math.radians(turned)), 200 * math.sin(math.radians(turned))
                comet.x, comet.angle = comet.x + comet.vx / 60, turned % 360

    def fields(net: gn.Session[Any]) -> list[Any]:
        return [(comet.simulated.x, comet.simulated.angle, comet.vx, comet.vy) for comet in net.all(kind)]

    with Lab(1, room=Arena, link=link, protocol=gn.Protocol([Arena, kind]), tick_rate=tick_rate, send_rate=20) as it:
        for number in range(20):
            it.host.spawn(kind(x=1000 + 50 * number, angle=18 * number))
        it.run(3, fly)
        sent = it.host.stats.bytes_out
        it.run(3)
        assert len(fields(it.clients[0])) == 20
        return sent, fields(it.host), fields(it.clients[0])


@pytest.mark.parametrize("tick_rate", [60, 120])
@pytest.mark.parametrize("link", ["perfect", "poor"])
def test_fields_that_say_what_moves_them_take_fewer_bytes_and_read_the_same(link: str, tick_rate: int) -> None:
    plain, _, without = flown(courses(), tick_rate, link)
    declared, there, here = flown(courses(velocity="vx", along=("vx", "vy")), tick_rate, link)
    assert here == without
    assert [list(fields) for fields in here] == [pytest.approx(fields, abs=0.5, rel=0) for fields in there]
    assert declared < 0.9 * plain
