"""What ticks move is drawn between two ticks, and nothing of it stays behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import gamenet as gn
from gamenet.peer import Peer
from gamenet.replication.model.faces import Faces
from gamenet.replication.model.world import World
from gamenet.replication.rpc.router import Router
from gamenet.replication.stepping import REST, Stepper
from tests.replication.arena import Arena, Rock, Ship

TICK = 1 / 60


class Ground:
    """A host's world with a stepper and nothing else."""

    def __init__(self) -> None:
        me = Peer(0, "host", me=True, host=True)
        self.world = World(Arena(), gn.Protocol([Arena, Rock, Ship]), me, me, strict=True)
        Router(self.world)
        self.faces = Faces()
        self.stepper = Stepper(self.world, self.faces)
        self.world.watch_only(self.stepper)
        self.world.install_room()

    def step(self, *rules: Callable[[float], object]) -> None:
        self.faces.put_back(self.world.trespass_outside)
        self.stepper.step(rules, TICK)

    def drawn(self, entity: Any, fraction: float) -> float:
        self.stepper.show(fraction)
        x: float = entity.x
        self.faces.put_back(self.world.trespass_outside)
        return x


@pytest.fixture
def ground() -> Ground:
    return Ground()


def test_a_step_is_drawn_bit_by_bit_and_angles_go_the_short_way(ground: Ground) -> None:
    rock = ground.world.spawn(Rock(x=10, angle=350), None)

    def rule(dt: float) -> None:
        rock.x += 60 * dt
        rock.angle = 10

    ground.step(rule)
    for fraction in (0, 0.25, 1):
        ground.stepper.show(fraction)
        assert (rock.x, rock.angle) == pytest.approx((10 + fraction, (350 + 20 * fraction) % 360))
        assert rock.simulated.x == 11
        ground.faces.put_back(ground.world.trespass_outside)
    assert (rock.x, rock.angle) == (11, 10)


def test_what_the_game_wrote_since_is_drawn_as_it_is_and_the_rest_still_between(ground: Ground) -> None:
    ship = ground.world.spawn(Ship(), ground.world.me)

    def rule(dt: float) -> None:
        ship.x, ship.y = 10.0, 10.0

    ground.step(rule)
    ship.x = 5.0
    ground.stepper.show(0.5)
    assert (ship.x, ship.y) == (5.0, 5.0)


def test_what_nobody_moves_by_rules_has_one_face(ground: Ground) -> None:
    rock = ground.world.spawn(Rock(), None)
    ground.step(lambda dt: None)
    rock.x = 40.0
    assert ground.drawn(rock, 0.5) == 40.0
    ground.step()
    rock.x = 50.0
    assert ground.drawn(rock, 0.5) == 50.0


def test_a_teleport_in_a_rule_or_outside_is_no_move(ground: Ground) -> None:
    rock = ground.world.spawn(Rock(x=1), None)
    ground.step(lambda dt: setattr(rock, "x", rock.x + 1))
    rock.teleport(x=100)
    assert ground.drawn(rock, 0.5) == 100
    ground.step(lambda dt: rock.teleport(x=-100))
    assert ground.drawn(rock, 0.5) == -100
    ground.step(lambda dt: setattr(rock, "x", rock.x + 1))
    assert ground.drawn(rock, 0.5) == -99.5


def test_what_a_rule_moves_and_takes_out_is_forgotten(ground: Ground) -> None:
    rock = ground.world.spawn(Rock(), None)

    def rule(dt: float) -> None:
        rock.x += 1
        ground.world.despawn(rock)

    ground.step(rule)
    assert not ground.stepper._moved
    assert ground.drawn(rock, 0.5) == 1


def test_after_a_second_of_rest_it_is_forgotten_and_until_then_it_stands_still(ground: Ground) -> None:
    rock = ground.world.spawn(Rock(), None)
    ground.step(lambda dt: setattr(rock, "x", 1.0))
    ground.step(lambda dt: None)
    assert ground.drawn(rock, 0.25) == 1.0
    assert ground.stepper._moved
    for _ in range(round(REST / TICK) + 1):
        ground.step(lambda dt: None)
    assert not ground.stepper._moved


def test_a_rule_may_spawn_and_what_it_spawned_moves_from_the_next_tick_on(ground: Ground) -> None:
    rocks: list[Rock] = []

    def rule(dt: float) -> None:
        for rock in rocks:
            rock.x += 1
        if not rocks:
            rocks.append(ground.world.spawn(Rock(x=7), None))

    ground.step(rule)
    assert ground.drawn(rocks[0], 0.5) == 7
    ground.step(rule)
    assert ground.drawn(rocks[0], 0.5) == 7.5


def test_teleports_of_a_world_without_rules_are_not_collected(ground: Ground) -> None:
    for _ in range(100):
        rock = ground.world.spawn(Rock(), None)
        rock.teleport(x=5)
        ground.world.despawn(rock)
        ground.step()
    assert not ground.stepper._cut
