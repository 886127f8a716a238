"""What a field may be predicted from."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from gamenet.errors import BadDeclaration
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import angle, coord, integer, local, number, text
from gamenet.replication.model.schema import Protocol


class Team(enum.Enum):
    RED = 1


class Ship(Entity, authority="owner"):
    x: float = coord(0, low=0, high=100, velocity="vx")
    y: float = coord(0, low=0, high=100, velocity="vy")
    rot: float = angle(0, along=("vx", "vy"))
    vx: float = number(0, low=-9, high=9, step=0.125)
    vy: float = 0.0


def sources(cls: type[Any]) -> dict[str, tuple[str, ...]]:
    return {
        column.name: column.source for part in cls.__gamenet__.parts for column in part.table.fields if column.source
    }


def test_a_field_says_which_others_move_it() -> None:
    assert sources(Ship) == {"x": ("vx",), "y": ("vy",), "rot": ("vx", "vy")}
    assert "moved by vx" in Ship.wire() and "along vx, vy" in Ship.wire()


def test_what_moves_a_field_may_be_inherited_or_come_in_a_subclass_s_place() -> None:
    class Fast(Ship):
        vx: float = number(0, low=-99, high=99, step=0.125)
        spin: float = angle(0, velocity="turn")
        turn: int = integer(0, low=-360, high=360)

    assert sources(Fast) == {**sources(Ship), "spin": ("turn",)}


def test_a_velocity_may_be_moved_by_an_acceleration() -> None:
    class Rocket(Entity):
        x: float = coord(0, velocity="v")
        v: float = number(0, low=-9, high=9, step=0.1, velocity="a")
        a: float = 0.0

    assert sources(Rocket) == {"x": ("v",), "v": ("a",)}


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({"x": ("float", coord(0, velocity="vz")), "vx": ("float", 0.0)}, "'vz', which is no field of the class"),
        ({"x": ("float", coord(0, velocity="name")), "name": ("str", text())}, "'name', which is no number"),
        ({"x": ("float", coord(0, velocity="on")), "on": ("bool", True)}, "'on', which is no number"),
        ({"x": ("float", coord(0, velocity="team")), "team": ("Team", Team.RED)}, "'team', which is no number"),
        ({"x": ("float", coord(0, velocity="v")), "v": ("float", local(0.0))}, "'v', which is no field"),
        ({"x": ("float", coord(0, velocity="x"))}, "predicted from itself"),
        ({"x": ("float", coord(0, velocity="y")), "y": ("float", coord(0, velocity="x"))}, "by way of x, y"),
        (
            {"x": ("float", coord(0, velocity="v")), "v": ("float", number(0, authority="host"))},
            "somebody else decides",
        ),
        ({"x": ("float", coord(0, velocity=3)), "v": ("float", 0.0)}, 'velocity="vx", not 3'),  # type: ignore[arg-type]
        ({"r": ("float", angle(0, along="vx")), "vx": ("float", 0.0)}, "along= names two fields"),  # type: ignore[arg-type]
        ({"r": ("float", angle(0, along=("v", "v"), velocity="v")), "v": ("float", 0.0)}, "not both"),
    ],
)
def test_what_cannot_move_a_field_is_refused_with_advice(fields: dict[str, Any], advice: str) -> None:
    body = {name: value for name, (_, value) in fields.items()}
    kinds = {"float": float, "str": str, "bool": bool, "Team": Team}
    annotations = {name: kinds[kind] for name, (kind, _) in fields.items()}
    with pytest.raises(BadDeclaration, match=advice):
        type(Entity)("Odd", (Entity,), {"__annotations__": annotations, **body}, authority="owner")


def test_peers_that_predict_otherwise_do_not_play_together() -> None:
    def ship(**said: Any) -> type[Any]:
        body = {"__annotations__": {"x": float, "vx": float}, "x": coord(0, **said), "vx": 0.0}
        return type(Entity)("Ship", (Entity,), body)

    mine, theirs = Protocol([ship(velocity="vx")]), Protocol([ship()])
    assert "Ship.x: " in mine.difference(theirs.describe()) and "moved by vx" in mine.difference(theirs.describe())
    assert mine.difference(Protocol([ship(velocity="vx")]).describe()) == ""
