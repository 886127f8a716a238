from __future__ import annotations

import enum
import math
import types
from collections.abc import Callable
from typing import Any, ClassVar, Final, Optional

import pytest

from gamenet.errors import BadDeclaration
from gamenet.peer import Peer
from gamenet.replication.codec import Kind, NumericField
from gamenet.replication.model.compile import Field
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import (
    angle,
    changed,
    choice,
    coord,
    integer,
    items,
    local,
    mapping,
    number,
    ref,
    text,
    unique,
)
from tests.replication.model.homes import Room


class Team(enum.Enum):
    RED = "r"
    GREEN = "g"
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 10
    HIGH = 20


class Empty(enum.Enum): ...


class Rights(enum.Flag):
    READ = 1


class Sprite:
    """Stands for pygame's: only the module tells."""


Sprite.__module__ = "pygame.sprite"


def declare(annotation: Any, *value: Any, base: type[Any] = Entity, **keywords: Any) -> Field:
    """The field x of a class with this annotation and, if there is one, this value."""
    body = {"__annotations__": {"x": annotation}, "__module__": __name__, **({"x": value[0]} if value else {})}
    cls: Any = types.new_class("Ship", (base,), keywords, lambda namespace: namespace.update(body))
    field: Field = cls.__gamenet__.fields["x"]
    return field


@pytest.mark.parametrize(
    ("annotation", "value", "column", "bits"),
    [
        (float, 2.5, NumericField("x", Kind.FLOAT, smooth=True), 32),
        (int, -3, NumericField("x", Kind.INTEGER), 64),
        (bool, True, NumericField("x", Kind.FLAG), 1),
        (Team, Team.GREEN, NumericField("x", Kind.CHOICE, high=2), 2),
        (Level, Level.HIGH, NumericField("x", Kind.CHOICE, high=1), 1),
        (float, coord(0, low=-4, high=4, step=1 / 16), NumericField("x", Kind.RANGED, -4, 4, 1 / 16, True), 8),
        (float, coord(smooth=False), NumericField("x", Kind.RANGED, -32768, 32768 - 1 / 16, 1 / 16), 20),
        (float, angle(90, step=0.5), NumericField("x", Kind.ANGLE, step=0.5, smooth=True), 10),
        (float, number(1), NumericField("x", Kind.FLOAT), 32),
        (float, number(smooth=True), NumericField("x", Kind.FLOAT, smooth=True), 32),
        (float, number(1, low=0, high=1, step=0.01), NumericField("x", Kind.RANGED, 0, 1, 0.01), 7),
        (float, number(1, low=0, high=1), NumericField("x", Kind.RANGED, 0, 1, 2**-24), 25),
        (float, number(3, low=2, high=6), NumericField("x", Kind.RANGED, 2, 6, 2**-22), 25),
        (float, angle(step=180), NumericField("x", Kind.ANGLE, step=180, smooth=True), 1),
        (int, integer(100, low=0, high=100), NumericField("x", Kind.INTEGER, 0, 100), 7),
        (int, integer(5, low=1), NumericField("x", Kind.INTEGER, 1, 2**63 - 1), 63),
        (int, integer(low=-(2**63), high=2**63 - 1), NumericField("x", Kind.INTEGER), 64),
        (Team, choice(Team.BLUE), NumericField("x", Kind.CHOICE, high=2), 2),
    ],
)
def test_a_declaration_becomes_a_column(annotation: Any, value: Any, column: NumericField, bits: int) -> None:
    field = declare(annotation, value)
    assert (field.numeric, field.bits) == (column, bits)


def test_annotations_may_be_text() -> None:
    assert declare("float", 1.0).numeric == declare(float, 1.0).numeric
    assert declare("Team", Team.RED).members == tuple(Team)


def test_text_is_structure_with_a_longest() -> None:
    assert declare(str).words == "text of 256"
    assert declare(str, text("Ada", longest=16)).words == "text of 16"
    assert declare(str).numeric is None and declare(str).structural is not None


def test_a_whole_number_is_a_good_default_of_a_float() -> None:
    default = declare(float, 3).default
    assert default == 3.0 and type(default) is float


@pytest.mark.parametrize(("annotation", "zero"), [(float, 0.0), (int, 0), (bool, False), (str, ""), (Team, Team.RED)])
def test_without_default_a_copy_begins_at_zero_and_the_constructor_asks(annotation: Any, zero: Any) -> None:
    field = declare(annotation)
    assert field.default == zero and type(field.default) is type(zero) and field.required


@pytest.mark.parametrize(
    ("annotation", "value", "advice"),
    [
        (list[int], local([1]), r"gn.local\(factory=list\)"),
        (list[int], [], r"write `x: list.* = gn.items\(longest=…\)`"),
        ("list[int]", [], r"gn.local\(factory=list\)"),
        (dict[str, int], {}, r"gn.mapping\(longest=…\).* or keep a dict .*gn.local\(factory=dict\)"),
        (list, items(), r"say of what: list\[str\]"),
        (dict, mapping(), r"say of what: dict\[str, int\]"),
        (list[int], items(longest=0), "longest=0 is not in 1 … 1024 elements"),
        (list[int], items(longest=1025), "longest=1025 is not in 1 … 1024 elements"),
        (list[int], items(["a"]), "the default has an element that is 'a', not a whole number"),
        (list[int], items([1, 2, 3], longest=2), "the default has 3 elements: it holds 2"),
        (list[list[int]], items(), "lists can change unnoticed"),
        (list[Entity], items(), "keep their ids"),
        (list[Peer], items(), "keep their ids"),
        (list[Sprite], items(), "elements: .*one machine only"),
        (list[int], items(each=text()), "is no limit"),
        (list[int], items(each=5), r"each= is gn.text\(…\)"),
        (list[int], unique(), r"gn.unique\(\) is for a set\[…\], the annotation says"),
        (int, items(), r"gn.items\(\) is for a list\[…\], the annotation says int"),
        (Optional[Entity], coord(0), r"gn.coord\(\) is for float"),  # noqa: UP045
        (int, ref(), r"gn.ref\(\) is for an entity class or None, the annotation says int"),
        (Sprite, None, "one machine only"),
        (Entity, None, r"an entity may go, and then this is None: write `Entity | None`"),
        (Optional[float], None, "a field always has a value"),  # noqa: UP045
        ("float | None", None, "a field always has a value"),
        (object, None, "a field is one of"),
        (complex, 1j, "two float fields"),
        (Rights, Rights.READ, "one bool field for each flag"),
        (Empty, None, "has 0 members"),
        ("Undefined", 1, "'Undefined' is not defined where the class is made"),
        ("1 +", 1, "means nothing"),
        (Final[int], 1, "means nothing|cannot be replicated"),
        (float, "1", "default is '1', not a number"),
        (int, 1.5, r"default is 1.5, not a whole number \(use int"),
        (int, 2**63, "at most 64 bits"),
        (bool, 0, "not True or False"),
        (Team, "r", r"not a member of Team, such as Team.RED"),
        (str, 5, "not a text"),
        (str, "\ud800", "UTF-8"),
        (str, "a" * 257, "has 257 characters: it holds 256"),
        (str, text(longest=0), "longest=0 is not in 1"),
        (int, coord(0), r"gn.coord\(\) is for float, the annotation says int"),
        (float, text(""), r"gn.text\(\) is for str"),
        (int, choice(Team.RED), r"gn.choice\(\) is for an Enum"),
        (float, coord(5000, low=0, high=4000), "default 5000 is outside 0 … 4000"),
        (int, integer(-1, low=0), "default -1 is outside 0"),
        (float, coord(low=1, high=1), "low=1 is not below high=1"),
        (int, integer(low=0, high=0), "low=0 is not below high=0"),
        (float, coord(step=0), "step=0 is not above 0"),
        (float, coord(step=-1), "step=-1 is not above 0"),
        (float, coord(low=math.nan), "low= is a number, not nan"),
        (float, coord(high=math.inf), "high= is a number, not inf"),
        (float, coord(low=0, high=1, step=2), "step=2 is more than the whole range"),
        (float, coord(low=0, high=1e9, step=1e-3), "more than 32 bits hold"),
        (float, number(low=0), "both low= and high="),
        (float, number(step=0.5), "both low= and high="),
        (float, angle(step=7), "no whole number of steps"),
        (float, angle(step=360), "no whole number of steps"),
        (float, coord(smooth=1), "smooth= is True or False"),  # type: ignore[arg-type]
        (int, integer(smooth=True), r"smooth=True is for gn.number"),
        (int, integer(low=0.5), "low= is a whole number"),  # type: ignore[arg-type]
        (int, integer(high=2**64), "at most 64 bits"),
        (float, coord(authority="owner"), 'only in a class with authority="owner"'),
        (float, coord(authority="me"), '"host" or "owner", not \'me\''),  # type: ignore[arg-type]
        (float, coord(to="owner"), "to='owner' is not built yet"),
        (list[int], local(factory=[]), "factory= takes a function"),  # type: ignore[call-overload]
    ],
)
def test_what_cannot_be_replicated_is_refused_with_advice(annotation: Any, value: Any, advice: str) -> None:
    with pytest.raises(BadDeclaration, match=rf"Ship.x.*{advice}"):
        declare(annotation, value)


@pytest.mark.parametrize("name", ["id", "owner", "mine", "room", "simulated", "at", "teleport", "spawned", "despawned"])
def test_reserved_names_are_refused_as_fields(name: str) -> None:
    with pytest.raises(BadDeclaration, match=f"Ship.{name} is a reserved name"):
        type("Ship", (Entity,), {"__annotations__": {name: int}, "__module__": __name__})


def test_a_method_may_not_take_a_reserved_name_but_hooks_are_meant_to_be_overridden() -> None:
    with pytest.raises(BadDeclaration, match=r"teleport is a reserved name: choose another .*simulated"):
        type("Ship", (Entity,), {"teleport": lambda self: None})

    class Ship(Entity):
        def spawned(self) -> None: ...

    assert Ship().spawned() is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("name", ["_home", "_owner"])
def test_the_library_s_own_state_cannot_be_a_field_of_the_game(name: str) -> None:
    with pytest.raises(BadDeclaration, match="reserved"):
        type("Ship", (Entity,), {"__annotations__": {name: int}, name: local(0)})


def test_an_underscore_is_refused_unless_it_is_local() -> None:
    with pytest.raises(BadDeclaration, match=r"_x begins with an underscore.*gn.local"):
        type("Ship", (Entity,), {"__annotations__": {"_x": float}, "_x": 0.0})

    class Ship(Entity):
        _cache: list[int] = local(factory=list)

    assert Ship()._cache == []


def test_a_field_function_without_annotation_is_refused() -> None:
    with pytest.raises(BadDeclaration, match=r"Ship.hp has no annotation: write `hp: int = gn.integer\(…\)`"):
        type("Ship", (Entity,), {"hp": integer(3)})


def test_a_sprite_cannot_be_an_entity_at_once() -> None:
    with pytest.raises(BadDeclaration, match=r"a pygame Sprite at once.*bind_sprite"):
        type("Ship", (Entity, Sprite), {})


def test_class_variables_and_constants_are_no_fields() -> None:
    class Ship(Entity):
        SPEED = 200
        made: ClassVar[int] = 0
        x: float = 1.0

    assert list(Ship.__gamenet__.fields) == ["x"] and Ship.SPEED == 200


def test_locals_are_never_looked_up_and_never_sent() -> None:
    class Ship(Entity):
        picture: Undefined = local(None)  # type: ignore[name-defined] # noqa: F821
        dust: list[int] = local(factory=list)

    one, two = Ship(), Ship()
    one.dust.append(1)
    assert one.picture is None and two.dust == [] and not Ship.__gamenet__.fields


def test_more_than_64_fields_work() -> None:
    names = [f"f{number}" for number in range(200)]
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, float), **dict.fromkeys(names, 1.0)}
    ship = type("Ship", (Entity,), body)
    assert len(ship.__gamenet__.parts[0].table.fields) == 200  # type: ignore[attr-defined]


# --------------------------------------------------------------------------------------------------------- inheritance


class Base(Entity):
    x: float = 1.0
    hp: int = integer(100, low=0, high=1000)
    note: str = local("")


def test_inherited_fields_come_first() -> None:
    class Boss(Base):
        rage: float = 0.0

    assert list(Boss.__gamenet__.fields) == ["x", "hp", "rage"]


def test_a_subclass_may_change_a_default_without_annotation() -> None:
    class Boss(Base):
        hp = 500
        note = "boss"

    assert Boss().hp == 500 and Boss().note == "boss" and Base().hp == 100
    assert Boss.__gamenet__.fields["hp"].numeric == Base.__gamenet__.fields["hp"].numeric


@pytest.mark.parametrize(("value", "advice"), [("many", "not a whole number"), (5000, "outside 0 … 1000")])
def test_a_changed_default_must_still_fit(value: Any, advice: str) -> None:
    with pytest.raises(BadDeclaration, match=f"Boss.hp.*{advice}"):
        type("Boss", (Base,), {"hp": value})


def test_a_method_cannot_take_a_field_s_place() -> None:
    with pytest.raises(BadDeclaration, match=r"Boss.hp is a field of its base class"):
        type("Boss", (Base,), {"hp": property(lambda self: 3)})


def test_a_field_declared_anew_keeps_its_place() -> None:
    class Boss(Base):
        x: float = coord(low=0, high=10)

    fields = Boss.__gamenet__.fields
    assert list(fields) == ["x", "hp"] and fields["x"].numeric == NumericField("x", Kind.RANGED, 0, 10, 1 / 16, True)


def test_two_bases_give_both_their_fields() -> None:
    class Armed(Entity):
        shots: int = 3

    class Tank(Base, Armed): ...

    assert set(Tank.__gamenet__.fields) == {"x", "hp", "shots"}
    assert Tank().shots == 3


def test_the_host_s_fields_of_an_owner_s_class_know_it() -> None:
    class Owned(Entity, authority="owner"):
        x: float = 0.0
        hp: int = integer(1, authority="host")

    fields = Owned.__gamenet__.fields
    assert (fields["x"].decider, fields["hp"].decider) == ("entity", "host")

    class Hosted(Owned, authority="host"): ...

    assert {field.decider for field in Hosted.__gamenet__.fields.values()} == {"entity"}


# --------------------------------------------------------------------------------------------------------------- hooks


def test_hooks_are_tied_to_their_fields_the_base_class_s_first() -> None:
    class Watched(Base):
        @changed("hp")
        def hurt(self, old: int, new: int) -> None: ...

    class More(Watched):
        @changed("x")
        @changed("hp")
        def moved(self, old: float, new: float) -> None: ...

        def hurt(self, old: int, new: int) -> None: ...

    assert More.__gamenet__.changed == {"hp": ("hurt", "moved"), "x": ("moved",)}
    assert Watched.__gamenet__.changed == {"hp": ("hurt",)}


@pytest.mark.parametrize("field", ["hpp", "note"])
def test_a_hook_on_what_is_no_field_is_refused(field: str) -> None:
    hook: Callable[..., Any] = changed(field)(lambda self, old, new: None)
    with pytest.raises(BadDeclaration, match=f"there is no field '{field}' to watch: Boss has x, hp"):
        type("Boss", (Base,), {"hook": hook})


def test_rooms_have_fields_like_entities() -> None:
    assert declare(int, 3, base=Room).default == 3
