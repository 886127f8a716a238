from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, NewType, Optional

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import BadDeclaration
from gamenet.peer import Peer
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import coord, integer, number, text
from gamenet.replication.rpc.types import LONGEST_BYTES, LONGEST_TEXT, MOST_ITEMS, Unfit, wire_type
from tests.replication.model.homes import ADA, BOB, FakeHome, Room


class Team(enum.Enum):
    RED = "r"
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 10
    HIGH = 20


class Rights(enum.Flag):
    READ = 1


class Ship(Entity):
    x: float = 0.0


class Cruiser(Ship): ...


class Rock(Entity): ...


class Arena(Room): ...


class Point(NamedTuple):
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Order:
    what: str
    where: Point
    count: Annotated[int, integer(low=1, high=9)] = 1
    team: Team | None = None


@dataclass(frozen=True, kw_only=True)
class Positive:
    value: int

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError("not positive")


@dataclass
class Mutable:
    x: int


@dataclass(frozen=True)
class Computed:
    x: int = field(init=False, default=3)


@dataclass(frozen=True)
class Tree:
    left: Optional[Tree]  # noqa: UP045


Score = NewType("Score", int)
SCOPE = FakeHome()

finite = st.floats(allow_nan=False, allow_infinity=False)
short = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
points = st.builds(Point, finite, finite)

ROUND_TRIPS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "bool": (bool, st.booleans()),
    "int": (int, st.integers(-(2**63), 2**63 - 1)),
    "limited int": (Annotated[int, integer(low=-3, high=200)], st.integers(-3, 200)),
    "float": (float, finite),
    "limited float": (Annotated[float, number(low=0, high=1)], st.floats(0, 1)),
    "str": (str, short),
    "limited str": (Annotated[str, text(longest=3)], st.text("äb€", max_size=3)),
    "bytes": (bytes, st.binary(max_size=50)),
    "None": (None, st.none()),
    "enum": (Team, st.sampled_from(Team)),
    "int enum": (Level, st.sampled_from(Level)),
    "new type": (Score, st.integers(0, 10)),
    "list": (list[int], st.lists(st.integers(-9, 9), max_size=20)),
    "nested": (list[list[str]], st.lists(st.lists(short, max_size=3), max_size=3)),
    "pair": (tuple[int, str], st.tuples(st.integers(0, 9), short)),
    "empty tuple": (tuple[()], st.just(())),
    "tuple": (tuple[float, ...], st.lists(finite, max_size=9).map(tuple)),
    "optional": (int | None, st.none() | st.integers(0, 9)),
    "old optional": (Optional[Team], st.none() | st.sampled_from(Team)),  # noqa: UP045
    "named tuple": (Point, points),
    "dataclass": (
        Order,
        st.builds(Order, short, points, st.integers(1, 9), st.none() | st.sampled_from(Team)),
    ),
    "records": (list[Point | None], st.lists(st.none() | points, max_size=5)),
}


def through(annotation: Any, value: Any, scope: Any = SCOPE) -> Any:
    """A value as it arrives on the other side."""
    kind = wire_type(annotation)
    return kind.decode(msgpack.unpackb(msgpack.packb(kind.encode(value, scope))), scope)


@pytest.mark.parametrize("name", ROUND_TRIPS)
@given(data=st.data())
def test_what_is_sent_arrives_equal_and_of_the_same_type(name: str, data: st.DataObject) -> None:
    annotation, values = ROUND_TRIPS[name]
    value = data.draw(values)
    arrived = through(annotation, value)
    assert arrived == value and type(arrived) is type(value)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=15,
)


@pytest.mark.parametrize("name", ROUND_TRIPS)
@given(garbage=plain)
def test_garbage_is_a_value_that_could_have_been_sent_or_unfit(name: str, garbage: Any) -> None:
    kind = wire_type(ROUND_TRIPS[name][0])
    try:
        value = kind.decode(garbage, SCOPE)
    except Unfit as unfit:
        assert unfit.broken and unfit.reason  # noqa: PT017 (both outcomes are good)
    else:
        assert kind.encode(value, SCOPE) == garbage


# ------------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("annotation", "value", "reason"),
    [
        (bool, 1, "is 1, not True or False"),
        (int, 1.0, "is 1.0, not a whole number"),
        (int, "1", "not a whole number"),
        (int, 2**63, "outside -9223372036854775808"),
        (Annotated[int, integer(low=1)], 0, "is 0, outside 1"),
        (float, "1", "not a number"),
        (float, math.nan, "is nan, not a finite number"),
        (float, math.inf, "is inf, not a finite number"),
        (float, 10**400, "not a number"),
        (Annotated[float, number(low=0, high=1)], 1.5, "is 1.5, outside 0.0 … 1.0"),
        (str, b"a", "not a text"),
        (str, "\ud800", "UTF-8"),
        (str, "a" * (LONGEST_TEXT + 1), "1025 characters, more than 1024"),
        (Annotated[str, text(longest=3)], "abcd", "4 characters, more than 3"),
        (bytes, "a", "not bytes"),
        (bytes, bytes(LONGEST_BYTES + 1), "more than 32768"),
        (None, 0, "not None"),
        (Team, "r", "not a member of Team"),
        (Team, Level.LOW, "not a member of Team"),
        (list[int], (1,), "not a list"),
        (list[int], [1, "2"], r"at \[1\] is '2'"),
        (list[list[int]], [[1], [2, None]], r"at \[1\] at \[1\] is None"),
        (list[int], [0] * (MOST_ITEMS + 1), "1025 elements, more than 1024"),
        (tuple[int, ...], [1], "not a tuple"),
        (tuple[int, int], (1,), "has 1 elements, not 2"),
        (Point, (1.0, 2.0), "not a Point"),
        (Point, Point("a"), r"at \[0\] is 'a'"),  # type: ignore[arg-type]
        (Order, Order("a", Point(0), 10), r"at \[2\] is 10, outside 1 … 9"),
        (Peer, 1, "not a gn.Peer"),
        (Ship, 1, "not a Ship"),
        (int, "x" * 1000, "^.{1,120}$"),
    ],
)
def test_a_value_that_does_not_fit_is_named_in_the_caller_s_line(annotation: Any, value: Any, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        wire_type(annotation).encode(value, SCOPE)


@pytest.mark.parametrize(
    ("annotation", "received"),
    [
        (int, True),
        (float, 1),
        (float, math.nan),
        (float, -math.inf),
        (Team, 2),
        (Team, -1),
        (Team, True),
        (str, "a" * (LONGEST_TEXT + 1)),
        (list[int], [1] * (MOST_ITEMS + 1)),
        (tuple[int, int], [1, 2, 3]),
        (Point, [1.0]),
        (Positive, [0]),
        (Peer, True),
        (Peer, "Ada"),
        (Ship, None),
        (Ship, [5]),
    ],
)
def test_what_no_honest_peer_sends_is_broken(annotation: Any, received: Any) -> None:
    with pytest.raises(Unfit) as unfit:
        wire_type(annotation).decode(received, SCOPE)
    assert unfit.value.broken


def test_a_float_takes_whole_numbers_and_an_int_what_counts_like_one() -> None:
    class Five:
        def __index__(self) -> int:
            return 5

    arrived = [through(float, 3), through(int, True), through(int, Five()), through(int, Level.LOW)]
    assert [(one, type(one)) for one in arrived] == [(3.0, float), (1, int), (5, int), (10, int)]


def test_lists_are_copied_when_they_are_sent() -> None:
    values = [[1]]
    kind = wire_type(list[list[int]])
    sent = kind.encode(values, SCOPE)
    values[0].append(2)
    assert kind.decode(sent, SCOPE) == [[1]]


# ------------------------------------------------------------------------------------------------------ peers, entities


def test_peers_and_entities_travel_as_their_ids_and_arrive_as_the_receiver_s_own() -> None:
    here, there = FakeHome(ADA), FakeHome(BOB)
    mine, yours = here.put(Cruiser(), 9), there.put(Cruiser(), 9)
    ship, peer = wire_type(Ship), wire_type(Peer)
    assert ship.decode(ship.encode(mine, here), there) is yours
    assert peer.decode(peer.encode(here.peers[BOB], here), there) is there.peers[BOB]


def test_the_room_itself_and_any_entity_can_be_named() -> None:
    home = FakeHome()
    room, ship = home.put(Arena(), 0), home.put(Ship(), 3)
    assert through(Arena, room, home) is room and through(Entity, ship, home) is ship
    assert through(Entity[Any], ship, home) is ship


@pytest.mark.parametrize(("annotation", "id"), [(Ship, 5), (Peer, 77)])
def test_what_left_meanwhile_is_nobody_s_fault(annotation: Any, id: int) -> None:
    with pytest.raises(Unfit, match=f"names .*{id}.* not ") as unfit:
        wire_type(annotation).decode(id, FakeHome())
    assert not unfit.value.broken


def test_an_entity_of_another_class_is_broken() -> None:
    home = FakeHome()
    home.put(Rock(), 5)
    with pytest.raises(Unfit, match="names <Rock 5>, which is no Ship") as unfit:
        wire_type(Ship).decode(5, home)
    assert unfit.value.broken


def test_only_entities_and_peers_of_this_room_can_be_sent() -> None:
    home, elsewhere = FakeHome(), FakeHome()
    ship = wire_type(Ship)
    with pytest.raises(Unfit, match="spawn it first"):
        ship.encode(Ship(), home)
    with pytest.raises(Unfit, match="not named yet"):
        ship.encode(home.put(Ship(), None), home)
    with pytest.raises(Unfit, match="another session"):
        ship.encode(elsewhere.put(Ship(), 5), home)
    with pytest.raises(Unfit, match="not in this room"):
        wire_type(Peer).encode(elsewhere.peers[ADA], home)


# ---------------------------------------------------------------------------------------------------------- annotations


@pytest.mark.parametrize(
    ("annotation", "advice"),
    [
        (Any, "Any cannot be sent: an argument is one of bool, int"),
        (object, "object cannot be sent"),
        (complex, "complex cannot be sent"),
        (list, r"say of what: list\[int\]"),
        (tuple, r"say of what: tuple\[int, \.\.\.\]"),
        (dict[str, int], "list of pairs"),
        (set[int], "cannot be sent"),
        (int | str, "cannot be sent"),
        (int | str | None, "cannot be sent"),
        (Rights, "Rights cannot be sent"),
        (list[object], "object cannot be sent"),
        (Mutable, r"Mutable can change .*@dataclass\(frozen=True\)"),
        (Computed, "Computed.x has init=False"),
        (Tree, "Tree contains itself"),
        (Annotated[int, text(longest=3)], r"Annotated\[int, gn.text\(…\)\] is no limit"),
        (Annotated[float, coord(0)], "is no limit"),
        (Annotated[str, text(longest=3), text(longest=4)], "is no limit"),
        (Annotated[float, number(low=0, high=1, step=0.1)], "step= is for fields"),
        (Annotated[int, integer(low=3, high=1)], "cannot be limited to 3 … 1"),
        (Annotated[str, text(longest="3")], "cannot be limited"),  # type: ignore[arg-type]
    ],
)
def test_a_type_that_cannot_be_sent_is_refused_with_advice(annotation: Any, advice: str) -> None:
    with pytest.raises(BadDeclaration, match=advice):
        wire_type(annotation)


def test_what_others_put_into_annotated_is_theirs() -> None:
    assert wire_type(Annotated[int, "a note"]).words == "int"


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (list[tuple[int, str]], "list of (int, str of 1024)"),
        (Annotated[int, integer(low=0, high=9)] | None, "int 0 … 9 or None"),
        (
            Order,
            "Order(what str of 1024, where Point(x float, y float), count int 1 … 9, team one of RED, BLUE or None)",
        ),
        (tuple[Ship, ...], "tuple of Ship"),
    ],
)
def test_a_type_has_words_that_two_peers_can_compare(annotation: Any, words: str) -> None:
    assert wire_type(annotation).words == words
