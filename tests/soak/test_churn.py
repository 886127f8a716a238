"""Long play on virtual time: entities and players come and go in bad weather; nothing grows, all agree in the end."""

from __future__ import annotations

import gc
import os
import random
from pathlib import Path
from typing import Any

import pytest

import gamenet as gn
from gamenet.testing import Lab
from tests.replication.arena import Arena, Rock, Ship

MINUTES = 20
WARM = 4
"""Minutes after which memory has to be flat."""

MOST_GROWTH = 8 * 1024 * 1024
"""Bytes between the fifth minute and the last: what an allocator may move; a leak of one entity a second is more."""


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def census(net: gn.Session[Any]) -> dict[int, tuple[Any, ...]]:
    """Every entity with its values, as the simulation has them."""
    found: dict[int, tuple[Any, ...]] = {}
    for entity in net.all(gn.Entity):
        fields = entity.__gamenet__.fields
        found[int(entity.id or 0)] = tuple(getattr(entity.simulated, name) for name in fields)
    return found


def play(lab: Lab[Arena], chance: random.Random) -> None:
    """One second: all move, some spawn, some despawn, now and then somebody leaves and another comes."""
    for net in lab.sessions:
        mine = [ship for ship in net.all(Ship) if ship.mine]
        if len(mine) < 5:
            net.spawn(Ship(x=chance.randrange(-4000, 4000), name=f"ship {chance.randrange(100)}"))
        elif chance.random() < 0.5:
            net.despawn(chance.choice(mine))
    rocks = lab.host.all(Rock)
    for rock in rocks[:40]:
        lab.host.despawn(rock) if chance.random() < 0.1 else rock.teleport(x=chance.randrange(-4000, 4000))
    for _ in range(60 - len(rocks)):
        lab.host.spawn(Rock(x=chance.randrange(-4000, 4000), count=chance.randrange(1 << 40)))
    if chance.random() < 0.1:
        lab.clients.pop(0).close()
        lab.add_client()

    def fly(net: gn.Session[Arena]) -> None:
        for ship in net.all(Ship):
            if ship.mine:
                ship.x = (ship.x + 3 + 4096) % 8192 - 4096

    lab.run(1, fly)


@pytest.mark.timeout(1800)
def test_twenty_minutes_of_coming_and_going_take_no_more_memory_and_end_in_one_world() -> None:
    chance = random.Random(7)
    with Lab(clients=3, room=Arena, link="fair", seed=7, strict=False, max_peers=64) as lab:
        sizes = []
        for _ in range(MINUTES):
            for _ in range(60):
                play(lab, chance)
            sizes.append(resident())
        lab.until(lambda: all(net.state == "joined" for net in lab.sessions))
        lab.run(10)
        worlds = [census(net) for net in lab.sessions]
    assert len(worlds[0]) > 60
    assert all(world == worlds[0] for world in worlds)
    assert sizes[-1] - sizes[WARM] < MOST_GROWTH, [size >> 20 for size in sizes]
