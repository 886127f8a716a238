"""A frame makes a constant number of crossings into native code, whatever there is of entities, peers and messages.

Proved by counting each call of a native function (`_bridge.counting`): in the Lab, where those of the codec are all
there are, and on the real library, where sockets are among them.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

import gamenet as gn
from gamenet import opening
from gamenet._bridge import counting
from gamenet.testing import Lab, ManualClock


class Arena(gn.Room):
    score: int = 0

    @gn.rpc(to="everyone", caller="host", rate=10_000)
    def tell(self, caller: gn.Caller, text: str) -> None: ...


class Mover(gn.Entity):
    x: float = gn.coord(0)
    y: float = gn.coord(0)


class Tank(gn.Entity, authority="owner"):
    x: float = gn.coord(0)


Frame = Counter[str]
Play = Callable[[gn.Session[Any]], object]


def move_all(net: gn.Session[Any]) -> None:
    for mover in net.all(Mover):
        mover.x += 1


def drive(net: gn.Session[Any]) -> None:
    for tank in net.all(Tank):
        if tank.mine:
            tank.x += 1


def counted(net: gn.Session[Any], play: Play) -> Frame:
    with counting() as crossings, net.frame(1 / 60):
        play(net)
    return crossings


def frames_of_a_host(entities: int, peers: int, *, play: Play = move_all, count: int = 30) -> list[Frame]:
    """The crossings of each frame of a host with so much to do, once everything is everywhere."""
    with Lab(clients=peers, room=Arena, link="perfect", max_peers=peers + 1) as lab:
        for _ in range(entities):
            lab.host.spawn(Mover())
        for net in lab.clients:
            net.spawn(Tank())
        lab.until(lambda: all(len(net.all(gn.Entity)) == entities + peers for net in lab.sessions), seconds=30)
        lab.run(0.5)
        frames = []
        for _ in range(count):
            lab.clock.advance(1 / 60)
            frames.append(counted(lab.host, play))
            for net in lab.clients:
                with net.frame(1 / 60):
                    drive(net)
        return frames


def total(frames: list[Frame]) -> Frame:
    return sum(frames, Counter())


@pytest.fixture(scope="module")
def few() -> list[Frame]:
    """What is compared with: ten entities and one peer."""
    return frames_of_a_host(10, 1)


def test_what_is_counted_is_there(few: list[Frame]) -> None:
    assert {"gn_codec_collect", "gn_codec_send", "gn_codec_receive", "gn_codec_newest"} <= total(few).keys()
    assert max(map(Counter.total, few)) <= 10


def test_ten_thousand_entities_cost_no_crossing_more_than_ten(few: list[Frame]) -> None:
    assert total(frames_of_a_host(10_000, 1)) == total(few)


def test_sixty_peers_cost_no_crossing_more_than_one(few: list[Frame]) -> None:
    assert total(frames_of_a_host(10, 60)) == total(few)


def test_two_hundred_calls_spawns_and_despawns_in_a_frame_cross_as_often_as_one_of_each() -> None:
    def change(net: gn.Session[Any]) -> None:
        movers = net.all(Mover)
        for mover in movers:
            net.despawn(mover)
            net.spawn(Mover())
            net.room.tell.send("x")

    assert total(frames_of_a_host(200, 2, play=change)) == total(frames_of_a_host(1, 2, play=change))


def test_a_client_crosses_as_often_for_many_entities_as_for_few() -> None:
    def frames(entities: int) -> Frame:
        with Lab(clients=1, room=Arena, link="perfect") as lab:
            for _ in range(entities):
                lab.host.spawn(Mover())
            lab.until(lambda: len(lab.clients[0].all(Mover)) == entities)
            lab.run(0.5)
            found: Frame = Counter()
            for _ in range(30):
                lab.clock.advance(1 / 60)
                with lab.host.frame(1 / 60):
                    move_all(lab.host)
                found += counted(lab.clients[0], lambda net: None)
            return found

    assert frames(2_000) == frames(5)


def real_frames(monkeypatch: pytest.MonkeyPatch, entities: int, peers: int) -> list[Frame]:
    """The same over the real library: all its crossings, those of the sockets among them."""
    clock = ManualClock(time.monotonic())
    monkeypatch.setattr(opening, "RealClock", lambda: clock)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::", 0))
        port = probe.getsockname()[1]
    with ExitStack() as sessions:
        host = sessions.enter_context(gn.host(room=Arena, port=port))
        clients = [sessions.enter_context(gn.join(f"127.0.0.1:{port}", room=Arena)) for _ in range(peers)]
        frames: list[Frame] = []

        def step() -> None:
            time.sleep(max(0.0, clock.now() + 1 / 60 - time.monotonic()))
            clock.advance(1 / 60)
            frames.append(counted(host, move_all))
            for net in clients:
                net.pump(1 / 60)

        def until(condition: Callable[[], bool]) -> None:
            deadline = time.monotonic() + 60
            while not condition():
                assert time.monotonic() < deadline, [net.problem for net in clients]
                step()

        until(lambda: all(net.state == "joined" for net in clients))
        for _ in range(entities):
            host.spawn(Mover())
        until(lambda: all(len(net.all(Mover)) == entities for net in clients))
        for _ in range(30):
            step()
        frames.clear()
        for _ in range(60):
            step()
        return frames


def test_with_real_connections_a_frame_crosses_as_often_for_many_peers_and_entities_as_for_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = real_frames(monkeypatch, 10, 1)
    many = real_frames(monkeypatch, 10, 6)
    crowded = real_frames(monkeypatch, 2_000, 1)
    for frames in (few, many, crowded):
        assert total(frames)["gn_sockets_send"] > 0
    most = max(map(Counter.total, few))
    assert most <= 20
    assert max(map(Counter.total, many)) <= most
    assert max(map(Counter.total, crowded)) <= most
    for frames in (few, many, crowded):  # one call each of what carries a batch
        for frame in frames:
            assert frame["gn_sockets_send"] <= 1 and frame["gn_sockets_flush"] <= 1
