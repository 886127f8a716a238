from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from gamenet.errors import BadArgument, BadDeclaration, NotAuthoritative
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import coord, integer, local, text
from tests.replication.model.homes import FakeHome, Room


class Ship(Entity, authority="owner", leaves="keep", most=3):
    x: float = coord(0)
    y: float = 0.0
    hp: int = integer(100, authority="host")
    name: str = text("", longest=4)
    title: str = text("?", authority="host")
    dust: list[int] = local(factory=list)


SCHEMA = Ship.__gamenet__


class Arena(Room):
    score: int
    topic: str = "hello"


# ------------------------------------------------------------------------------------------------------ class keywords


def test_class_keywords_say_who_computes_what_remains_and_how_many() -> None:
    assert (SCHEMA.name, SCHEMA.authority, SCHEMA.leaves, SCHEMA.most) == ("Ship", "owner", "keep", 3)


def test_without_keywords_the_host_computes_and_leavers_take_theirs_along() -> None:
    class Rock(Entity): ...

    schema = Rock.__gamenet__
    assert (schema.name, schema.authority, schema.leaves, schema.most) == ("Rock", "host", "remove", 64)


def test_keywords_are_inherited_but_for_the_wire_name() -> None:
    class Named(Ship, wire="n", most=5): ...

    class Plain(Named): ...

    assert (Named.__gamenet__.name, Plain.__gamenet__.name) == ("n", "Plain")
    assert (Plain.__gamenet__.authority, Plain.__gamenet__.most) == ("owner", 5)


@pytest.mark.parametrize(
    ("keywords", "advice"),
    [
        ({"authority": "server"}, "authority= is 'host' or 'owner', not 'server'"),
        ({"leaves": "stay"}, "leaves= is 'remove' or 'keep'"),
        ({"most": 0}, "most= is a whole number 1"),
        ({"most": True}, "most= is a whole number 1"),
        ({"wire": "a\nb"}, "short printable name"),
        ({"wire": 3}, "short printable name"),
        ({"autority": "host"}, "did you mean 'authority'"),
        ({"predict": "owner"}, "prediction is not built yet"),
        ({"sight": 1}, "gn.nearest"),
    ],
)
def test_wrong_class_keywords_are_refused_with_advice(keywords: dict[str, Any], advice: str) -> None:
    with pytest.raises(BadDeclaration, match=f"class Rock.*{advice}"):
        type("Rock", (Entity,), {}, **keywords)


def test_a_room_takes_no_authority() -> None:
    with pytest.raises(BadDeclaration, match="accepted are wire"):
        type("Arena", (Room,), {}, authority="owner")


# ----------------------------------------------------------------------------------------------------------- instances


def test_a_blank_instance_has_every_default_and_skips_init() -> None:
    class Loud(Entity):
        x: float = 3.0
        bag: list[int] = local(factory=list)

        def __init__(self) -> None:
            raise AssertionError("remote entities are made without __init__")

    blank = Loud.__gamenet__.blank()
    assert type(blank) is Loud and blank.x == 3.0 and blank.bag == []
    assert (blank._id, blank._owner, blank._home, blank._simulated) == (None, None, None, None)


def test_class_attributes_are_the_defaults() -> None:
    assert Ship.hp == 100 and Ship.x == 0 and not hasattr(Ship, "dust")


def test_structural_fields_know_who_decides_them() -> None:
    found = [(field.name, field.default, field.number, field.authority) for field in SCHEMA.structural]
    assert found == [("name", "", 0, "entity"), ("title", "?", 1, "host")]


def test_a_room_s_required_fields_begin_at_zero() -> None:
    assert Arena().score == 0


# ---------------------------------------------------------------------------------------------------------- explaining


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("x", "far", "x is 'far', not a number"),
        ("hp", 1.5, "hp is 1.5, not a whole number"),
        ("hp", 2**64, "hp is 18446744073709551616, not a whole number of at most 64 bits"),
    ],
)
def test_what_cannot_be_packed_is_explained_with_entity_field_and_value(name: str, value: Any, advice: str) -> None:
    good, bad = FakeHome().put(Ship(), 4), FakeHome().put(Ship(), 9)
    bad.__dict__[name] = value
    SCHEMA.check_packable(good)
    with pytest.raises(BadArgument, match=f"<Ship 9>: {advice}"):
        SCHEMA.explain_unpackable([good, bad])


def test_a_deleted_field_is_explained() -> None:
    ship = Ship()
    del ship.x
    with pytest.raises(BadArgument, match="has no x any more"):
        SCHEMA.check_packable(ship)


def test_explaining_always_raises() -> None:
    with pytest.raises(BadArgument, match="a field of a Ship"):
        SCHEMA.explain_unpackable([Ship()])


# -------------------------------------------------------------------------------------------------------------- guards


def guarded(*names: str, strict: bool = False) -> tuple[Ship, FakeHome]:
    home = FakeHome(strict=strict)
    ship: Ship = home.put(Ship(x=1))
    ship.__class__ = SCHEMA.guard(frozenset(names))
    return ship, home


def test_a_guarded_write_asks_the_home_first_and_then_happens() -> None:
    ship, home = guarded("x")
    ship.x = 5
    assert home.trespasses == [(ship, "x", 1)] and ship.x == 5


def test_a_strict_home_stops_the_write() -> None:
    ship, _ = guarded("x", strict=True)
    with pytest.raises(NotAuthoritative):
        ship.x = 5
    assert ship.x == 1


def test_what_this_peer_decides_is_written_unasked() -> None:
    ship, home = guarded("x")
    ship.y = 5
    ship.dust = [1]
    assert home.trespasses == []


def test_a_guard_cannot_be_told_from_the_class() -> None:
    ship, _ = guarded("x")
    kind = type(ship)
    assert isinstance(ship, Ship) and kind is not Ship
    assert (kind.__name__, kind.__qualname__, kind.__module__) == ("Ship", "Ship", __name__)
    assert kind.__gamenet__ is SCHEMA and kind.__doc__ == Ship.__doc__


def test_one_guard_serves_all_with_the_same_names() -> None:
    assert SCHEMA.guard(frozenset({"x", "y"})) is SCHEMA.guard(frozenset({"y", "x"}))
    assert SCHEMA.guard(frozenset({"x"})) is not SCHEMA.guard(frozenset({"y"}))
    assert SCHEMA.guard(frozenset()) is Ship


def test_a_class_s_own_setattr_still_runs() -> None:
    class Noted(Entity):
        x: float = 0.0
        log: list[str] = local(factory=list)

        def __setattr__(self, name: str, value: Any) -> None:
            self.log.append(name)
            super().__setattr__(name, value)

    one = FakeHome().put(Noted())
    one.__class__ = Noted.__gamenet__.guard(frozenset({"x"}))
    one.log.clear()
    one.x = 2
    assert one.x == 2 and one.log == ["x"]


def test_dataclass_on_an_entity_is_refused_when_the_protocol_is_made() -> None:
    @dataclass
    class Wrong(Entity):
        x: float = 0.0

    with pytest.raises(BadDeclaration, match="@dataclass: leave it out"):
        Wrong.__gamenet__.resolve({})
