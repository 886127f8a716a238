"""The types of RPC arguments and answers: annotation → what checks, copies and carries a value.

*Outwards* (`encode`) a value is checked in the caller's line and becomes plain: what msgpack can hold, with entities
and peers as their ids and members as their index. *Inwards* (`decode`) plain data from outside becomes a value or is
refused. Both raise `Unfit`, which never leaves this package: the caller gets it as `BadArgument`, a receiver as a
sentence.

Decoding is total and bounded: depth is that of the annotation (which cannot contain itself), lengths are limited, and
nothing that was sent is looked up but peers, entities and members. Numbers are finite: one NaN can ruin a whole world.
"""

from __future__ import annotations

import enum
import math
import types
import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from ...errors import BadDeclaration
from ...peer import Peer
from ..model.advice import is_engine, name_of
from ..model.fields import INT_HIGH, INT_LOW, FieldDeclaration

if TYPE_CHECKING:
    from ..model.entity import Replicated

MOST_ITEMS: Final = 1024
"""Elements of a list or a tuple of any length."""

LONGEST_TEXT: Final = 1024
"""Characters of a str that says nothing else."""

LONGEST_BYTES: Final = 32_768

Plain: TypeAlias = Any
"""None, bool, int, float, str, bytes and lists of them."""


class Scope(Protocol):
    """Where ids mean something: a room as one peer sees it."""

    def peer(self, id: int, /) -> Peer | None: ...
    def entity(self, id: int, /) -> Replicated | None: ...


class Unfit(Exception):
    """A value that does not fit its annotation.

    Attributes:
        reason: goes on after the value's name: "is 'x', not a whole number".
        broken: whether no honest peer sends it. What left a moment ago is no fault.
    """

    def __init__(self, reason: str, *, broken: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.broken = reason, broken


class WireType(Protocol):
    """One annotation. Equal `words` mean equal plain data.

    Attributes:
        most_bytes: how large plain data can be.
        lasting: whether a value means the same later and elsewhere, and cannot change: it may stand in a collection.
    """

    @property
    def words(self) -> str: ...
    @property
    def most_bytes(self) -> int: ...
    @property
    def lasting(self) -> bool: ...
    def encode(self, value: Any, scope: Scope, /) -> Plain: ...
    def decode(self, plain: Plain, scope: Scope, /) -> Any: ...


def _unlike(value: object, wanted: str) -> Unfit:
    shown = repr(value)
    return Unfit(f"is {shown if len(shown) <= 60 else shown[:57] + '…'}, not {wanted}")


# -------------------------------------------------------------------------------------------------------------- scalars


class NoneType:
    words = "None"
    most_bytes, lasting = 1, True

    def encode(self, value: Any, scope: Scope) -> Plain:
        return self.decode(value, scope)

    def decode(self, plain: Plain, scope: Scope) -> None:
        if plain is not None:
            raise _unlike(plain, "None")


class BoolType:
    words = "bool"
    most_bytes, lasting = 1, True

    def encode(self, value: Any, scope: Scope) -> Plain:
        return self.decode(value, scope)

    def decode(self, plain: Plain, scope: Scope) -> bool:
        if plain is True or plain is False:
            return bool(plain)
        raise _unlike(plain, "True or False")


class IntType:
    most_bytes, lasting = 9, True

    def __init__(self, low: int = INT_LOW, high: int = INT_HIGH) -> None:
        self._low, self._high = low, high
        self.words = "int" if (low, high) == (INT_LOW, INT_HIGH) else f"int {low} … {high}"

    def encode(self, value: Any, scope: Scope) -> Plain:
        try:
            whole = int(value.__index__())
        except (AttributeError, TypeError):
            raise _unlike(value, "a whole number") from None
        return self.decode(whole, scope)

    def decode(self, plain: Plain, scope: Scope) -> int:
        if type(plain) is not int:
            raise _unlike(plain, "a whole number")
        if not self._low <= plain <= self._high:
            raise Unfit(f"is {plain}, outside {self._low} … {self._high}")
        return plain


class FloatType:
    most_bytes, lasting = 9, True

    def __init__(self, low: float = -math.inf, high: float = math.inf) -> None:
        self._low, self._high = low, high
        self.words = "float" if (low, high) == (-math.inf, math.inf) else f"float {low!r} … {high!r}"

    def encode(self, value: Any, scope: Scope) -> Plain:
        if isinstance(value, str) or not hasattr(value, "__float__"):
            raise _unlike(value, "a number")
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise _unlike(value, "a number") from None
        return self.decode(number, scope)

    def decode(self, plain: Plain, scope: Scope) -> float:
        if type(plain) is not float or not math.isfinite(plain):
            raise _unlike(plain, "a finite number")
        if not self._low <= plain <= self._high:
            raise Unfit(f"is {plain!r}, outside {self._low!r} … {self._high!r}")
        return plain


class StrType:
    lasting = True

    def __init__(self, longest: int = LONGEST_TEXT) -> None:
        self._longest, self.words = longest, f"str of {longest}"
        self.most_bytes = 5 + 4 * longest

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, str):
            raise _unlike(value, "a text")
        text = self.decode(str(value), scope)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _unlike(value, "text that UTF-8 can hold") from None
        return text

    def decode(self, plain: Plain, scope: Scope) -> str:
        if type(plain) is not str:
            raise _unlike(plain, "a text")
        if len(plain) > self._longest:
            raise Unfit(f"has {len(plain)} characters, more than {self._longest}")
        return plain


class BytesType:
    words = "bytes"
    most_bytes, lasting = 5 + LONGEST_BYTES, True

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise _unlike(value, "bytes")
        return self.decode(bytes(value), scope)

    def decode(self, plain: Plain, scope: Scope) -> bytes:
        if type(plain) is not bytes:
            raise _unlike(plain, "bytes")
        if len(plain) > LONGEST_BYTES:
            raise Unfit(f"has {len(plain)} bytes, more than {LONGEST_BYTES}")
        return plain


class EnumType:
    """A member, as its index in the order of definition."""

    most_bytes, lasting = 5, True

    def __init__(self, kind: type[enum.Enum]) -> None:
        self._kind, self._members = kind, tuple(kind)
        self._index = {member: index for index, member in enumerate(self._members)}
        self.words = f"one of {', '.join(member.name for member in self._members)}"

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, self._kind):
            raise _unlike(value, f"a member of {self._kind.__qualname__}")
        return self._index[value]

    def decode(self, plain: Plain, scope: Scope) -> enum.Enum:
        if type(plain) is not int or not 0 <= plain < len(self._members):
            raise _unlike(plain, f"the number of a member of {self._kind.__qualname__}")
        return self._members[plain]


class PeerType:
    words = "Peer"
    most_bytes, lasting = 3, False

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, Peer):
            raise _unlike(value, "a gn.Peer")
        if scope.peer(value.id) is not value:
            raise Unfit(f"is {value!r}, who is not in this room", broken=False)
        return int(value.id)

    def decode(self, plain: Plain, scope: Scope) -> Peer:
        if type(plain) is not int:
            raise _unlike(plain, "the number of a peer")
        peer = scope.peer(plain)
        if peer is None:
            raise Unfit(f"names peer {plain}, who is not in this room", broken=False)
        return peer


class EntityType:
    """An entity of this class, as its id."""

    most_bytes, lasting = 5, False

    def __init__(self, kind: type[Any]) -> None:
        self._kind, self.words = kind, kind.__gamenet__.name if "__gamenet__" in vars(kind) else kind.__name__

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, self._kind):
            raise _unlike(value, f"a {self._kind.__name__}")
        id: int | None = value._id
        if value._home is None:
            raise Unfit(f"is {value!r}, which is not in a room: spawn it first")
        if id is None:
            raise Unfit(f"is {value!r}, which the host has not named yet: wait until its id is not None")
        if scope.entity(id) is not value:
            raise Unfit(f"is {value!r} of another session or room: net.get(…) gives this one's copy")
        return int(id)

    def decode(self, plain: Plain, scope: Scope) -> Any:
        if type(plain) is not int:
            raise _unlike(plain, "the id of an entity")
        entity = scope.entity(plain)
        if entity is None:
            raise Unfit(f"names {self._kind.__name__} {plain}, which is not here", broken=False)
        if not isinstance(entity, self._kind):
            raise Unfit(f"names {entity!r}, which is no {self._kind.__name__}")
        return entity


# ----------------------------------------------------------------------------------------------------------- containers


def _each(method: str, values: Sequence[Any], kinds: Sequence[WireType], scope: Scope) -> list[Any]:
    done = []
    for index, (value, kind) in enumerate(zip(values, kinds, strict=True)):
        try:
            done.append(getattr(kind, method)(value, scope))
        except Unfit as unfit:
            raise Unfit(f"at [{index}] {unfit.reason}", broken=unfit.broken) from None
    return done


class ListType:
    """A list, or a tuple of any length: at most `MOST_ITEMS` of one kind."""

    def __init__(self, item: WireType, build: type[Any] = list) -> None:
        self._item, self._build = item, build
        self.most_bytes, self.lasting = 3 + MOST_ITEMS * item.most_bytes, build is tuple and item.lasting
        self.words = f"{build.__name__} of {item.words}"

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, self._build):
            raise _unlike(value, f"a {self._build.__name__}")
        return _each("encode", value, self._kinds(value), scope)

    def decode(self, plain: Plain, scope: Scope) -> Any:
        if type(plain) is not list:
            raise _unlike(plain, "a list")
        return self._build(_each("decode", plain, self._kinds(plain), scope))

    def _kinds(self, values: Sequence[Any]) -> list[WireType]:
        if len(values) > MOST_ITEMS:
            raise Unfit(f"has {len(values)} elements, more than {MOST_ITEMS}")
        return [self._item] * len(values)


class TupleType:
    """A tuple with a type for each place."""

    def __init__(self, items: Sequence[WireType]) -> None:
        self._items = tuple(items)
        self.most_bytes = 3 + sum(item.most_bytes for item in items)
        self.lasting = all(item.lasting for item in items)
        self.words = f"({', '.join(item.words for item in items)})"

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, tuple):
            raise _unlike(value, "a tuple")
        return _each("encode", self._long_enough(value), self._items, scope)

    def decode(self, plain: Plain, scope: Scope) -> tuple[Any, ...]:
        if type(plain) is not list:
            raise _unlike(plain, "a tuple")
        return tuple(_each("decode", self._long_enough(plain), self._items, scope))

    def _long_enough(self, values: Sequence[Any]) -> Sequence[Any]:
        if len(values) != len(self._items):
            raise Unfit(f"has {len(values)} elements, not {len(self._items)}")
        return values


class OptionalType:
    def __init__(self, inner: WireType) -> None:
        self._inner, self.words = inner, f"{inner.words} or None"
        self.most_bytes, self.lasting = inner.most_bytes, inner.lasting

    def encode(self, value: Any, scope: Scope) -> Plain:
        return None if value is None else self._inner.encode(value, scope)

    def decode(self, plain: Plain, scope: Scope) -> Any:
        return None if plain is None else self._inner.decode(plain, scope)


class RecordType:
    """A NamedTuple or frozen dataclass, as the list of its fields."""

    def __init__(self, kind: type[Any], names: Sequence[str], items: Sequence[WireType]) -> None:
        self._kind, self._names, self._items = kind, tuple(names), TupleType(items)
        self.most_bytes, self.lasting = self._items.most_bytes, self._items.lasting
        fields = (f"{name} {item.words}" for name, item in zip(names, items, strict=True))
        self.words = f"{kind.__name__}({', '.join(fields)})"

    def encode(self, value: Any, scope: Scope) -> Plain:
        if not isinstance(value, self._kind):
            raise _unlike(value, f"a {self._kind.__name__}")
        return self._items.encode(tuple(getattr(value, name) for name in self._names), scope)

    def decode(self, plain: Plain, scope: Scope) -> Any:
        values = dict(zip(self._names, self._items.decode(plain, scope), strict=True))
        try:
            return self._kind(**values)
        except Exception as error:  # its __post_init__ is the game's: what it refuses does not fit
            raise Unfit(f"makes no {self._kind.__name__}: {error}") from None


# --------------------------------------------------------------------------------------- from annotations to wire types

_SENDABLE: Final = (
    "bool, int, float, str, bytes, Enums, None, gn.Peer, entities, and list, tuple, Optional, NamedTuples and frozen "
    "dataclasses of these"
)

_SCALARS: Final[dict[Any, type[Any]]] = {
    type(None): NoneType,
    bool: BoolType,
    int: IntType,
    float: FloatType,
    str: StrType,
    bytes: BytesType,
    Peer: PeerType,
}


def wire_type(annotation: Any, inside: tuple[Any, ...] = ()) -> WireType:
    """What carries values of this annotation, which is resolved already.

    Args:
        inside: the records that this one is a part of.

    Raises:
        BadDeclaration: a type that cannot be sent; the message says what can.
    """
    if annotation is None:
        return NoneType()
    if annotation in _SCALARS:
        scalar: WireType = _SCALARS[annotation]()
        return scalar
    if hasattr(annotation, "__supertype__"):  # a NewType, such as gn.EntityId
        return wire_type(annotation.__supertype__, inside)
    origin = typing.get_origin(annotation)
    if origin is not None:
        return _generic(annotation, origin, typing.get_args(annotation), inside)
    if isinstance(annotation, type):
        return _class(annotation, inside)
    raise _unsendable(annotation)


def _generic(annotation: Any, origin: Any, args: tuple[Any, ...], inside: tuple[Any, ...]) -> WireType:
    if origin is typing.Annotated:
        return _limited(args[0], [said for said in args[1:] if isinstance(said, FieldDeclaration)], inside)
    if origin is list and len(args) == 1:
        return ListType(wire_type(args[0], inside))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return ListType(wire_type(args[0], inside), tuple)
    if origin is tuple:
        return TupleType([wire_type(arg, inside) for arg in args if arg != ()])
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        return OptionalType(wire_type(next(arg for arg in args if arg is not type(None)), inside))
    if isinstance(origin, type) and hasattr(origin, "__gamenet__"):
        return EntityType(origin)
    raise _unsendable(annotation)


def _class(kind: type[Any], inside: tuple[Any, ...]) -> WireType:
    if hasattr(kind, "__gamenet__"):
        return EntityType(kind)
    if isinstance(kind, enum.EnumMeta) and not issubclass(kind, enum.Flag) and kind.__members__:
        return EnumType(kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _record(kind, list(kind._fields), inside)
    if "__dataclass_fields__" in vars(kind):
        return _record(kind, _fields_of(kind), inside)
    raise _unsendable(kind)


def _fields_of(kind: Any) -> list[str]:
    if not kind.__dataclass_params__.frozen:
        raise BadDeclaration(f"{name_of(kind)} can change after it was sent: declare it with @dataclass(frozen=True)")
    fields = [field for field in kind.__dataclass_fields__.values() if field._field_type.name == "_FIELD"]
    for field in fields:
        if not field.init:
            raise BadDeclaration(f"{name_of(kind)}.{field.name} has init=False, so a received one cannot be given it")
    return [field.name for field in fields]


def _record(kind: Any, names: list[str], inside: tuple[Any, ...]) -> WireType:
    if kind in inside:
        raise BadDeclaration(f"{name_of(kind)} contains itself; what is sent has a fixed depth: use a list of parts")
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise BadDeclaration(f"{name_of(kind)}: {error} in the module that defines it") from None
    missing = [name for name in names if name not in hints]
    if missing:
        raise BadDeclaration(f"{name_of(kind)}.{missing[0]} has no annotation: use typing.NamedTuple")
    return RecordType(kind, names, [wire_type(hints[name], (*inside, kind)) for name in names])


def _limited(annotation: Any, limits: list[FieldDeclaration], inside: tuple[Any, ...]) -> WireType:
    """`Annotated[str, gn.text(longest=200)]`; what others put into Annotated means nothing here."""
    if not limits:
        return wire_type(annotation, inside)
    said = limits[-1]
    if (annotation, said.function) not in _LIMITED or len(limits) > 1:
        raise BadDeclaration(
            f"Annotated[{name_of(annotation)}, gn.{said.function}(…)] is no limit: there are "
            "Annotated[str, gn.text(longest=…)], Annotated[int, gn.integer(low=…, high=…)] and "
            "Annotated[float, gn.number(low=…, high=…)]"
        )
    if said.step is not None:
        raise BadDeclaration("step= is for fields: an argument travels as it is, in 64 bits")
    return _LIMITED[annotation, said.function](said)


def _limited_int(said: FieldDeclaration) -> WireType:
    low, high = INT_LOW if said.low is None else said.low, INT_HIGH if said.high is None else said.high
    _check_limits(low, high, int)
    return IntType(max(low, INT_LOW), min(high, INT_HIGH))


def _limited_float(said: FieldDeclaration) -> WireType:
    low, high = -math.inf if said.low is None else said.low, math.inf if said.high is None else said.high
    _check_limits(low, high, (int, float))
    return FloatType(float(low), float(high))


def _limited_str(said: FieldDeclaration) -> WireType:
    _check_limits(1, said.longest, int)
    return StrType(said.longest)


def _check_limits(low: Any, high: Any, kind: Any) -> None:
    if not isinstance(low, kind) or not isinstance(high, kind) or not low <= high:
        raise BadDeclaration(f"an argument cannot be limited to {low!r} … {high!r}")


_LIMITED: Final = {
    (str, "text"): _limited_str,
    (int, "integer"): _limited_int,
    (float, "number"): _limited_float,
}


def _unsendable(annotation: Any) -> BadDeclaration:
    instead = f"an argument is one of {_SENDABLE}"
    if annotation in (list, tuple):
        instead = f"say of what: {annotation.__name__}[int{', ...' if annotation is tuple else ''}]"
    elif isinstance(annotation, type) and is_engine(annotation):
        instead = "it lives on one machine only: send a name or numbers"
    elif annotation is dict or typing.get_origin(annotation) is dict:
        instead = "send a list of pairs: list[tuple[str, int]]"
    return BadDeclaration(f"{name_of(annotation)} cannot be sent: {instead}")
