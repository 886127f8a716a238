"""Games found in one home, by real processes: over IPv4 and IPv6, from another machine and in another window."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nat.laboratory import Laboratory

ROOT = Path(__file__).parents[2]

HOST = """
import sys, time, gamenet as gn
how, name, game = sys.argv[1:]
with gn.open(how, name=name, game=game) as net:
    print("ready", flush=True)
    while net.state != "closed":
        net.pump(1 / 60)
        time.sleep(1 / 60)
"""
JOIN = """
import time, gamenet as gn
with gn.open("join:lan", name="Ada", game="pong/1") as net:
    while net.state == "connecting":
        net.pump(1 / 60)
        time.sleep(1 / 60)
    print(net.state, net.host.name, net.problem)
"""
SEARCH = """
import time, gamenet as gn
with gn.search("lan") as search:
    for _ in range(90):
        search.pump(1 / 60)
        time.sleep(1 / 60)
    for found in sorted(search.rooms, key=lambda each: each.name):
        print(found.name, found.game, found.where)
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Laboratory]:
    with Laboratory("cone", ipv6=True, one_home=True) as home:
        yield home


def python(program: str, *words: str) -> list[str]:
    return ["env", f"PYTHONPATH={ROOT}", "GAMENET_LAN=", sys.executable, "-c", program, *words]


def host(home: Laboratory, place: str, how: str, name: str, game: str = "pong/1") -> None:
    child = home.serve(place, *python(HOST, how, name, game))
    assert child.stdout is not None and child.stdout.readline() == "ready\n"


def test_hosts_on_two_machines_are_found_where_they_listen_and_the_right_one_is_joined(home: Laboratory) -> None:
    host(home, "a", "host:27015", "Hilda")
    host(home, "a", "host:27016", "Other", "chess/1")
    host(home, "b", "serve:0.0.0.0:27017", "Served", "chess/1")
    host(home, "b", f"serve:[{home.plan.address6('b')}]:27018", "Sixth", "chess/1")
    near, far = home.plan.address("a"), home.plan.address("b")
    assert home.run("a", *python(SEARCH)).splitlines() == [
        "Hilda pong/1 127.0.0.1:27015",
        "Other chess/1 127.0.0.1:27016",
        f"Served chess/1 {far}:27017",
        f"Sixth chess/1 [{home.plan.address6('b')}]:27018",
    ]
    assert f"Hilda pong/1 {near}:27015" in home.run("b", *python(SEARCH)).splitlines()
    for place in "ab":
        assert home.run(place, *python(JOIN)).split() == ["joined", "Hilda"]


def test_who_is_in_another_home_hears_of_no_game(home: Laboratory) -> None:
    assert home.run("server", *python(SEARCH)) == ""
    assert "Nobody who hosts" in home.run("server", *python(JOIN))
