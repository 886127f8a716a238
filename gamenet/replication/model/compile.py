"""From what a class says to its fields, once, when the class is made. Whatever cannot be replicated is refused here.

Each annotation `name: type` is a field. A field function refines it, `gn.local` and `ClassVar` take it out, and a name
that begins with an underscore is refused, because a reader could not tell whether it travels.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, get_origin

from ...errors import BadDeclaration
from ..codec import Kind, NumericField
from .advice import instead_of, is_engine, name_of, nearest
from .annotations import Names, is_library, resolve, written
from .collection import collection_of
from .fields import INT_HIGH, INT_LOW, LONGEST_TEXT, MOST_COLLECTED, FieldDeclaration
from .prediction import source_of, words_of
from .reference import ReferenceField, later, referred
from .structural import Structural, TextField, shown

Decider = Literal["entity", "host"]
"""Who computes a field: whoever computes the entity, or the host although an owner computes the entity."""

Check = Callable[[object], str]
"""What is wrong with a value, "" when nothing is. Ranges are not checked here: the codec clamps."""

_MOST_STEPS: Final = 2**32
_MOST_MEMBERS: Final = 2**16
_LONGEST: Final = 4096
_LONGEST_COLLECTION: Final = 1024
_REQUIRED: Final = object()


class Field(NamedTuple):
    """One replicated attribute, checked and complete."""

    name: str
    words: str  # "integer 0 … 100": equal words mean equal bits on the wire
    bits: int  # of a value sent whole; 0 for structure
    default: Any
    required: bool  # the constructor must be given it, as type checkers say
    decider: Decider
    numeric: NumericField | None
    members: tuple[Any, ...]  # what the integers of a flag or choice mean
    structural: Structural | None  # what is not numeric
    check: Check


class Local(NamedTuple):
    """One attribute that is never sent."""

    name: str
    default: Any
    factory: Callable[[], Any] | None

    def value(self) -> Any:
        return self.default if self.factory is None else self.factory()


class Attributes(NamedTuple):
    fields: dict[str, Field]
    locals: dict[str, Local]


def attributes_of(cls: type[Any], names: Names, owners: bool) -> Attributes:
    """All fields of a class, inherited ones first, in the order in which they were declared.

    Args:
        names: where its annotations look up names.
        owners: whether the class is computed by owners, so that a field may be the host's.

    Raises:
        BadDeclaration: a field that cannot be replicated, with advice.
    """
    found = _inherited(cls)
    if is_library(cls):
        return found
    _check_bases(cls)
    annotations = written(cls)
    for name, value in list(vars(cls).items()):
        if name not in annotations:
            _check_unannotated(cls, name, value, found)
    for name, annotation in annotations.items():
        if not _is_constant(annotation):
            _check_name(cls, name, vars(cls).get(name))
            _add(cls, name, annotation, names, owners, found)
    _check_overrides(cls, found)
    return found


def _inherited(cls: type[Any]) -> Attributes:
    found = Attributes({}, {})
    for base in reversed(cls.__mro__[1:]):
        schema = vars(base).get("__gamenet__")
        if schema is not None:
            found.fields.update(schema.fields)
            found.locals.update(schema.locals)
    return found


def _check_bases(cls: type[Any]) -> None:
    for base in cls.__mro__:
        if is_engine(base):
            raise BadDeclaration(
                f"{cls.__qualname__} is an entity and a {base.__module__.partition('.')[0]} {base.__name__} at once: "
                "an entity exists on every peer, a picture on one. "
                "Keep them apart and tie them with bind_sprite(entity, sprite)"
            )


def _check_unannotated(cls: type[Any], name: str, value: Any, found: Attributes) -> None:
    where = f"{cls.__qualname__}.{name}"
    if isinstance(value, FieldDeclaration):
        kind = _ANNOTATIONS.get(value.function, "float")
        raise BadDeclaration(f"{where} has no annotation: write `{name}: {kind} = gn.{value.function}(…)`")
    if name in found.locals:
        found.locals[name] = Local(name, value, None)
    elif name in found.fields:
        _change_default(cls, found, name, value)


_ANNOTATIONS: Final = {
    "integer": "int",
    "text": "str",
    "choice": "…",
    "local": "…",
    "ref": '"Ship | None"',
    "items": "list[str]",
    "mapping": "dict[str, int]",
    "unique": "set[str]",
}


def _change_default(cls: type[Any], found: Attributes, name: str, value: Any) -> None:
    """`hp = 500` in a subclass: the inherited field with another default."""
    field = found.fields[name]
    if wrong := field.check(value):
        raise BadDeclaration(f"{cls.__qualname__}.{name} is a field of its base class, and the new default {wrong}")
    _check_in_range(f"{cls.__qualname__}.{name}", field, value)
    found.fields[name] = field._replace(default=_as_field(field, value), required=False)


def _check_overrides(cls: type[Any], found: Attributes) -> None:
    """A library word (`owner`, `room`, …) that the class gives another meaning."""
    for name in vars(cls):
        if name in _reserved(cls) and name not in _MEANT_TO_BE_OVERRIDDEN and not name.startswith("_"):
            raise BadDeclaration(f"{cls.__qualname__}.{name} is a reserved name: choose another{_reserved_words(cls)}")


_MEANT_TO_BE_OVERRIDDEN: Final = {"spawned", "despawned", "became_host"}


def _reserved(cls: type[Any]) -> set[str]:
    """Whatever the library's own classes have, and `at`, which is to come."""
    library = [base for base in cls.__mro__ if is_library(base)]
    return {name for base in library for name in (*vars(base), *written(base))} | {"at", "each_tick"}


def _reserved_words(cls: type[Any]) -> str:
    return f" (reserved are {', '.join(sorted(name for name in _reserved(cls) if not name.startswith('_')))})"


def _is_constant(annotation: Any) -> bool:
    text = annotation if isinstance(annotation, str) else str(annotation)
    return text.partition("[")[0].rpartition(".")[2] == "ClassVar"


def _check_name(cls: type[Any], name: str, value: Any) -> None:
    where = f"{cls.__qualname__}.{name}"
    if name in _reserved(cls):
        raise BadDeclaration(f"{where} is a reserved name: choose another{_reserved_words(cls)}")
    own = isinstance(value, FieldDeclaration) and value.function == "local"
    if name.startswith("_") and (not own or name.startswith("__")):
        raise BadDeclaration(
            f"{where} begins with an underscore, so it is not clear whether others should see it: "
            f"drop the underscore, or write `{name}: … = gn.local(…)` for this peer's own"
        )


def _add(cls: type[Any], name: str, annotation: Any, names: Names, owners: bool, found: Attributes) -> None:
    where = f"{cls.__qualname__}.{name}"
    value = vars(cls).get(name, _REQUIRED)
    declaration = value if isinstance(value, FieldDeclaration) else FieldDeclaration("plain", value)
    if declaration.function == "local":
        found.fields.pop(name, None)
        found.locals[name] = _local(where, name, declaration)
        return
    found.locals.pop(name, None)
    field = _field(where, name, _type_of(where, annotation, names), declaration)
    found.fields[name] = field._replace(decider=_decider(where, declaration, owners))


def _local(where: str, name: str, declaration: FieldDeclaration) -> Local:
    if isinstance(declaration.default, list | dict | set | bytearray):
        kind = type(declaration.default).__name__
        raise BadDeclaration(f"{where} would be one {kind} shared by all: write gn.local(factory={kind})")
    if declaration.factory is not None and not callable(declaration.factory):
        raise BadDeclaration(f"{where}: factory= takes a function that makes the value, such as list")
    return Local(name, declaration.default, declaration.factory)


def _type_of(where: str, annotation: Any, names: Names) -> Any:
    try:
        kind = resolve(annotation, names)
    except NameError as error:
        if reference := later(annotation):
            return reference
        raise BadDeclaration(f"{where}: {error} where the class is made; import or define it above the class") from None
    except Exception as error:
        raise BadDeclaration(f"{where}: the annotation {annotation!r} means nothing: {error}") from None
    return kind


def _decider(where: str, declaration: FieldDeclaration, owners: bool) -> Decider:
    said = declaration.authority
    if said not in (None, "host", "owner"):
        raise BadDeclaration(f'{where}: authority= is "host" or "owner", not {said!r}')
    if said == "owner" and not owners:
        raise BadDeclaration(f'{where}: a field is the owner\'s only in a class with authority="owner"')
    if declaration.to != "everyone":
        raise BadDeclaration(f'{where}: to={declaration.to!r} is not built yet: every field goes to "everyone"')
    return "host" if said == "host" and owners else "entity"


# ------------------------------------------------------------------------------------------------------ kinds of fields

_FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "float": ("plain", "coord", "angle", "number"),
    "int": ("plain", "integer"),
    "bool": ("plain",),
    "str": ("plain", "text"),
    "enum": ("plain", "choice"),
    "reference": ("plain", "ref"),
    "list": ("items",),
    "dict": ("mapping",),
    "set": ("unique",),
}
_WANTED: Final = {
    "enum": "an Enum",
    "reference": "an entity class or None",
    "list": "a list[…]",
    "dict": "a dict[…, …]",
    "set": "a set[…]",
}


def _field(where: str, name: str, kind: Any, declaration: FieldDeclaration) -> Field:
    family = _family(where, kind)
    if declaration.function not in _FUNCTIONS[family]:
        wanted = next((one for one, functions in _FUNCTIONS.items() if declaration.function in functions), "")
        if declaration.function == "plain":
            raise BadDeclaration(f"{where}: {_collected(family, name, kind)}")
        wanted = _WANTED.get(wanted, wanted)
        raise BadDeclaration(
            f"{where}: gn.{declaration.function}() is for {wanted}, the annotation says {name_of(kind)}"
        )
    field = _MAKERS[family](where, name, kind, declaration)
    default = declaration.default
    if default is _REQUIRED:
        return field._replace(required=True)
    if wrong := field.check(default):
        raise BadDeclaration(f"{where}: the default {wrong}")
    _check_in_range(where, field, default)
    return field._replace(default=_as_field(field, default))


def _family(where: str, kind: Any) -> str:
    if kind in (float, int, bool, str):
        return str(kind.__name__)
    if isinstance(kind, enum.EnumMeta) and not issubclass(kind, enum.Flag):
        return "enum"
    if referred(kind) is not None:
        return "reference"
    origin = kind if kind in (list, dict, set) else get_origin(kind)
    if origin in (list, dict, set):
        return str(origin.__name__)
    raise BadDeclaration(f"{where}: {name_of(kind)} cannot be replicated: {instead_of(kind)}")


def _collected(family: str, name: str, kind: Any) -> str:
    """What to write instead of a collection without a function: nobody should replicate one by accident."""
    (function,) = _FUNCTIONS[family]
    return (
        f"write `{name}: {name_of(kind)} = gn.{function}(longest=…)` to replicate it, "
        f"or keep a {family} of this peer's own with gn.local(factory={family})"
    )


def _as_field(field: Field, value: Any) -> Any:
    """A checked value in the field's own type: 3 is 3.0 in a float."""
    if field.structural is not None:
        return field.structural.settled(value)
    if field.numeric is None or field.members:
        return value
    return float(value) if field.numeric.kind.is_float else int(value)


def _check_in_range(where: str, field: Field, default: Any) -> None:
    numeric = field.numeric
    if (
        numeric is not None and numeric.kind in (Kind.RANGED, Kind.INTEGER) and numeric.low < numeric.high
    ):  # else it has no bounds
        span = f"{plain(numeric.low)} … {plain(numeric.high)}"
        if not numeric.low <= default <= numeric.high:
            raise BadDeclaration(f"{where}: the default {default!r} is outside {span}")


def _float(where: str, name: str, kind: Any, said: FieldDeclaration) -> Field:
    smooth = _flag(where, "smooth", said.smooth if said.smooth is not None else said.function != "number")
    if said.function == "angle":
        step = _positive(where, said.step)
        if abs(360 / step - round(360 / step)) > 1e-6 or step > 180:
            raise BadDeclaration(f"{where}: 360° are no whole number of steps of {step!r}: try 1, 0.5 or 360/1024")
        steps = _few_enough(where, round(360 / step))
        words, bits = f"angle step {plain(step)}", (steps - 1).bit_length()
        numeric = NumericField(name, Kind.ANGLE, step=step, smooth=smooth)
    elif said.low is None and said.high is None and said.step is None:
        words, bits, numeric = "float", 32, NumericField(name, Kind.FLOAT, smooth=smooth)
    else:
        low, high, step = _range(where, said)
        steps = _few_enough(where, math.floor((high - low) / step + 1e-6) + 1)
        words, bits = f"number {plain(low)} … {plain(high)} step {plain(step)}", (steps - 1).bit_length()
        numeric = NumericField(name, Kind.RANGED, low, high, step, smooth)
    numeric = numeric._replace(source=source_of(where, said))
    words += words_of(numeric.source)
    zero = min(max(0.0, numeric.low), numeric.high) if numeric.kind is Kind.RANGED else 0.0
    return Field(name, words, bits, zero, False, "entity", numeric, (), None, _check_float)


def _range(where: str, said: FieldDeclaration) -> tuple[float, float, float]:
    if said.low is None or said.high is None:
        raise BadDeclaration(f"{where}: a range needs both low= and high=; without them it is a plain 32 bit number")
    low, high = _finite(where, "low", said.low), _finite(where, "high", said.high)
    if low >= high:
        raise BadDeclaration(f"{where}: low={said.low!r} is not below high={said.high!r}")
    step = (high - low) / 2**24 if said.step is None else _positive(where, said.step)
    if step > high - low:
        raise BadDeclaration(f"{where}: step={said.step!r} is more than the whole range {said.low!r} … {said.high!r}")
    return low, high, step


def _few_enough(where: str, steps: int) -> int:
    if steps > _MOST_STEPS:
        raise BadDeclaration(f"{where}: {steps} steps are more than 32 bits hold: a larger step=, or a plain float")
    return steps


def _integer(where: str, name: str, kind: Any, said: FieldDeclaration) -> Field:
    if said.smooth not in (None, False):
        raise BadDeclaration(f"{where}: between whole numbers are fractions: smooth=True is for gn.number(step=1, …)")
    low = INT_LOW if said.low is None else _whole(where, "low", said.low)
    high = INT_HIGH if said.high is None else _whole(where, "high", said.high)
    if low >= high:
        raise BadDeclaration(f"{where}: low={said.low!r} is not below high={said.high!r}")
    if (low, high) == (INT_LOW, INT_HIGH):
        words, bits, numeric = "integer", 64, NumericField(name, Kind.INTEGER)
    else:
        words, bits = f"integer {low} … {high}", (high - low).bit_length()
        numeric = NumericField(name, Kind.INTEGER, low, high)
    return Field(name, words, bits, min(max(0, low), high), False, "entity", numeric, (), None, _check_int)


def _bool(where: str, name: str, kind: Any, said: FieldDeclaration) -> Field:
    numeric = NumericField(name, Kind.FLAG)
    return Field(name, "flag", 1, False, False, "entity", numeric, (False, True), None, _check_bool)


def _enum(where: str, name: str, kind: type[enum.Enum], said: FieldDeclaration) -> Field:
    members = tuple(kind)
    if not 0 < len(members) <= _MOST_MEMBERS:
        raise BadDeclaration(
            f"{where}: {kind.__qualname__} has {len(members)} members; a field chooses among 1 … 65536"
        )
    words = f"choice of {', '.join(member.name for member in members)}"
    numeric = NumericField(name, Kind.CHOICE, high=len(members) - 1)
    bits = (len(members) - 1).bit_length()
    return Field(name, words, bits, members[0], False, "entity", numeric, members, None, _check_member(kind))


def _text(where: str, name: str, kind: Any, said: FieldDeclaration) -> Field:
    longest = LONGEST_TEXT if said.longest is None else _whole(where, "longest", said.longest)
    if not 0 < longest <= _LONGEST:
        raise BadDeclaration(f"{where}: longest={longest} is not in 1 … {_LONGEST} characters")
    return _structural(TextField(name, longest))


def _reference(where: str, name: str, kind: Any, said: FieldDeclaration) -> Field:
    to = referred(kind)
    assert to is not None, "that is what made it a reference"
    return _structural(ReferenceField(where, name, to))


def _collection(where: str, name: str, kind: Any, said: FieldDeclaration) -> Field:
    longest = MOST_COLLECTED if said.longest is None else _whole(where, "longest", said.longest)
    if not 0 < longest <= _LONGEST_COLLECTION:
        raise BadDeclaration(f"{where}: longest={longest} is not in 1 … {_LONGEST_COLLECTION} elements")
    return _structural(collection_of(where, name, kind, longest, said.each))


def _structural(structural: Structural) -> Field:
    return Field(
        structural.name,
        structural.words,
        0,
        structural.default,
        False,
        "entity",
        None,
        (),
        structural,
        structural.check,
    )


_MAKERS: Final[Mapping[str, Callable[[str, str, Any, FieldDeclaration], Field]]] = {
    "float": _float,
    "int": _integer,
    "bool": _bool,
    "str": _text,
    "enum": _enum,
    "reference": _reference,
    "list": _collection,
    "dict": _collection,
    "set": _collection,
}

# -------------------------------------------------------------------------------------------------------- single values


def _flag(where: str, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadDeclaration(f"{where}: {name}= is True or False, not {value!r}")
    return value


def _finite(where: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadDeclaration(f"{where}: {name}= is a number, not {value!r}")
    return float(value)


def _positive(where: str, value: Any) -> float:
    step = _finite(where, "step", value)
    if step <= 0:
        raise BadDeclaration(f"{where}: step={value!r} is not above 0")
    return step


def _whole(where: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not INT_LOW <= value <= INT_HIGH:
        raise BadDeclaration(f"{where}: {name}= is a whole number of at most 64 bits, not {value!r}")
    return value


def _check_float(value: object) -> str:
    return "" if _is_number(value) else is_not(value, "a number")


def _check_int(value: object) -> str:
    try:
        whole = value.__index__()  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        return is_not(value, "a whole number (use int(…) or round(…))" if _is_number(value) else "a whole number")
    return "" if INT_LOW <= whole <= INT_HIGH else is_not(value, "a whole number of at most 64 bits")


def _check_bool(value: object) -> str:
    return "" if isinstance(value, bool) else is_not(value, "True or False")


def _check_member(kind: type[enum.Enum]) -> Check:
    def check(value: object) -> str:
        if isinstance(value, kind):
            return ""
        return is_not(value, f"a member of {kind.__qualname__}, such as {kind.__name__}.{next(iter(kind)).name}")

    return check


def _is_number(value: object) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, str)


def is_not(value: object, wanted: str) -> str:
    """ "is 'x', not a number"; long values are cut."""
    return f"is {shown(value)}, not {wanted}"


def plain(number: float) -> str:
    """A number as short as it can be written without loss."""
    return str(int(number)) if number == int(number) else repr(number)


def hooks_of(cls: type[Any], found: Attributes) -> dict[str, tuple[str, ...]]:
    """Field name → methods that `@gn.changed` ties to it, the base classes' first."""
    hooks: dict[str, tuple[str, ...]] = {}
    for base in reversed(cls.__mro__):
        for method, value in vars(base).items():
            for field in getattr(value, "__gamenet_changed__", ()):
                if field not in found.fields:
                    known = f"{cls.__qualname__} has {', '.join(found.fields) or 'none'}{nearest(field, found.fields)}"
                    raise BadDeclaration(f"{base.__qualname__}.{method}: there is no field {field!r} to watch: {known}")
                hooks[field] = (*(name for name in hooks.get(field, ()) if name != method), method)
    return hooks
