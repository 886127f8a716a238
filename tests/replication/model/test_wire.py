from __future__ import annotations

import enum

from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import coord, integer, text
from gamenet.replication.rpc.declare import Caller, rpc
from tests.replication.model.homes import Room


class Team(enum.Enum):
    RED = 1
    BLUE = 2


class Ship(Entity, authority="owner", leaves="keep"):
    x: float = coord(0, low=-4096, high=4096, step=1 / 16)
    hp: int = integer(100, low=0, high=100, authority="host")
    team: Team = Team.RED
    name: str = text("", longest=16)

    @rpc(to="everyone")
    def honk(self, caller: Caller, times: int) -> None: ...


class Arena(Room):
    lines: int = 0


def test_wire_shows_what_travels_as_a_table() -> None:
    assert Ship.wire().splitlines() == [
        "Ship: 4 fields, 26 bits; computed by the owner, leaves='keep', most=64",
        "field  kind                             bits  decided by  rate             audience  smooth",
        "x      number -4096 … 4096 step 0.0625  18    owner       every send tick  everyone  yes",
        "hp     integer 0 … 100                  7     host        every send tick  everyone  no",
        "team   choice of RED, BLUE              1     owner       every send tick  everyone  no",
        "name   text of 16                       -     owner       on change        everyone  no",
        "0 honk(times int) -> None to everyone, caller owner",
    ]


def test_a_room_s_table_says_nothing_about_owners() -> None:
    assert Arena.wire().splitlines()[0] == "Arena: 1 field, 64 bits"


def test_long_kinds_are_cut() -> None:
    many = enum.Enum("many", [f"MEMBER_{number}" for number in range(100)])  # type: ignore[misc]
    kind = type("Kind", (Entity,), {"__annotations__": {"m": many}})
    assert max(map(len, kind.wire().splitlines())) < 130  # type: ignore[attr-defined]
    assert "…" in kind.wire()  # type: ignore[attr-defined]
