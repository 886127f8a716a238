from __future__ import annotations

import enum
import sys
from types import ModuleType
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import BadDeclaration
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import coord, integer, text
from gamenet.replication.model.protocol import LARGEST_DESCRIPTION, Protocol, collect_protocol
from gamenet.replication.rpc.declare import Caller, rpc
from tests.replication.model.homes import Room


class Ship(Entity, authority="owner"):
    x: float = coord(0)
    hp: int = integer(100, low=0, high=100, authority="host")
    name: str = text("", longest=16)

    @rpc()
    def fire(self, caller: Caller, aim: float) -> None: ...


class Rock(Entity):
    size: int = 3


class Sign(Entity):
    label: str = ""


class Arena(Room):
    score: int = 0


def variant(name: str, annotations: dict[str, Any], base: type[Any] = Entity, **body: Any) -> type[Any]:
    """Another build's class of that name."""
    return type(name, (base,), {"__annotations__": annotations, "__module__": __name__, **body})


def test_classes_are_numbered_by_sorted_wire_name_and_tables_follow() -> None:
    protocol = Protocol([Sign, Ship, Rock, Arena])
    names = [schema.name for schema in protocol.schemas]
    assert names == ["Arena", "Rock", "Ship", "Sign"]
    assert [table.name for table in protocol.tables] == ["Arena", "Rock", "Ship", "Ship/host"]
    assert [protocol.number(schema) for schema in protocol.schemas] == [0, 1, 2, 3]
    assert [protocol.first_table(schema) for schema in protocol.schemas] == [0, 1, 2, 4]
    assert protocol.at(2) is Ship.__gamenet__ and protocol.at(4) is None and protocol.at(-1) is None
    assert protocol.named("Rock") is Rock.__gamenet__ and protocol.named("Moon") is None
    assert protocol.knows(Ship.__gamenet__) and not Protocol([Rock]).knows(Ship.__gamenet__)


def test_a_class_named_twice_is_one() -> None:
    assert Protocol([Ship, Ship]).names() == ["Ship"]


def test_two_classes_of_one_wire_name_fail() -> None:
    with pytest.raises(BadDeclaration, match=rf"two classes are 'Rock' on the wire.*{__name__}.Rock.*wire="):
        Protocol([Rock, variant("Rock", {})])
    assert Protocol([Rock, type("Rock", (Entity,), {}, wire="Pebble")]).names() == ["Pebble", "Rock"]


@pytest.mark.parametrize("thing", [int, Entity(), "Ship", None])
def test_what_is_no_class_of_the_game_fails(thing: Any) -> None:
    with pytest.raises(BadDeclaration, match=r"a protocol is made of classes of gn.Entity and gn.Room"):
        Protocol([thing])


def test_an_rpc_s_missing_type_fails_when_the_protocol_is_made() -> None:
    def aim(self: Any, caller: Caller, at: Missing) -> None: ...  # type: ignore[name-defined] # noqa: F821

    late = variant("Late", {}, aim=rpc()(aim))
    with pytest.raises(BadDeclaration, match=r"aim.*'Missing' is not defined"):
        Protocol([late])


# ------------------------------------------------------------------------------------------------------- two protocols


def difference(theirs: type[Any], mine: type[Any] = Ship) -> str:
    return Protocol([mine]).difference(Protocol([theirs]).describe())


def test_the_same_classes_fit_and_a_joiner_may_know_more() -> None:
    assert Protocol([Ship, Arena]).difference(Protocol([Ship, Arena]).describe()) == ""
    assert Protocol([Ship]).difference(Protocol([Ship, Rock, Arena]).describe()) == ""


def test_a_joiner_without_one_of_the_host_s_classes_does_not_fit() -> None:
    assert Protocol([Ship, Rock]).difference(Protocol([Ship]).describe()) == "Rock: there is no such class there"


FIELDS: dict[str, Any] = {"x": float, "hp": int, "name": str}
SAME: dict[str, Any] = {
    "x": coord(0),
    "hp": integer(100, low=0, high=100, authority="host"),
    "name": text("", longest=16),
    "fire": Ship.__dict__["fire"],
}


def other(annotations: dict[str, Any] = FIELDS, authority: str = "owner", **body: Any) -> type[Any]:
    values = {name: value for name, value in {**SAME, **body}.items() if value is not None}
    return type(
        "Ship", (Entity,), {"__annotations__": annotations, "__module__": __name__, **values}, authority=authority
    )


def test_what_does_not_travel_makes_no_difference() -> None:
    assert difference(other(hp=integer(1, low=0, high=100, authority="host"))) == ""


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (other(hp=integer(100, low=0, high=200, authority="host")), "Ship.hp: 7 bits here, 8 bits there"),
        (
            other(hp=integer(100, low=1, high=100, authority="host")),
            "Ship.hp: 7 bits: integer 0 … 100 by host here, 7 bits: integer 1 … 100 by host there",
        ),
        (other(hp=integer(100, low=0, high=100)), "by entity there"),
        (other(name=text("", longest=20)), "Ship.name: text of 16 by entity here, text of 20 by entity there"),
        (other({"x": float, "name": str}, hp=None), "Ship.hp: only here"),
        (other({**FIELDS, "y": float}, y=0.0), "Ship.y: only there"),
        (other({"hp": int, "x": float, "name": str}), "Ship: the fields are in another order there: hp, x, name"),
        (other(fire=None), "Ship.fire: only here"),
        (other(authority="host"), "Ship: computed by owner here, host there"),
    ],
)
def test_a_mismatch_is_told_in_words(theirs: type[Any], words: str) -> None:
    assert words in difference(theirs)


def test_an_rpc_s_mismatch_is_told_in_words() -> None:
    def fire(self: Any, caller: Caller, aim: int) -> None: ...

    assert difference(other(fire=rpc()(fire))).startswith("Ship.fire: (aim float) -> None to host")


def test_members_of_an_enum_are_part_of_the_protocol() -> None:
    a, b = enum.Enum("Team", "RED BLUE"), enum.Enum("Team", "RED GREEN")
    told = difference(variant("Flag", {"t": b}), variant("Flag", {"t": a}))
    assert told == "Flag.t: 1 bit: choice of RED, BLUE by entity here, 1 bit: choice of RED, GREEN by entity there"


def test_the_sentence_can_be_told_from_the_reader_s_side() -> None:
    theirs = other(hp=integer(100, low=0, high=200, authority="host"))
    told = Protocol([Ship]).difference(Protocol([theirs]).describe(), here="at the host", there="here")
    assert told == "Ship.hp: 7 bits at the host, 8 bits here"


def test_many_differences_are_counted_not_told() -> None:
    many = variant("Many", {f"f{n}": float for n in range(10)})
    assert difference(variant("Many", {}), many).endswith("; and 6 more")


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.binary(max_size=60) | plain.map(msgpack.packb))
def test_any_bytes_are_a_sentence_or_a_fit(garbage: bytes) -> None:
    assert Protocol([Ship]).difference(garbage) != ""


@pytest.mark.parametrize(
    "described",
    [
        [["Ship", {}, {"x": 5}, {}]],
        [["Ship", {}, {5: "x"}, {}]],
        [["Ship", {}, ["x"], {}]],
        [["Ship", {}, {}]],
        [[5, {}, {}, {}]],
        {"Ship": []},
        ["Ship"],
    ],
)
def test_a_description_of_another_shape_cannot_be_read(described: Any) -> None:
    assert (
        Protocol([Ship]).difference(msgpack.packb(described)) == "the description of the protocol there cannot be read"
    )


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_description_is_never_an_exception(place: int, byte: int) -> None:
    described = bytearray(Protocol([Ship, Arena]).describe())
    described[place % len(described)] = byte
    told = Protocol([Ship, Arena]).difference(bytes(described))
    assert len(told) < 1_000


def test_a_sentence_stays_short_whatever_the_other_side_wrote() -> None:
    huge = msgpack.packb([["Ship", {}, {f"field{n}" * 50: "w" * 500 for n in range(100)}, {}]])
    assert len(Protocol([Ship]).difference(huge)) < 1_000


def test_a_description_too_large_is_refused_on_both_sides() -> None:
    huge = enum.Enum("Huge", [f"MEMBER_{n}" for n in range(20_000)])  # type: ignore[misc]
    with pytest.raises(BadDeclaration, match="Enums with thousands of members"):
        Protocol([variant("Kind", {"h": huge})]).describe()
    assert "cannot be read" in Protocol([]).difference(b"\x90" * (LARGEST_DESCRIPTION + 1))


def test_a_joiner_goes_on_with_the_host_s_classes() -> None:
    host = Protocol([Ship, Arena])
    joiner = Protocol([Ship, Rock, Arena, Sign]).narrowed(host.names())
    assert joiner.schemas == host.schemas and joiner.tables == host.tables


# -------------------------------------------------------------------------------------------------------------- finding


def module(name: str, **names: Any) -> dict[str, Any]:
    """A module with these names in it; classes among them are said to come from it."""
    made = ModuleType(name)
    vars(made).update(names)
    sys.modules[name] = made
    return vars(made)


@pytest.fixture(autouse=True)
def _forget_modules() -> Any:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def coming_from(name: str, cls: str, base: type[Any] = Entity) -> type[Any]:
    return type(cls, (base,), {"__module__": name})


def test_the_classes_of_a_room_s_module_are_found() -> None:
    assert collect_protocol(Arena).names() == ["Arena", "Rock", "Room", "Ship", "Sign"]


def test_a_room_of_gamenet_itself_means_the_caller_s_module() -> None:
    bare = coming_from("gamenet.somewhere", "Room", Room)
    caller = module("game_main", Moon=coming_from("game_main", "Moon"))
    assert collect_protocol(bare, caller).names() == ["Moon", "Room"]


def test_a_room_whose_module_is_gone_means_the_caller_s_too() -> None:
    lost = coming_from("game_lost", "Hall", Room)
    caller = module("game_main", Moon=coming_from("game_main", "Moon"))
    assert collect_protocol(lost, caller).names() == ["Hall", "Moon"]


def test_what_the_module_imports_is_found_too_however_it_imports_it() -> None:
    module("game_deep", Deep=coming_from("game_deep", "Deep"))
    module("game_rules", Rule=coming_from("game_rules", "Rule"), deep=sys.modules["game_deep"])

    def helper() -> None: ...

    helper.__module__ = "game_helpers"
    module("game_helpers", helper=helper, Helped=coming_from("game_helpers", "Helped"))
    room = coming_from("game_room", "Hall", Room)
    module("game_room", Hall=room, rules=sys.modules["game_rules"], helper=helper)
    module("game_unseen", Unseen=coming_from("game_unseen", "Unseen"))
    assert collect_protocol(room).names() == ["Deep", "Hall", "Helped", "Rule"]


def test_installed_libraries_are_left_alone_unless_they_have_classes_of_their_own() -> None:
    module("lib_plain", __file__="/x/site-packages/lib_plain.py", hidden=sys.modules[__name__])
    module("lib_ships", __file__="/x/site-packages/lib_ships.py", Liner=coming_from("lib_ships", "Liner"))
    room = coming_from("game_two", "Hall", Room)
    module("game_two", Hall=room, __file__="/x/game_two.py", a=sys.modules["lib_plain"], b=sys.modules["lib_ships"])
    assert collect_protocol(room).names() == ["Hall", "Liner"]


def test_a_room_made_inside_a_function_is_in_its_own_protocol() -> None:
    class Local(Room): ...

    assert "Local" in collect_protocol(Local).names()
