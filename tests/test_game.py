"""What a game sees: session and room, peers, refusals, several rooms, moves, resets, pauses, stalls."""

from __future__ import annotations

import gc
import itertools
import random
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import gamenet as gn
from gamenet.channels import Channel
from gamenet.ids import PeerId
from gamenet.opening import settings_of
from gamenet.session.joining import Joining
from gamenet.session.node import Outgoing
from gamenet.testing import Lab, Link


class Arena(gn.Room):
    topic: str = gn.text("welcome", longest=40)
    score: int = 0

    @gn.rpc(to="host", rate=1000)
    def say(self, caller: gn.Caller, text: str) -> str:
        return f"{self.name}: {text}"

    @gn.rpc(to="everyone", caller="host")
    def ring(self, caller: gn.Caller) -> None:
        rung.append(self.name)


class Ship(gn.Entity["Arena"], authority="owner"):
    x: float = 0.0
    name: str = gn.text("", longest=16)


class Crown(gn.Entity["Arena"], authority="owner", leaves="keep"):
    x: float = 0.0


class Rock(gn.Entity["Arena"]):
    x: float = 0.0


class Sign(gn.Entity["Arena"]):
    text: str = gn.text("", longest=4000)


rung: list[str] = []


@pytest.fixture(autouse=True)
def quiet() -> None:
    rung.clear()


def listen(net: gn.Session[Any]) -> list[str]:
    log: list[str] = []
    net.on("joined")(lambda: log.append("joined"))
    net.on("peer_joined")(lambda peer: log.append(f"{peer.name} joined"))
    net.on("peer_left")(lambda peer, reason: log.append(f"{peer.name} {reason}"))
    net.on("spawned")(lambda entity: log.append(f"spawned {type(entity).__name__}"))
    net.on("despawned")(lambda entity: log.append(f"despawned {type(entity).__name__}"))
    net.on("closed")(lambda reason: log.append(f"closed {reason}"))
    return log


# From the first line on


def test_me_and_host_and_room_are_there_from_the_first_line() -> None:
    with Lab(clients=0, room=Arena) as lab:
        net = lab.add_client(name="Ada")
        assert net.state == "connecting" and net.problem == "" and net.code == ""
        assert net.me.is_me and not net.me.is_host and net.me.name == "Ada"
        assert net.host.is_host and not net.host.is_me
        assert isinstance(net.room, Arena) and net.room.topic == "welcome" and net.me.room is net.room
        assert net.peers == (net.me,) and net.tick == 0 and not net.is_host
        room = net.room
        lab.until(lambda: net.state == "joined")
        assert net.room is room and net.peers == (net.host, net.me)


def test_a_room_brings_its_fields_before_joined() -> None:
    with Lab(clients=0, room=Arena) as lab:
        lab.host.room.topic, lab.host.room.score = "finals", 7
        net = lab.add_client()
        seen: list[object] = []
        net.on("joined")(lambda: seen.append((net.room.topic, net.room.score, net.room.name)))
        lab.until(lambda: seen)
        assert seen == [("finals", 7, "main")]


def test_what_is_spawned_before_joining_is_here_at_once_and_there_later() -> None:
    with Lab(clients=0, room=Arena, link="poor") as lab:
        net = lab.add_client()
        ship = net.spawn(Ship(x=3.0, name="early"))
        assert net.all(Ship) == [ship] and net.mine(Ship) is ship and ship.mine and ship.room is net.room
        assert ship.id is None and lab.host.get(ship) is None and net.get(ship) is ship
        lab.until(lambda: ship.id is not None)
        twin = lab.host.get(ship)
        assert twin is not None and twin.name == "early" and twin.owner is not None and twin.owner.id == net.me.id


def test_one_peer_is_one_object_for_the_life_of_a_session() -> None:
    with Lab(clients=2, room=Arena) as lab:
        first = {net: {peer.id: peer for peer in net.peers} for net in lab.sessions}
        lab.run(1)
        for net in lab.sessions:
            assert all(peer is first[net][peer.id] for peer in net.peers)
            assert net.me in net.peers and net.peers[0] is net.host
            assert all(peer.room is net.room for peer in net.peers)


def test_a_dedicated_server_is_the_host_and_not_among_the_peers() -> None:
    with Lab(clients=2, room=Arena, dedicated=True) as lab:
        for net in lab.sessions:
            assert net.host not in net.peers and len(net.peers) == 2
        assert lab.host.is_host and lab.host.me is lab.host.host
        assert lab.host.room.say.call("hi").error == ""
        lab.host.room.ring.send()
        lab.run(0.5)
        assert len(rung) == 3


def test_everybody_sees_the_same_names_and_a_taken_one_gets_a_number() -> None:
    with Lab(clients=0, room=Arena, name="Ada") as lab:
        second, third = lab.add_client(name="Ada"), lab.add_client(name="ada")
        lab.until(lambda: second.state == third.state == "joined")
        lab.run(0.5)
        names = [peer.name for peer in lab.host.peers]
        assert len({name.casefold() for name in names}) == 3 and names[0] == "Ada"
        assert {second.me.name, third.me.name} == set(names[1:])
        assert [[peer.name for peer in net.peers] for net in lab.sessions] == [names] * 3


def test_a_session_of_a_room_class_can_be_named_at_run_time() -> None:
    assert gn.Session[Arena]
    assert gn.Entity["Arena"]
    alias = gn.Session[Arena]
    assert isinstance(gn.solo(room=Arena), getattr(alias, "__origin__", object))


def test_sessions_and_rooms_are_keys_and_may_be_held_weakly() -> None:
    net = gn.solo(room=Arena)
    assert {net: 1, net.room: 2}[net.room] == 2
    weak = weakref.ref(net)
    del net
    gc.collect()
    assert weak() is None


def test_several_sessions_of_one_process_know_nothing_of_each_other() -> None:
    one, other = gn.solo(room=Arena), gn.solo(room=Arena)
    rock = one.spawn(Rock())
    for net in (one, other):
        net.pump(0.1)
    assert one.all(Rock) == [rock] and other.all(Rock) == []
    with pytest.raises(gn.BadArgument):
        other.spawn(rock)


def test_get_finds_the_copy_of_the_same_class_only() -> None:
    one, other = gn.solo(room=Arena), gn.solo(room=Arena)
    rock, ship = one.spawn(Rock()), other.spawn(Ship())
    assert rock.id == ship.id and rock.id is not None
    assert other.get(rock) is None and other.get(rock.id) is ship
    assert one.get(gn.EntityId(999)) is None and one.get(gn.EntityId(0)) is None


def test_a_room_that_belongs_to_no_session_says_how_one_gets_it() -> None:
    with pytest.raises(gn.BadArgument, match="room="):
        Arena().spawn(Rock())


def test_an_unknown_event_raises_with_the_list_and_the_nearest() -> None:
    net = gn.solo(room=Arena)
    with pytest.raises(gn.UnknownEvent, match=r"did you mean 'peer_joined'\?.*host_changed"):
        net.on("peer_join")  # type: ignore[call-overload]
    with pytest.raises(gn.BadArgument, match="spawned"):
        net.room.on("closed", Rock)  # type: ignore[call-overload]


# Leaving


def test_what_a_leaver_owned_goes_and_what_is_kept_has_no_owner() -> None:
    with Lab(clients=2, room=Arena) as lab:
        leaver, stayer = lab.clients
        leaver.spawn(Ship())
        crown = leaver.spawn(Crown())
        lab.until(lambda: stayer.get(crown))
        leaver.close()
        lab.run(0.5)
        for net in (lab.host, stayer):
            (kept,) = net.all(Crown)
            assert kept.owner is None and not net.all(Ship)
            assert leaver.me.name not in [peer.name for peer in net.peers]


def test_a_cut_peer_has_left_after_ten_seconds_for_everybody_and_reads_why() -> None:
    with Lab(clients=2, room=Arena) as lab:
        gone, stayer = lab.clients
        logs = [listen(lab.host), listen(stayer)]
        lab.cut(gone)
        lab.run(9.5)
        assert logs == [[], []]
        lab.run(3)
        assert logs == [[f"{gone.me.name} lost the connection"]] * 2
        assert gone.state == "closed" and gone.problem == "The connection to the host was lost."


def test_a_peer_whose_plug_was_out_for_five_seconds_plays_on_with_everything_said_meanwhile() -> None:
    with Lab(clients=2, room=Arena) as lab:
        away, stayer = lab.clients
        ship = away.spawn(Ship())
        lab.run(1)
        log = listen(away)
        stalls: list[float] = []
        away.on("stalled")(stalls.append)
        lab.cut(away)
        rock = stayer.room and lab.host.spawn(Rock(x=5.0))
        lab.host.room.topic = "where is she?"
        call = away.room.say.within(20).call("hello?")
        lab.run(5)
        lab.mend(away)
        lab.until(lambda: call.done)
        lab.run(2)
        assert away.state == "joined" and call.value == "main: hello?"
        assert away.room.topic == "where is she?" and away.get(rock) is not None
        assert away.mine(Ship) is ship and [line for line in log if "Rock" not in line] == []
        assert len(stalls) >= 4 and stalls == sorted(stalls)


@pytest.mark.parametrize("kind", ["star", "mesh"])
@pytest.mark.parametrize("who", [0, 1])
def test_whose_link_began_anew_has_the_same_world_and_sees_all_go_on(kind: str, who: int) -> None:
    """More was said while its plug was out than is kept for it."""
    with Lab(mesh=3, room=Arena) if kind == "mesh" else Lab(clients=2, room=Arena) as lab:
        ships = [net.spawn(Ship(name=net.me.name)) for net in lab.clients]
        away = lab.clients[who]
        lab.until(lambda: all(len(net.all(Ship)) == 2 for net in lab.sessions))

        def steer(net: gn.Session[Any]) -> None:
            for ship in net.all(Ship):
                if ship.mine:
                    ship.x += 1

        lab.run(1, steer)
        lab.cut(away)
        for number in range(80):
            lab.host.spawn(Sign(text=str(number) * 2000))
        lab.run(4, steer)
        lab.mend(away)
        lab.until(lambda: len(away.all(Sign)) == 80)
        lab.run(1, steer)
        before = [[ship.x for ship in net.all(Ship)] for net in lab.sessions]
        lab.run(2, steer)
        for net, xs in zip(lab.sessions, before, strict=True):
            assert [ship.x - x for ship, x in zip(net.all(Ship), xs, strict=True)] == pytest.approx([120, 120], abs=5)
        lab.run(1)
        worlds = [sorted((ship.name, ship.simulated.x) for ship in net.all(Ship)) for net in lab.sessions]
        assert worlds[0] == worlds[1] == worlds[2] and away.state == "joined" and len(ships) == 2


def test_when_the_host_closes_its_star_ends_for_all_with_its_name() -> None:
    with Lab(clients=2, room=Arena, name="Hilda") as lab:
        logs = [listen(net) for net in lab.clients]
        lab.host.close()
        lab.run(0.5)
        assert [net.state for net in lab.sessions] == ["closed"] * 3
        assert len({net.problem for net in lab.clients}) == 1 and "ended the game" in lab.clients[0].problem
        assert all(log == [f"closed {lab.clients[0].problem}"] for log in logs)


def test_a_kicked_peer_reads_why_and_others_hear_it() -> None:
    with Lab(clients=2, room=Arena) as lab:
        victim, other = lab.clients
        log = listen(other)
        peer = next(peer for peer in lab.host.peers if peer.id == victim.me.id)
        lab.host.kick(peer, "no cheating")
        lab.run(0.5)
        assert victim.state == "closed" and "no cheating" in victim.problem
        assert log == [f"{victim.me.name} was removed: no cheating"]
        lab.host.kick(peer, "again")
        lab.run(0.2)


def test_only_the_host_kicks_resets_pauses_opens_rooms_and_moves() -> None:
    with Lab(clients=1, room=Arena) as lab:
        net = lab.clients[0]
        for forbidden in (
            lambda: net.kick(net.host),
            lambda: net.room.reset(),
            lambda: setattr(net, "paused", True),
            lambda: net.open_room("attic"),
            lambda: net.describe(visibility="public"),
            lambda: net.move(net.me, net.room),
            lambda: net.room.load(lab.host.room.save()),
        ):
            with pytest.raises(gn.NotAuthoritative, match="only the host"):
                forbidden()
        with pytest.raises(gn.BadArgument):
            lab.host.kick(lab.host.me)
        lab.run(0.2)
        assert net.state == "joined"


# Being refused


@contextmanager
def refused(lab: Lab[Any], **said: Any) -> Iterator[list[str]]:
    """Somebody who may not come in; what it reads stands in the list afterwards."""
    room = said.pop("room_name", "")
    before, lab._said = lab._said, {**lab._said, **said}
    problem: list[str] = []
    try:
        net = lab.add_client(name="Eve", room=room)
        log = listen(net)
        lab.until(lambda: net.state == "closed")
        lab.step()
        assert log == [f"closed {net.problem}"]
        assert net.peers == (net.me,) and isinstance(net.room, Arena)
        problem.append(net.problem)
    finally:
        lab._said = before
    yield problem


def test_a_full_room_is_told_in_a_sentence() -> None:
    with Lab(clients=1, room=Arena, max_peers=2) as lab:
        with refused(lab) as problem:
            assert problem == ["The room is full: 2 of 2 players are in it."]
        lab.clients[0].close()
        lab.run(0.5)
        late = lab.add_client()
        lab.until(lambda: late.state == "joined")


def test_a_dedicated_server_takes_no_place() -> None:
    with Lab(clients=2, room=Arena, max_peers=2, dedicated=True) as lab, refused(lab) as problem:
        assert "2 of 2" in problem[0]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [({"password": ""}, "This game asks for a password."), ({"password": "wrong"}, "The password is wrong.")],
)
def test_a_wrong_password_is_told_in_a_sentence(said: dict[str, str], sentence: str) -> None:
    with Lab(clients=1, room=Arena, password="secret") as lab, refused(lab, **said) as problem:
        assert problem == [sentence]


@pytest.mark.parametrize(
    ("game", "words"),
    [("asteroids/1.1", ["version 1.2 of asteroids", "version 1.1"]), ("chess/3", ['"asteroids/1.2"', '"chess/3"'])],
)
def test_another_game_or_version_is_told_with_both(game: str, words: list[str]) -> None:
    with Lab(clients=0, room=Arena, game="asteroids/1.2") as lab, refused(lab, game=game) as problem:
        assert all(word in problem[0] for word in words)


def test_another_protocol_is_told_with_the_first_difference() -> None:
    class Bit(gn.Entity, wire="Shell"):
        hp: int = gn.integer(0, low=0, high=127)

    class Bits(gn.Entity, wire="Shell"):
        hp: int = gn.integer(0, low=0, high=255)

    with Lab(clients=0, room=Arena, protocol=gn.Protocol([Arena, Bits])) as lab:
        lab._classes = gn.Protocol([Arena, Bit])
        with refused(lab) as problem:
            assert "classes differ from the host's" in problem[0] and "Shell" in problem[0] and "hp" in problem[0]


def test_an_unknown_room_is_told_with_those_that_exist() -> None:
    with Lab(clients=0, room=Arena, dedicated=True) as lab:
        lab.host.open_room("attic")
        with refused(lab, room_name="cellar") as problem:
            assert "cellar" in problem[0] and "main" in problem[0] and "attic" in problem[0]


# Several rooms


@pytest.fixture
def house() -> Iterator[Lab[Arena]]:
    """A server with three rooms; Ada in the first, Bob in the attic."""
    with Lab(clients=0, room=Arena, dedicated=True, link="fair") as lab:
        for name in ("attic", "cellar"):
            lab.host.open_room(name).topic = f"the {name}"
        ada, bob = lab.add_client(name="Ada"), lab.add_client(name="Bob", room="attic")
        lab.until(lambda: ada.state == bob.state == "joined")
        lab.run(0.5)
        yield lab


def of(lab: Lab[Any], net: gn.Session[Any]) -> gn.Peer:
    """The server's object for a client."""
    return next(peer for room in lab.host.rooms.values() for peer in room.peers if peer.id == net.me.id)


def test_rooms_have_names_peers_and_worlds_of_their_own(house: Lab[Arena]) -> None:
    server, (ada, bob) = house.host, house.clients
    assert list(server.rooms) == ["main", "attic", "cellar"]
    attic = server.rooms["attic"]
    assert [peer.name for peer in attic.peers] == ["Bob"] and attic.peers[0].room is attic
    assert bob.room.name == bob.name == "attic" and bob.room.topic == "the attic" and list(bob.rooms) == ["attic"]
    assert ada.room.name == "main" and bob.peers == (bob.me,)
    rock = attic.spawn(Rock())
    house.until(lambda: bob.get(rock))
    house.run(0.5)
    assert not ada.all(Rock) and not server.rooms["main"].all(Rock)
    attic.ring.send()
    house.run(0.5)
    assert rung == ["attic", "attic"]


def test_a_word_of_one_room_said_to_a_session_with_several_says_which_rooms_there_are(house: Lab[Arena]) -> None:
    server = house.host
    for ambiguous in (
        lambda: server.peers,
        lambda: server.name,
        lambda: server.all(Rock),
        lambda: server.mine(Rock),
        lambda: server.get(gn.EntityId(1)),
        lambda: server.spawn(Rock()),
        lambda: server.each_tick(lambda dt: None),
    ):
        with pytest.raises(gn.SeveralRooms, match="main, attic, cellar"):
            ambiguous()
    assert server.room is server.rooms["main"]


def test_a_session_hears_of_all_its_rooms_and_a_room_of_itself() -> None:
    with Lab(clients=0, room=Arena, dedicated=True) as lab:
        attic = lab.host.open_room("attic")
        everywhere, there = listen(lab.host), []
        attic.on("peer_joined")(lambda peer: there.append(peer.name))
        for name, room in (("Ada", ""), ("Bob", "attic")):
            lab.add_client(name=name, room=room)
        lab.until(lambda: len(everywhere) == 3)
        assert sorted(everywhere) == ["Ada joined", "Bob joined", "joined"] and there == ["Bob"]


@pytest.mark.parametrize("name", ["", "a/b", "main", "x" * 33, 7])
def test_a_rooms_name_is_new_and_fits_behind_an_address(name: Any) -> None:
    with pytest.raises(gn.BadArgument):
        gn.solo(room=Arena).open_room(name)


def test_rules_of_each_room_run_with_its_ticks(house: Lab[Arena]) -> None:
    ran: list[str] = []
    for room in house.host.rooms.values():
        room.each_tick(lambda dt, name=room.name: ran.append(name))
    house.run(0.5)
    assert ran.count("main") == ran.count("attic") == ran.count("cellar") > 20


def test_a_moved_peer_swaps_its_world_and_its_open_calls_end(house: Lab[Arena]) -> None:
    server, (ada, bob) = house.host, house.clients
    log, at_bobs, there = listen(ada), listen(bob), listen(server)
    ship = ada.spawn(Ship())
    server.rooms["attic"].spawn(Rock())
    house.until(lambda: server.rooms["main"].all(Ship))
    house.run(0.3)
    for events in (log, at_bobs, there):
        events.clear()
    ended: list[str] = []
    house.cut(ada)
    call = ada.room.say.within(60).call("anybody?").then(lambda call: ended.append(call.error))
    old = ada.room
    server.move(of(house, ada), server.rooms["attic"])
    house.run(0.2)
    house.mend(ada)
    house.until(lambda: ada.name == "attic" and ada.state == "joined")
    house.run(0.5)
    assert ended == ["moved"] and call.done
    assert ada.room is not old and ada.room.topic == "the attic" and ada.me.room is ada.room
    assert len(ada.all(gn.Entity)) == len(ada.all(Rock)) == 1 and ship.id and ada.get(ship) is None
    assert sorted(peer.name for peer in ada.peers) == ["Ada", "Bob"]
    assert log[0] == "despawned Ship" and log.index("joined") < log.index("Ada joined")
    assert {"spawned Rock", "Bob joined"} <= set(log)
    assert at_bobs == ["Ada joined"]
    assert there == ["Ada went to another room", "despawned Ship", "Ada joined"]
    ada.room.say.send("still there")
    assert not server.rooms["main"].all(Ship)


def test_a_moved_peer_hears_that_those_it_left_are_elsewhere(house: Lab[Arena]) -> None:
    server, (ada, _) = house.host, house.clients
    cleo = house.add_client(name="Cleo")
    house.until(lambda: cleo.state == "joined")
    house.run(0.3)
    log, at_cleos = listen(ada), listen(cleo)
    server.move(of(house, ada), server.rooms["cellar"])
    house.until(lambda: "Ada joined" in log)
    assert log == ["Cleo stayed in main", "joined", "Ada joined"]
    house.until(lambda: at_cleos == ["Ada went to another room"])


def test_moves_there_and_back_within_one_frame_end_where_the_last_one_says(house: Lab[Arena]) -> None:
    server, (ada, _) = house.host, house.clients
    peer, rooms = of(house, ada), server.rooms
    server.move(peer, rooms["attic"])
    server.move(peer, rooms["cellar"])
    server.move(peer, rooms["main"])
    house.run(1)
    assert ada.name == "main" and peer.room is rooms["main"] and ada.state == "joined"
    assert [room for room in rooms.values() if peer in room.peers] == [rooms["main"]]
    server.move(peer, rooms["cellar"])
    rock = rooms["cellar"].spawn(Rock())
    house.until(lambda: ada.get(rock))


def test_move_takes_a_peer_and_a_room_of_this_session(house: Lab[Arena]) -> None:
    server, (ada, _) = house.host, house.clients
    with pytest.raises(gn.BadArgument):
        server.move(of(house, ada), gn.solo(room=Arena).room)
    with pytest.raises(gn.BadArgument):
        server.move(ada.me, server.rooms["attic"])


def test_a_moved_client_keeps_its_listeners_and_its_rules(house: Lab[Arena]) -> None:
    server, (ada, _) = house.host, house.clients
    ticks: list[float] = []
    heard: list[str] = []
    ada.each_tick(ticks.append)
    ada.room.on("spawned", Rock)(lambda rock: heard.append(rock.room.name))
    server.move(of(house, ada), server.rooms["cellar"])
    server.rooms["cellar"].spawn(Rock())
    house.until(lambda: heard)
    ticks.clear()
    house.run(0.5)
    assert heard == ["cellar"] and ticks


def test_a_host_that_plays_may_move_itself_and_still_decides_everywhere() -> None:
    with Lab(clients=1, room=Arena, name="Hilda") as lab:
        server, net = lab.host, lab.clients[0]
        attic = server.open_room("attic")
        log = listen(net)
        mine = server.rooms["main"].spawn(Ship(name="Hilda's"))
        lab.until(lambda: net.get(mine))
        log.clear()
        server.move(server.me, attic)
        lab.run(0.5)
        assert server.me.room is attic and attic.peers == (server.me,)
        assert log == ["Hilda went to another room", "despawned Ship"]
        rock = server.rooms["main"].spawn(Rock(x=4.0))
        call = net.room.say.call("still there?")
        ship = net.spawn(Ship())
        lab.until(lambda: call.done and net.get(rock) and ship.id)
        assert call.value == "main: still there?"
        ship.x = 5.0
        lab.until(lambda: server.rooms["main"].all(Ship)[0].x == 5.0)


# Resets


def test_a_reset_takes_every_entity_at_once_and_leaves_room_and_peers() -> None:
    with Lab(clients=2, room=Arena) as lab:
        ship = lab.clients[0].spawn(Ship())
        lab.host.spawn(Rock())
        lab.host.room.score = 3
        lab.until(lambda: all(len(net.all(gn.Entity)) == 2 for net in lab.sessions))
        lab.run(0.5)
        rooms, logs = [net.room for net in lab.sessions], [listen(net) for net in lab.sessions]
        lab.cut(lab.clients[0])
        call = lab.clients[0].room.say.within(30).call("hm")
        lab.host.room.reset()
        assert lab.host.all(gn.Entity) == [] and lab.host.room.score == 3
        lab.step()
        lab.mend(lab.clients[0])
        lab.until(lambda: call.done)
        lab.run(0.5)
        assert call.error == "moved" and [net.room for net in lab.sessions] == rooms
        assert all(sorted(log) == ["despawned Rock", "despawned Ship"] for log in logs), logs
        assert [net.state for net in lab.sessions] == ["joined"] * 3 and [net.room.score for net in lab.sessions] == [
            3
        ] * 3
        assert lab.clients[0].mine(Ship) is None and ship.id is not None
        rock = lab.host.spawn(Rock())
        again = lab.clients[0].spawn(Ship())
        lab.until(lambda: all(net.get(rock) for net in lab.sessions) and again.id)


def test_a_kick_and_a_reset_in_one_frame_are_both_done() -> None:
    with Lab(clients=2, room=Arena) as lab:
        victim, other = lab.clients
        log = listen(lab.host)
        lab.host.kick(next(peer for peer in lab.host.peers if peer.id == victim.me.id), "out")
        lab.host.room.reset()
        rock = lab.host.spawn(Rock())
        lab.until(lambda: other.get(rock))
        assert f"{victim.me.name} was removed: out" in log and lab.host.peers == (lab.host.me, lab.host.peers[1])
        assert other.state == "joined" and victim.state == "closed"


def test_a_move_and_a_reset_of_either_room_in_one_frame_are_both_done(house: Lab[Arena]) -> None:
    server, (ada, bob) = house.host, house.clients
    server.move(of(house, ada), server.rooms["attic"])
    server.rooms["main"].reset()
    server.rooms["attic"].reset()
    rock = server.rooms["attic"].spawn(Rock())
    house.until(lambda: ada.get(rock) and bob.get(rock))
    assert list(server.rooms) == ["main", "attic", "cellar"]


def test_a_reset_of_the_first_room_leaves_it_the_first(house: Lab[Arena]) -> None:
    first = house.host.room
    first.reset()
    house.run(0.3)
    assert house.host.room is first and list(house.host.rooms) == ["main", "attic", "cellar"]


def test_a_reset_before_the_first_frame_and_several_in_one_frame_are_fine() -> None:
    net = gn.solo(room=Arena)
    log = listen(net)
    for _ in range(3):
        net.room.reset()
    net.spawn(Rock())
    net.pump(0.1)
    assert log == ["joined", "host joined", "spawned Rock"] and net.peers == (net.me,)


def test_reset_inside_a_call_from_a_client_is_told_to_it() -> None:
    class Duel(gn.Room):
        @gn.rpc(to="host", rate=100)
        def restart(self, caller: gn.Caller) -> None:
            self.reset()

    with Lab(clients=2, room=Duel, protocol=gn.Protocol([Duel, Rock])) as lab:
        lab.host.spawn(Rock())
        lab.until(lambda: lab.clients[0].all(Rock))
        call = lab.clients[0].room.restart.call()
        lab.until(lambda: call.done)
        lab.run(0.5)
        assert not any(net.all(Rock) for net in lab.sessions)
        assert [net.state for net in lab.sessions] == ["joined"] * 3


def test_a_saved_room_comes_back_with_everything_for_everybody() -> None:
    with Lab(clients=1, room=Arena) as lab:
        net = lab.clients[0]
        rock = lab.host.spawn(Rock(x=12.0))
        ship = net.spawn(Ship(name="Ada's", x=2.0))
        lab.host.room.topic = "saved"
        lab.until(lambda: ship.id is not None and net.get(rock))
        lab.run(0.5)
        saved = lab.host.room.save()
        lab.host.despawn(rock)
        lab.host.room.topic = "lost"
        lab.run(0.5)
        lab.host.room.load(saved)
        lab.run(0.5)
        for session in lab.sessions:
            assert session.room.topic == "saved"
            assert [rock.x for rock in session.all(Rock)] == [12.0]
            assert [(ship.name, ship.x) for ship in session.all(Ship)] == [("Ada's", 2.0)]
        mine = net.mine(Ship)
        assert mine is not None and mine.id == ship.id
        with pytest.raises(gn.BadArgument, match="no checkpoint"):
            lab.host.room.load(saved[:-3])


# Where it listens


def test_a_session_says_where_it_listens() -> None:
    with Lab(clients=1, room=Arena) as lab:
        assert lab.host.address == "host:27015"
        assert lab.clients[0].address == ""
    assert gn.solo().address == ""


# Pauses


@pytest.mark.parametrize("link", ["perfect", "fair", "poor"])
def test_a_pause_stops_ticks_everywhere_and_then_they_go_on_where_they_stood(link: str) -> None:
    with Lab(clients=2, room=Arena, link=link) as lab:
        ran: dict[gn.Session[Any], int] = dict.fromkeys(lab.sessions, 0)
        for net in lab.sessions:
            net.each_tick(lambda dt, net=net: ran.update({net: ran[net] + 1}))
        ship = lab.clients[0].spawn(Ship())
        lab.until(lambda: lab.host.get(ship))
        lab.run(2)
        lab.host.paused = True
        lab.step()
        lab.until(lambda: all(net.paused for net in lab.sessions))
        lab.step()
        ran = dict.fromkeys(lab.sessions, 0)
        ticks = [net.tick for net in lab.sessions]
        lab.run(3)
        assert [net.tick for net in lab.sessions] == ticks and not any(ran.values())
        assert [net.state for net in lab.sessions] == ["joined"] * 3
        ship.x = 40.0
        lab.host.paused = False
        lab.run(2)
        assert all(90 < count < 140 for count in ran.values()), ran
        assert all(90 < net.tick - tick < 140 for net, tick in zip(lab.sessions, ticks, strict=True))
        twin = lab.host.get(ship)
        assert twin is not None and twin.x == 40.0 and not lab.host.paused


def test_what_is_drawn_stands_still_in_a_pause_and_never_goes_back() -> None:
    with Lab(clients=1, room=Arena, link="fair", seed=3) as lab:
        rock = lab.host.spawn(Rock())

        @lab.host.each_tick
        def rules(dt: float) -> None:
            rock.x += 60 * dt

        drawn: list[float] = []

        def watch(frames: int) -> None:
            for _ in range(frames):
                lab.step()
                twin = lab.clients[0].get(rock)
                if twin is not None:
                    drawn.append(twin.x)

        watch(180)
        lab.host.paused = True
        watch(120)
        assert drawn[-1] == drawn[-60]
        lab.host.paused = False
        watch(180)
        steps = [after - before for before, after in itertools.pairwise(drawn)]
        assert min(steps) >= 0
        assert max(steps[100:]) < 6  # a tick moves it by one


def test_a_newcomer_to_a_paused_game_joins_it_and_waits_with_it() -> None:
    with Lab(clients=0, room=Arena) as lab:
        lab.host.spawn(Rock())
        lab.run(0.5)
        lab.host.paused = True
        late = lab.add_client()
        lab.until(lambda: late.state == "joined")
        assert late.paused and len(late.all(Rock)) == 1
        tick = late.tick
        lab.run(1)
        assert late.tick == tick
        lab.host.paused = False
        lab.run(2)
        assert late.tick > lab.host.tick > 60


# Stalls


def test_a_host_that_stalls_is_told_of_and_then_play_goes_on() -> None:
    with Lab(clients=2, room=Arena, link=Link(lag_ms=20)) as lab:
        net = lab.clients[0]
        stalls: list[float] = []
        net.on("stalled")(stalls.append)
        rock = lab.host.spawn(Rock())
        ran: list[int] = []

        @lab.host.each_tick
        def rules(dt: float) -> None:
            ran.append(lab.host.tick)
            rock.x += 1

        lab.run(2)
        before = len(ran)
        for _ in range(5 * 60):
            lab.clock.advance(1 / 60)
            for client in lab.clients:
                client.pump(1 / 60)
        assert 4 <= len(stalls) <= 6 and stalls == sorted(stalls) and stalls[0] == pytest.approx(0.5, abs=0.1)
        lab.step()
        assert len(ran) - before == 5  # not three hundred
        lab.run(2)
        assert [session.state for session in lab.sessions] == ["joined"] * 3
        twin = net.get(rock)
        assert twin is not None and 0 <= rock.x - twin.simulated.x < 12


# Who sends what nobody should


@pytest.mark.parametrize("channel", [Channel.CALL, Channel.VALUES], ids=["call", "values"])
def test_a_member_that_sends_what_no_honest_peer_does_is_removed_and_the_others_play_on(channel: Channel) -> None:
    chance = random.Random(5)
    bodies = [b"\xff" * 9, b"\x93" * 30, chance.randbytes(40), chance.randbytes(1000), b"\x92\xc3\xdd\xff\xff\xff\xff"]
    with Lab(clients=2, room=Arena, max_peers=99) as lab:
        log = listen(lab.host)
        for number, body in enumerate(bodies):
            rogue = Joining(
                lab._network.transport(), "host:27015", "", settings_of({"name": f"R{number}"}, lab._classes)
            )

            def pump(net: gn.Session[Any], rogue: Joining = rogue, body: bytes = body) -> None:
                if net is lab.host:
                    rogue.receive(lab.clock.now())
                    joined = rogue.state == "joined"
                    sent = [Outgoing(PeerId(0), rogue.room.id, channel, 1, body, 1)] if joined else []
                    rogue.send(lab.clock.now(), sent)

            lab.run(2, pump)
            assert rogue.state == "closed" and "cannot be read" in rogue.problem, body
        assert [line for line in log if "was removed" in line] == [
            f"R{number} was removed: It sent a message that cannot be read." for number in range(len(bodies))
        ]
        call = lab.clients[0].room.say.call("and us?")
        lab.until(lambda: call.done)
        assert call.value == "main: and us?" and [net.state for net in lab.sessions] == ["joined"] * 3


# How it goes


def test_times_are_nothing_on_the_host_and_follow_the_way_elsewhere() -> None:
    with Lab(clients=1, link="good", room=Arena) as lab:
        ship, client = lab.host.spawn(Ship()), lab.clients[0]

        def sail(net: gn.Session[Any]) -> None:
            if net is lab.host:
                ship.x += 1

        lab.run(3, each_frame=sail)
        assert lab.host.times == (0.0, 0.0)
        times = client.times
        assert 0 <= times.snapshot < 0.2 and 0.03 < times.behind < 0.5
        lab.cut(client)
        lab.run(2)
        assert client.times.snapshot > 1.8


def test_times_of_a_world_that_rests_stay_fresh() -> None:
    with Lab(clients=1, link="good", room=Arena) as lab:
        lab.run(5)
        assert lab.clients[0].times.snapshot < 0.2


def test_times_before_anything_came_are_zeros() -> None:
    with Lab(clients=0) as lab:
        assert lab.add_client().times == gn.Times(0.0, 0.0)


def test_stats_count_what_is_on_the_wire_with_headers() -> None:
    with Lab(clients=1, link="perfect", room=Arena) as lab:
        lab.host.spawn(Ship())
        lab.run(2)
        host, client = lab.host.stats, lab.clients[0].stats
        assert host.wire_out > host.bytes_out > 0 and client.wire_in > client.bytes_in > 0
        assert host.wire_out >= client.wire_in > 0.8 * host.wire_out
