"""The frame: what happens in it, in which order, and what a failing handler or block leaves of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

import gamenet as gn
from gamenet.testing import Lab, Link


class Arena(gn.Room):
    score: int = 0

    @gn.rpc(to="host", rate=1000)
    def say(self, caller: gn.Caller, text: str) -> int:
        heard.append(f"{caller.peer.name}: {text}")
        return len(text)

    @gn.rpc(to="everyone", caller="host", rate=1000)
    def tell(self, caller: gn.Caller, text: str) -> None:
        heard.append(f"{text}")


class Ship(gn.Entity["Arena"], authority="owner"):
    x: float = 0.0
    hp: int = gn.integer(100, low=0, high=100, authority="host")


class Rock(gn.Entity["Arena"]):
    x: float = 0.0
    hits: int = 0

    def spawned(self) -> None:
        heard.append(f"spawned {self.room is not None}")

    def despawned(self) -> None:
        heard.append(f"despawned {self.room is not None}")

    @gn.changed("hits")
    def first(self, old: int, new: int) -> None:
        heard.append(f"hits {old} {new}")
        if new == 13:
            raise Unlucky

    @gn.changed("hits")
    def second(self, old: int, new: int) -> None:
        heard.append("and again")


class Unlucky(Exception):
    """Raised by handlers of these tests."""


heard: list[str] = []


@pytest.fixture(autouse=True)
def quiet() -> None:
    heard.clear()


def listen(net: gn.Session[Any], log: list[str]) -> None:
    """Write down every event as it comes."""
    net.on("joined")(lambda: log.append("joined"))
    net.on("peer_joined")(lambda peer: log.append(f"{peer.name} joined"))
    net.on("peer_left")(lambda peer, reason: log.append(f"{peer.name} {reason}"))
    net.on("spawned")(lambda entity: log.append(f"spawned {type(entity).__name__}"))
    net.on("despawned")(lambda entity: log.append(f"despawned {type(entity).__name__}"))
    net.on("stalled")(lambda seconds: log.append("stalled"))
    net.on("closed")(lambda reason: log.append(f"closed {reason}"))


def raise_once(log: list[str]) -> Callable[..., None]:
    def handler(*_: object) -> None:
        if not log:
            log.append("raised")
            raise Unlucky

    return handler


def survive(lab: Lab[Any], frames: int) -> int:
    """Run frames as a game does that catches what its handlers raise; how often that was."""
    caught = 0
    for _ in range(frames):
        try:
            lab.step()
        except Unlucky:
            caught += 1
    return caught


# Delivery


def test_nothing_is_delivered_before_the_first_frame_nor_outside_one() -> None:
    log: list[str] = []
    net = gn.solo(room=Arena)
    listen(net, log)
    net.spawn(Rock())
    net.room.say.send("hi")
    assert log == heard == []
    with net.frame(0.1):
        assert log == ["joined", "host joined", "spawned Rock"]
        assert heard == ["spawned True", "host: hi"]
    before = list(log)
    net.spawn(Rock())
    assert log == before


def test_on_the_host_joined_comes_first_then_everybody_and_then_what_exists() -> None:
    log: list[str] = []
    net = gn.solo(room=Arena, name="Ada")
    listen(net, log)
    net.spawn(Rock())
    net.pump(0.1)
    assert log == ["joined", "Ada joined", "spawned Rock"]


def test_a_newcomer_hears_joined_once_all_it_may_see_is_there_and_then_of_everybody_itself_included() -> None:
    log: list[str] = []
    with Lab(clients=1, room=Arena, name="Hilda") as lab:
        for _ in range(300):
            lab.host.spawn(Rock())

        late = lab.add_client(name="Bob")
        listen(late, log)
        seen: list[int] = []
        late.on("joined")(lambda: seen.append(len(late.all(Rock))))
        states: set[str] = set()
        lab.until(lambda: states.add(late.state) or "joined" in log)
        lab.run(0.5)
        assert seen == [300]
        others = [line for line in log if "spawned" not in line]
        assert others[0] == "joined"
        assert sorted(others[1:]) == sorted(f"{peer.name} joined" for peer in late.peers)
        assert [peer.name for peer in late.peers] == [line.split(" joined")[0] for line in others[1:]]
        assert "connecting" in states and late.state == "joined"


def test_a_handler_of_joined_may_register_for_peer_joined_and_hears_of_everybody() -> None:
    log: list[str] = []
    net = gn.solo(room=Arena, name="Ada")

    @net.on("joined")
    def joined() -> None:
        net.on("peer_joined")(lambda peer: log.append(peer.name))

    net.pump(0.1)
    assert log == ["Ada"]


def test_the_rooms_listeners_hear_before_the_sessions() -> None:
    log: list[str] = []
    net = gn.solo(room=Arena)
    net.on("joined")(lambda: log.append("session"))
    net.room.on("joined")(lambda: log.append("room"))
    net.pump(0.1)
    assert log == ["room", "session"]


def test_events_of_a_class_are_for_it_and_its_subclasses_only() -> None:
    log: list[object] = []
    net = gn.solo(room=Arena)
    net.on("spawned", Rock)(log.append)
    net.spawn(Ship())
    rock = net.spawn(Rock())
    net.pump(0.1)
    assert log == [rock]


def test_an_entity_that_goes_may_still_ask_for_its_room() -> None:
    with Lab(clients=1, room=Arena) as lab:
        rock = lab.host.spawn(Rock())
        lab.until(lambda: lab.clients[0].get(rock))
        heard.clear()
        lab.host.despawn(rock)
        lab.run(0.5)
        assert heard == ["despawned True", "despawned True"]


# Leaving


@pytest.mark.parametrize("how", ["close", "kick"])
def test_peer_left_is_heard_while_that_peers_entities_are_still_there_on_every_peer(how: str) -> None:
    seen: dict[str, list[int]] = {}
    with Lab(clients=2, room=Arena) as lab:
        leaver, stayer = lab.clients
        leaver.spawn(Ship())
        lab.until(lambda: all(net.all(Ship) for net in lab.sessions))
        log: list[str] = []
        listen(stayer, log)
        host_log: list[str] = []
        listen(lab.host, host_log)
        for net in (lab.host, stayer):
            name = net.me.name
            net.on("peer_left")(
                lambda peer, reason, net=net, name=name: seen.update({name: [s.owner is peer for s in net.all(Ship)]})
            )
        if how == "close":
            leaver.close()
        else:
            lab.host.kick(lab.host.all(Ship)[0].owner or lab.host.me, "bye")
        lab.until(lambda: not stayer.all(Ship) and not lab.host.all(Ship))
        assert seen == {lab.host.me.name: [True], stayer.me.name: [True]}
        for events in (log, host_log):
            left = [index for index, line in enumerate(events) if line.startswith(leaver.me.name)]
            gone = [index for index, line in enumerate(events) if line == "despawned Ship"]
            assert len(left) == len(gone) == 1 and left < gone


def test_the_last_call_of_a_peer_that_leaves_in_the_same_moment_is_not_lost() -> None:
    with Lab(clients=2, room=Arena) as lab:
        net = lab.clients[0]
        net.room.say.send("in the frame before")
        lab.step()
        net.room.say.send("in the line before")
        net.close()
        lab.run(0.5)
        assert heard == [f"{net.me.name}: in the frame before", f"{net.me.name}: in the line before"]


def test_the_hosts_last_call_comes_before_its_goodbye() -> None:
    with Lab(clients=1, room=Arena) as lab:
        closed: list[str] = []
        lab.clients[0].on("closed")(lambda reason: closed.append(f"{heard[-1]}, {reason}"))
        lab.host.room.tell.send("well played")
        lab.host.close()
        lab.until(lambda: lab.clients[0].state == "closed")
        lab.step()
        assert closed == ["well played, The host ended the game."]


def test_everybody_who_leaves_in_one_frame_is_told_of() -> None:
    with Lab(clients=8, room=Arena, link="perfect") as lab:
        log: list[str] = []
        listen(lab.host, log)
        for net in lab.clients:
            net.spawn(Ship())
        lab.until(lambda: len(lab.host.all(Ship)) == 8)
        for net in lab.clients:
            net.close()
        lab.run(0.5)
        assert sorted(line for line in log if line.endswith("left the game")) == sorted(
            f"{net.me.name} left the game" for net in lab.clients
        )
        assert not lab.host.all(Ship)


# Exceptions


def test_a_handler_that_raises_loses_no_other_event_and_no_other_handler() -> None:
    with Lab(clients=0, room=Arena, link="perfect") as lab:
        net = lab.host
        calm: list[str] = []
        once: list[str] = []
        net.on("peer_joined")(raise_once(once))
        listen(net, calm)
        lab.add_client(name="Ada")
        lab.add_client(name="Bob")
        assert survive(lab, 60) == 1
        assert sorted(calm) == ["Ada joined", "Bob joined", "host joined", "joined"]


@pytest.mark.parametrize("event", ["joined", "peer_joined", "spawned"])
def test_the_first_frames_events_all_come_though_one_handler_raises(event: Any) -> None:
    log: list[str] = []
    net = gn.solo(room=Arena, name="Ada")
    net.room.on(event)(raise_once([]))
    listen(net, log)
    net.spawn(Rock())
    with pytest.raises(Unlucky):
        net.pump(0.1)
    net.pump(0.1)
    assert log == ["joined", "Ada joined", "spawned Rock"]


def test_an_entitys_own_hook_that_raises_does_not_lose_the_event() -> None:
    class Mine(Rock):
        def spawned(self) -> None:
            raise Unlucky

    log: list[str] = []
    net = gn.solo(room=Arena, protocol=gn.Protocol([Arena, Mine]))
    listen(net, log)
    net.spawn(Mine())
    with pytest.raises(Unlucky):
        net.pump(0.1)
    net.pump(0.1)
    assert "spawned Mine" in log


def test_a_changed_hook_that_raises_loses_neither_the_others_nor_the_sending() -> None:
    with Lab(clients=1, room=Arena, link="perfect") as lab:
        rocks = [lab.host.spawn(Rock()), lab.host.spawn(Rock())]
        lab.run(0.5)
        heard.clear()
        rocks[0].hits, rocks[1].hits = 13, 14
        caught = survive(lab, 30)
        assert caught == 2  # on the host and on its client
        assert heard.count("hits 0 13") == heard.count("hits 0 14") == 2
        assert heard.count("and again") == 4


def test_what_arrived_behind_a_leaving_whose_handler_raises_comes_in_the_next_frame() -> None:
    with Lab(clients=2, room=Arena, link="perfect") as lab:
        leaver, stayer = lab.clients
        leaver.spawn(Ship())
        lab.until(lambda: stayer.all(Ship))
        stayer.on("peer_left")(raise_once([]))
        leaver.close()
        lab.host.room.tell.send("after")
        assert survive(lab, 20) == 1
        assert not stayer.all(Ship)
        assert heard.count("after") == 2  # on the host and on the one who stayed
        assert stayer.state == "joined"


def test_a_block_that_raises_is_the_games_and_the_session_is_pumped_without_a_tick() -> None:
    with Lab(clients=1, room=Arena, link="perfect") as lab:
        net, other = lab.host, lab.clients[0]
        rock = net.spawn(Rock())
        ticks: list[float] = []
        net.each_tick(ticks.append)
        lab.run(0.5)
        twin = other.get(rock)
        assert twin is not None
        ticks.clear()
        for _ in range(30):
            lab.clock.advance(1 / 60)
            with suppress(Unlucky), net.frame(1 / 60):
                rock.x += 1
                net.room.tell.send("still here")
                raise Unlucky
            other.pump(1 / 60)
        assert not ticks and twin.simulated.x == 0
        assert "still here" in heard and other.state == "joined"
        lab.run(0.5)
        assert ticks and twin.simulated.x == rock.simulated.x == 30


def test_a_rule_that_raises_is_not_half_a_tick_on_the_wire() -> None:
    with Lab(clients=1, room=Arena, link="perfect") as lab:
        rock = lab.host.spawn(Rock())
        lab.run(0.3)

        @lab.host.each_tick
        def rules(dt: float) -> None:
            rock.x = 99
            raise Unlucky

        assert survive(lab, 12) == 12
        twin = lab.clients[0].get(rock)
        assert twin is not None and twin.simulated.x == 0


# Frames beside and inside each other


def test_two_frames_within_one_engine_frame_are_harmless() -> None:
    with Lab(clients=1, room=Arena, link="fair") as lab:
        ticks: list[float] = []
        lab.host.each_tick(ticks.append)
        rock = lab.host.spawn(Rock())
        for frame in range(120):
            lab.clock.advance(1 / 60)
            for net in lab.sessions * 2:
                with net.frame(1 / 60):
                    if net is lab.host:
                        rock.x = frame
        twin = lab.clients[0].get(rock)
        assert len(ticks) in (119, 120, 121)
        assert twin is not None and twin.simulated.x > 90
        assert [net.state for net in lab.sessions] == ["joined", "joined"]


def test_a_frame_inside_a_frame_is_refused_and_the_outer_one_goes_on() -> None:
    net = gn.solo(room=Arena)
    with net.frame(0.1):
        with pytest.raises(gn.BadArgument, match="one frame ends before the next"), net.frame(0.1):
            raise AssertionError("the inner block ran")
        with pytest.raises(gn.BadArgument):
            net.pump(0.1)
    net.pump(0.1)


def test_frames_of_two_sessions_may_stand_inside_each_other() -> None:
    one, other = gn.solo(room=Arena), gn.solo(room=Arena)
    with one.frame(0.1), other.frame(0.1):
        one.spawn(Ship())
    assert one.mine(Ship) and not other.all(Ship)


def test_pump_is_an_empty_block_beside_which_one_writes_what_one_decides() -> None:
    with Lab(clients=1, room=Arena, link="perfect") as lab:
        rock = lab.host.spawn(Rock())
        for _ in range(60):
            lab.clock.advance(1 / 60)
            lab.host.pump(1 / 60)
            rock.x += 1
            lab.clients[0].pump(1 / 60)
        twin = lab.clients[0].get(rock)
        assert twin is not None and twin.simulated.x > 50


def test_a_frame_with_no_time_in_it_and_one_with_a_minute_are_both_fine() -> None:
    with Lab(clients=1, room=Arena) as lab:
        ticks: list[int] = []
        lab.host.each_tick(lambda dt: ticks.append(lab.host.tick))
        lab.run(0.2)
        ticks.clear()
        lab.host.pump(0.0)
        assert ticks == []
        lab.clock.advance(60)
        lab.host.pump(60)
        assert len(ticks) == 5


def test_rules_run_nowhere_before_joined_and_everywhere_after() -> None:
    with Lab(clients=0, room=Arena, link=Link(lag_ms=20, loss=30)) as lab:
        for _ in range(500):
            lab.host.spawn(Rock())
        log: list[str] = []
        late = lab.add_client()
        late.each_tick(lambda dt: log.append(late.state))
        late.on("joined")(lambda: log.append("now"))
        lab.until(lambda: len(log) > 30)
        assert log[0] == "now" and set(log[1:]) == {"joined"}


# Order of calls and structure


def test_a_call_finds_the_structure_that_its_caller_saw() -> None:
    found: list[bool] = []

    class Duel(gn.Room):
        @gn.rpc(to="everyone", caller="host")
        def look(self, caller: gn.Caller, ship: int) -> None:
            found.append(self.get(gn.EntityId(ship)) is not None)

    with Lab(clients=3, room=Duel, protocol=gn.Protocol([Duel, Rock]), link="poor") as lab:
        for _ in range(10):
            rock = lab.host.spawn(Rock())
            assert rock.id is not None
            lab.host.room.look.send(rock.id)
            lab.run(0.1)
        lab.until(lambda: len(found) == 40)
        assert all(found)


def test_a_call_before_joining_waits_and_is_its_callers() -> None:
    with Lab(clients=0, room=Arena, link=Link(lag_ms=40)) as lab:
        late = lab.add_client(name="Ada")
        call = late.room.say.call("am I early?")
        late.room.say.send("and this")
        lab.until(lambda: call.done)
        assert heard == ["Ada: am I early?", "Ada: and this"]
        assert call.error == "" and call.value == 11
        lab.run(0.5)
        assert late.state == "joined"


def test_a_call_in_the_line_of_opening_has_all_its_time() -> None:
    net = gn.solo(room=Arena)
    call = net.room.say.call("hi")
    net.pump(0.1)
    net.pump(0.1)
    assert call.done and call.error == ""


# Ends


def test_every_open_call_ends_when_the_session_closes() -> None:
    with Lab(clients=1, room=Arena) as lab:
        net = lab.clients[0]
        answers: list[str] = []
        lab.cut(net)
        call = net.room.say.call("anybody?").then(lambda call: answers.append(call.error))
        net.close()
        lab.run(0.1)
        assert call.done and answers == ["the session is closed"]


def test_closed_comes_once_and_the_closed_world_stands_still() -> None:
    with Lab(clients=1, room=Arena) as lab:
        net = lab.clients[0]
        log: list[str] = []
        ticks: list[float] = []
        listen(net, log)
        net.each_tick(ticks.append)
        net.spawn(Ship())
        lab.run(0.5)
        net.close()
        assert net.state == "closing"
        lab.run(0.1)
        ticks.clear()
        tick = net.tick
        lab.run(0.5)
        assert net.state == "closed"
        assert [line for line in log if line.startswith("closed")] == ["closed The session was closed."]
        assert not ticks and net.tick == tick
        net.close()
