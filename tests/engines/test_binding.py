"""Followers of entities, whatever the engine."""

from __future__ import annotations

import gc
import weakref

import pytest

import gamenet as gn
from gamenet.engines.binding import Follower, bind, require_fields
from gamenet.testing import Lab

DT = 1 / 60


class Thing(gn.Entity):
    x: float = 10.0
    y: float = 20.0


class Shadow(Follower):
    def __init__(self, entity: gn.Entity) -> None:
        self.entity, self.seen, self.left = entity, list[float](), 0

    def follow(self) -> None:
        self.seen.append(self.entity.x)  # type: ignore[attr-defined]

    def leave(self) -> None:
        self.left += 1


def test_a_follower_follows_at_once_and_at_the_end_of_each_frame() -> None:
    net = gn.solo()
    thing = net.spawn(Thing())
    shadow = Shadow(thing)
    bind(shadow)
    for _ in range(2):
        with net.frame(DT):
            thing.x += 5
    assert shadow.seen == [10.0, 15.0, 20.0]


def test_it_leaves_once_when_its_entity_goes_and_others_stay() -> None:
    net = gn.solo()
    goes, stays = Shadow(net.spawn(Thing())), Shadow(net.spawn(Thing()))
    bind(goes)
    bind(stays)
    net.pump(DT)
    net.despawn(goes.entity)
    net.pump(DT)
    net.pump(DT)
    assert (goes.left, stays.left) == (1, 0) and len(goes.seen) == 2 and len(stays.seen) == 4


def test_it_leaves_when_the_room_begins_anew() -> None:
    net = gn.solo()
    net.pump(DT)
    shadow = Shadow(net.spawn(Thing()))
    bind(shadow)
    net.room.reset()
    net.pump(DT)
    assert shadow.left == 1


def test_what_a_follower_shows_of_another_peers_entity_is_between_its_snapshots() -> None:
    """The shown place, not the newest one."""
    with Lab(clients=1, link="perfect") as lab:
        thing = lab.host.spawn(Thing())
        client = lab.clients[0]
        lab.until(lambda: client.get(thing) is not None)
        shadow = Shadow(client.get(thing))  # type: ignore[arg-type]
        bind(shadow)

        def move(net: gn.Session) -> None:
            if net is lab.host:
                thing.x += 4

        lab.run(1, each_frame=move)
        steps = {round(b - a, 3) for a, b in zip(shadow.seen[-30:], shadow.seen[-29:], strict=False)}
        assert max(steps) < 8, "snapshots are three ticks apart: unsmoothed they would be steps of 12"
        assert shadow.seen[-1] > 50


def test_missing_fields_are_named() -> None:
    with pytest.raises(AttributeError, match="Thing has no left: say x= and y="):
        require_fields(Thing(), "left", "y")


def test_an_entity_that_was_not_spawned_is_refused_with_advice() -> None:
    with pytest.raises(gn.GamenetError, match=r"net\.spawn\(…\) it first"):
        bind(Shadow(Thing()))


def test_followers_go_with_their_session() -> None:
    net = gn.solo()
    shadow = Shadow(net.spawn(Thing()))
    bind(shadow)
    net.pump(DT)
    gone = weakref.ref(shadow)
    del net, shadow
    gc.collect()
    assert gone() is None
