"""What gamenet knows about a class: `Ship.__gamenet__`, made once when the class is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeAlias

from ...errors import BadArgument, BadDeclaration
from ..rpc.declare import RpcDeclaration, methods_of
from .advice import nearest
from .annotations import Names, names_around
from .collection import CollectionField
from .compile import Attributes, Decider, Field, attributes_of, hooks_of
from .part import Part, part_of
from .prediction import check_sources
from .protocol import Protocol, collect_protocol
from .reference import ReferenceField
from .sight import LOST, Lost, Sight, everything
from .structural import Structural
from .tracked import Tracked
from .wire import table_of

if TYPE_CHECKING:
    from .entity import Replicated

__all__ = ["ClassSchema", "Part", "Protocol", "Structural", "collect_protocol", "compile_class"]

Leaves: TypeAlias = Literal["remove", "keep"]

_MOST: Final = 64
_MOST_STRUCTURE: Final = 384 * 1024  # bytes; what GameNetworkingSockets carries is 512 KiB


class ClassSchema:
    """One class: its fields by who decides them, its RPCs, and what happens to its entities.

    Attributes:
        name: what the class is called on the wire.
        cls: the class itself, without guard.
        authority: "host" or "owner": who computes its entities.
        leaves: "remove" or "keep": what happens to them when their owner leaves.
        most: how many of them a peer that is not the host may spawn.
        sight: who sees them.
        lost: "remove", "freeze" or "keep": what happens to one that a peer does not see any more.
        weight: how urgent they are, against others, when not all fits.
        position: where x and y stand: a part's index and two columns of its table; None without them.
        fields: all replicated fields in order, inherited ones first.
        parts: their numeric ones by who computes them: none, one or two tables of the codec.
        structural: those that are told when they change.
        locals: what every copy has and nobody sends.
        rpcs: by name; their numbers are those of the sorted names.
        changed: field → names of the methods that `@gn.changed` ties to it.
        hooked: the values of the fields in `changed` as one tuple, read in C.
    """

    def __init__(self, cls: type[Any], names: Names, keywords: Mapping[str, Any], own: Attributes) -> None:
        self.cls: type[Any] = cls
        self.name: str = keywords["wire"] or cls.__name__
        self.authority: Literal["host", "owner"] = keywords["authority"]
        self.leaves: Leaves = keywords["leaves"]
        self.most: int = keywords["most"]
        self.sight: Sight = keywords["sight"]
        self.lost: Lost = keywords["lost"]
        self.weight = float(keywords["weight"])
        self.owned = cls._owned
        self.fields = _by_authority(own.fields, self.authority)
        check_sources(cls.__qualname__, self.fields)
        self.locals = own.locals
        self.parts = tuple(_parts(self.name, self.fields.values()))
        self.position = _position(self.parts)
        if self.sight.is_range and self.position is None:
            raise BadDeclaration(
                f"class {cls.__qualname__}(…, sight={self.sight}): that takes numbers x and y that one side decides"
            )
        self.structural = tuple(_structural(cls.__qualname__, self.fields.values()))
        self.rpcs: dict[str, RpcDeclaration] = methods_of(cls, names, owned=self.owned)
        self.methods = tuple(self.rpcs.values())
        self.changed = hooks_of(cls, own)
        self.hooked = _snapshots(list(self.changed), self.structural)
        self._defaults = {field.name: field.default for field in self.fields.values() if field.numeric}
        self._assigned = frozenset(field.name for field in self.structural)
        self._required = frozenset(field.name for field in self.fields.values() if field.required)
        self._guards: dict[frozenset[str], type[Any]] = {}

    def __repr__(self) -> str:
        return f"<schema of {self.name}>"

    # ------------------------------------------------------------------------------------------------------ instances

    def blank(self) -> Any:
        """A new instance without `__init__`: all fields at their defaults, locals set, in no room."""
        new: Callable[..., Any] = self.cls.__new__
        return new(self.cls)

    def fill(self, entity: Replicated) -> None:
        """Defaults and locals into a new instance."""
        attributes = entity.__dict__
        attributes.update(self._defaults)
        for local in self.locals.values():
            attributes[local.name] = local.value()
        for field in self.structural:
            attributes[field.name] = field.fresh(entity)

    def give(self, entity: Replicated, values: dict[str, Any]) -> None:
        """What a constructor was given, into a new instance.

        Raises:
            BadArgument: an unknown name, a missing one, or a value of the wrong type.
        """
        self.check_values(values)
        for name in self._assigned.intersection(values):
            setattr(entity, name, values.pop(name))
        entity.__dict__.update(values)

    def check_values(self, values: Mapping[str, Any]) -> None:
        """What a constructor is given.

        Raises:
            BadArgument: an unknown name, a missing one, or a value of the wrong type.
        """
        for name, value in values.items():
            if name not in self.fields and name not in self.locals:
                raise BadArgument(f"{self.name} has no field {name!r}{self._advice(name)}")
            if name in self.fields and (wrong := self.fields[name].check(value)):
                raise BadArgument(f"{self.name}(…): {name} {wrong}")
        if self.owned and (missing := self._required.difference(values)):  # a session makes its room without any
            raise BadArgument(f"{self.name}(…) needs {', '.join(sorted(missing))}: no default in the class")

    def _advice(self, name: str) -> str:
        if name == "owner":
            return f": write net.spawn({self.name}(…), owner=peer)"
        known = [*self.fields, *self.locals]
        return nearest(name, known) or f": it has {', '.join(known) or 'none at all'}"

    def check_packable(self, entity: Replicated) -> None:
        """Raises: BadArgument: a field of this entity holds what cannot be sent."""
        for name, field in self.fields.items():
            if name not in entity.__dict__:
                raise BadArgument(f"{entity!r} has no {name} any more: fields cannot be deleted")
            if field.numeric and (wrong := field.check(entity.__dict__[name])):
                raise BadArgument(f"{entity!r}: {name} {wrong}")

    def explain_unpackable(self, entities: Iterable[Replicated]) -> NoReturn:
        """The slow pass, when packing failed.

        Raises:
            BadArgument: always; it names entity, field and value.
        """
        for entity in entities:
            self.check_packable(entity)
        raise BadArgument(f"a field of a {self.name} cannot be sent")

    # --------------------------------------------------------------------------------------------------------- guards

    def guard(self, names: frozenset[str]) -> type[Any]:
        """A subclass for entities of which this peer does not decide `names`: writing one tells `entity._home` first.

        The same name, `isinstance` holds, and setting `entity.__class__` to it and back is all that has to be done.
        `Home.trespass` raises, or lets the write pass and undoes it later.
        """
        if names not in self._guards:
            self._guards[names] = _guard(self.cls, names) if names else self.cls
        return self._guards[names]

    # -------------------------------------------------------------------------------------------------------- protocol

    def resolve(self, classes: Mapping[str, type[Any]]) -> None:
        """Look up what RPCs and references are annotated with, now that all modules are loaded.

        Args:
            classes: the entity classes of the protocol by their names.

        Raises:
            BadDeclaration: a name that does not exist, a type that cannot be sent, `@dataclass` on an entity class.
        """
        if "__dataclass_fields__" in vars(self.cls):
            raise BadDeclaration(f"{self.name} is decorated with @dataclass: leave it out, its fields do that already")
        for rpc in self.methods:
            rpc.signature.resolve()
        for field in self.structural:
            if isinstance(field, ReferenceField):
                field.resolve(classes)

    def wire(self) -> str:
        """A table of field, kind, bits, who decides, rate, audience, smoothing."""
        return table_of(self)


def compile_class(cls: type[Any], keywords: dict[str, Any]) -> ClassSchema:
    """The schema of a class that is being made; sets its class attributes to the fields' defaults.

    Raises:
        BadDeclaration: with advice.
    """
    complete = _keywords(cls, keywords)
    names = names_around(cls)
    own = attributes_of(cls, names, owners=complete["authority"] == "owner")
    schema = ClassSchema(cls, names, complete, own)
    for name, field in schema.fields.items():
        if field.numeric:
            setattr(cls, name, field.default)
    for structural in schema.structural:
        setattr(cls, structural.name, structural)
    for name, local in schema.locals.items():
        if local.factory is None:
            setattr(cls, name, local.default)
        elif name in vars(cls):
            delattr(cls, name)
    return schema


def _by_authority(fields: dict[str, Field], authority: str) -> dict[str, Field]:
    """In a class that the host computes everything is the entity's, also what a base class left to the host."""
    if authority == "owner":
        return fields
    return {name: field._replace(decider="entity") for name, field in fields.items()}


def _parts(name: str, fields: Iterable[Field]) -> Iterable[Part]:
    numeric = [field for field in fields if field.numeric is not None]
    deciders: tuple[tuple[Decider, str], ...] = (("entity", name), ("host", f"{name}/host"))
    for decider, table in deciders:
        if mine := [field for field in numeric if field.decider == decider]:
            yield part_of(table, decider, mine)


def _position(parts: tuple[Part, ...]) -> tuple[int, int, int] | None:
    for index, part in enumerate(parts):
        columns = [field.name for field in part.table.fields]
        if "x" in columns and "y" in columns:
            return index, columns.index("x"), columns.index("y")
    return None


def _structural(where: str, fields: Iterable[Field]) -> Iterable[Structural]:
    """Raises: BadDeclaration: more than one message holds."""
    told = [field for field in fields if field.structural is not None]
    most = sum(field.structural.most_bytes for field in told if field.structural)
    if most > _MOST_STRUCTURE:
        large = max((field.structural.most_bytes, field.name) for field in told if field.structural)[1]
        raise BadDeclaration(
            f"{where}: its texts and collections can take {most // 1024} KiB, more than the {_MOST_STRUCTURE // 1024} "
            f"that one entity has: a smaller longest= for {large}, or for its elements (each=gn.text(longest=…))"
        )
    for number, field in enumerate(told):
        if field.structural is not None:
            yield field.structural.placed(number, field.decider, field.default)


def _snapshots(names: list[str], structural: Iterable[Structural]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads these attributes; of a collection as it is then."""
    read = _tuple_getter(names)
    if not any(isinstance(field, CollectionField) and field.name in names for field in structural):
        return read
    return lambda entity: tuple(v.snapshot() if isinstance(v, Tracked) else v for v in read(entity))


def _tuple_getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda entity: ()
    read = attrgetter(*names)
    return (lambda entity: (read(entity),)) if len(names) == 1 else read


def _guard(cls: Any, names: frozenset[str]) -> type[Any]:
    plain_write = cls.__setattr__

    def write(self: Replicated, name: str, value: Any) -> None:
        home = self._home if name in names else None
        if home is None:
            plain_write(self, name, value)
            return
        home.trespass(self, name, value)
        true = self.__dict__.get(name)
        plain_write(self, name, value)
        home.undo_later(self, name, true)

    same = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__", "__gamenet__")}
    guarded: type[Any] = type(cls)(cls.__name__, (cls,), {"__setattr__": write, "__slots__": (), **same})
    return guarded


# ------------------------------------------------------------------------------------------------------- class keywords

_INHERITED: Final[dict[str, Any]] = {
    "authority": "host",
    "leaves": "remove",
    "most": _MOST,
    "sight": everything,
    "lost": "remove",
    "weight": 1.0,
}
_DEFAULTS: Final[dict[str, Any]] = {**_INHERITED, "wire": ""}

_LATER: Final = {
    "predict": 'prediction is not built yet: use authority="owner", so that an owner\'s own moves show at once',
}


def _keywords(cls: type[Any], given: dict[str, Any]) -> dict[str, Any]:
    """The class keywords with those that are inherited. A wire name is not inherited: it names one class."""
    accepted = list(_DEFAULTS) if cls._owned else ["wire"]
    for name in given:
        if name not in accepted:
            advice = _LATER.get(name) or f"accepted are {', '.join(accepted)}{nearest(name, accepted)}"
            raise BadDeclaration(f"class {cls.__qualname__}(…, {name}=…): {advice}")
    base = next((vars(base)["__gamenet__"] for base in cls.__mro__[1:] if "__gamenet__" in vars(base)), None)
    inherited = {name: getattr(base, name) for name in _INHERITED} if base else {}
    complete = {**_DEFAULTS, **inherited, **given}
    _check_keywords(f"class {cls.__qualname__}(…)", complete)
    return complete


def _check_keywords(where: str, said: dict[str, Any]) -> None:
    for name, allowed in (("authority", ("host", "owner")), ("leaves", ("remove", "keep")), ("lost", LOST)):
        if said[name] not in allowed:
            words = " or ".join(map(repr, allowed))
            raise BadDeclaration(f"{where}: {name}= is {words}, not {said[name]!r}")
    most, wire, sight, weight = said["most"], said["wire"], said["sight"], said["weight"]
    if not isinstance(sight, Sight):
        ways = "gn.everything, gn.nearest(50), gn.within(800), gn.grid(512) or gn.group"
        raise BadDeclaration(f"{where}: sight= is {ways}, not {sight!r}")
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 1e-6 <= weight <= 1e6:
        raise BadDeclaration(f"{where}: weight= is a number above 0, usually 1 (2: twice as often), not {weight!r}")
    if isinstance(most, bool) or not isinstance(most, int) or not 0 < most <= 65_535:
        raise BadDeclaration(f"{where}: most= is a whole number 1 … 65535, not {most!r}")
    if not isinstance(wire, str) or len(wire) > 64 or not wire.isprintable():
        raise BadDeclaration(f"{where}: wire= is a short printable name, not {wire!r}")
