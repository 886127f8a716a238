"""The classes that peers of a session agree on, in one order: the list of the host rules.

A class's number is its place among the sorted wire names, its first table's number the count of tables before it. A
joiner may know more classes than the host; it then goes on with the host's (`narrowed`), so that the numbers mean the
same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import msgpack

from ...errors import BadDeclaration
from ..codec import Table
from .advice import name_of

if TYPE_CHECKING:
    from .schema import ClassSchema

MOST_CLASSES: Final = 1_000
LARGEST_DESCRIPTION: Final = 128 * 1024
"""Bytes; a game of a hundred classes with ten fields each takes a fifth of it."""

_MOST_ELEMENTS: Final = 4_096
_SHOWN: Final = 4
_WIDEST: Final = 80

# One class as it is described: [wire name, of what kind, by what name: what about it].
_Described = tuple[str, dict[str, str], dict[str, str]]


class Protocol:
    """The entity and room classes of a session: `gn.Protocol([Ship, Arena])`.

    Attributes:
        schemas: sorted by wire name; the index is the class's number.
        tables: of all classes in order, for the codec.
    """

    def __init__(self, classes: Iterable[type[Any]]) -> None:
        """Raises: BadDeclaration: no entity or room class, two of one wire name, an RPC's type that is missing."""
        by_name: dict[str, ClassSchema] = {}
        for cls in classes:
            schema = _schema_of(cls)
            other = by_name.setdefault(schema.name, schema)
            if other is not schema:
                raise BadDeclaration(
                    f"two classes are {schema.name!r} on the wire: {_where(other.cls)} and {_where(schema.cls)}; "
                    f'give one another name: class {schema.cls.__name__}(…, wire="…")'
                )
        if len(by_name) > MOST_CLASSES:
            raise BadDeclaration(f"{len(by_name)} classes are more than a protocol holds: {MOST_CLASSES}")
        self.schemas: tuple[ClassSchema, ...] = tuple(by_name[name] for name in sorted(by_name))
        entities = {schema.cls.__name__: schema.cls for schema in self.schemas if schema.owned}
        for schema in self.schemas:
            schema.resolve(entities)
        self.tables: tuple[Table, ...] = tuple(part.table for schema in self.schemas for part in schema.parts)
        self._numbers = {schema: number for number, schema in enumerate(self.schemas)}
        self._first = dict(zip(self.schemas, _counts_before(self.schemas), strict=True))

    def knows(self, schema: ClassSchema) -> bool:
        return schema in self._numbers

    def named(self, name: str) -> ClassSchema | None:
        """The class of a wire name."""
        return next((schema for schema in self.schemas if schema.name == name), None)

    def at(self, number: int) -> ClassSchema | None:
        """The class of a number from the wire; None when there is none."""
        return self.schemas[number] if 0 <= number < len(self.schemas) else None

    def number(self, schema: ClassSchema) -> int:
        """The class's number on the wire. Raises: KeyError: a class that is not in the protocol."""
        return self._numbers[schema]

    def first_table(self, schema: ClassSchema) -> int:
        """The number of the table of the class's first part; the others follow. Raises: KeyError: as with `number`."""
        return self._first[schema]

    def __repr__(self) -> str:
        return f"gn.Protocol([{', '.join(schema.name for schema in self.schemas)}])"

    # ---------------------------------------------------------------------------------------------------- two protocols

    def describe(self) -> bytes:
        """What another peer needs to say whether it fits.

        Raises:
            BadDeclaration: more than `LARGEST_DESCRIPTION` bytes.
        """
        described: bytes = msgpack.packb([_described(schema) for schema in self.schemas])
        if len(described) > LARGEST_DESCRIPTION:
            raise BadDeclaration(
                f"the protocol's description takes {len(described)} bytes, more than {LARGEST_DESCRIPTION}: "
                "Enums with thousands of members? Use an int"
            )
        return described

    def difference(self, theirs: bytes, *, here: str = "here", there: str = "there") -> str:
        """Why a joiner does not fit this host, "" when it does: it needs each of my classes; extras do no harm.

        Args:
            theirs: the joiner's `describe()`; it comes from outside and may be anything.
            here: what this side is called in the sentence, and `there` the joiner's: the reader may sit there.
        """
        described = _read(theirs)
        if described is None:
            return f"the description of the protocol {there} cannot be read"
        words = [word for schema in self.schemas for word in _differences(_described(schema), described, here, there)]
        more = f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        return "; ".join(words[:_SHOWN]) + more

    def names(self) -> list[str]:
        return [schema.name for schema in self.schemas]

    def agreed(self) -> bytes:
        """What a joiner that fits has to know: the names of the host's classes."""
        packed: bytes = msgpack.packb(self.names())
        return packed

    def with_host(self, agreed: bytes) -> Protocol:
        """The joiner's protocol as the host numbers it: without the classes that the host does not have.

        Args:
            agreed: the host's `agreed()`. What cannot be read, or names a class that is not here, changes nothing: the
                host has found that this protocol fits.
        """
        try:
            names = set(msgpack.unpackb(agreed))
        except (ValueError, TypeError, msgpack.UnpackException):
            return self
        mine = self.names()
        return self if names.issuperset(mine) or not names.issubset(mine) else self.narrowed(sorted(names))

    def narrowed(self, names: Iterable[str]) -> Protocol:
        """These classes only, as the host numbers them. Raises: KeyError: a name that is not in this protocol."""
        by_name = {schema.name: schema.cls for schema in self.schemas}
        return Protocol([by_name[name] for name in names])


def _schema_of(cls: Any) -> ClassSchema:
    schema: ClassSchema | None = vars(cls).get("__gamenet__") if isinstance(cls, type) else None
    if schema is None:
        raise BadDeclaration(f"a protocol is made of classes of gn.Entity and gn.Room; this is {name_of(cls)}")
    return schema


def _where(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _counts_before(schemas: Sequence[ClassSchema]) -> Iterator[int]:
    count = 0
    for schema in schemas:
        yield count
        count += len(schema.parts)


# --------------------------------------------------------------------------------------------------------- descriptions


def _described(schema: ClassSchema) -> list[Any]:
    """[name, {what: in words}, {field: in words, in order}, {RPC: in words}]: equal words mean equal bits."""
    of_class = {"computed by": schema.authority if schema.owned else "room"}
    fields = {field.name: f"{_size(field.bits)}{field.words} by {field.decider}" for field in schema.fields.values()}
    return [schema.name, of_class, fields, {rpc.name: rpc.words for rpc in schema.methods}]


def _size(bits: int) -> str:
    return f"{bits} bit{'s' if bits != 1 else ''}: " if bits else ""


def _read(theirs: bytes) -> dict[str, list[dict[str, str]]] | None:
    """A description from outside by class name; None when it is none."""
    if not isinstance(theirs, bytes) or len(theirs) > LARGEST_DESCRIPTION:
        return None
    most = min(len(theirs), _MOST_ELEMENTS)
    try:
        raw = msgpack.unpackb(theirs, max_array_len=most, max_map_len=most, max_ext_len=0, max_bin_len=0)
    except Exception:  # msgpack has a dozen ways to refuse, some of them plain ValueErrors
        return None
    if type(raw) is not list or not all(map(_is_class, raw)):
        return None
    return {name: sections for name, *sections in raw}


def _is_class(raw: Any) -> bool:
    return type(raw) is list and len(raw) == 4 and type(raw[0]) is str and all(map(_is_section, raw[1:]))


def _is_section(raw: Any) -> bool:
    return type(raw) is dict and all(type(word) is str for pair in raw.items() for word in pair)


def _differences(mine: list[Any], theirs: dict[str, list[dict[str, str]]], here: str, there: str) -> Iterator[str]:
    name, *sections = mine
    if name not in theirs:
        yield f"{name}: there is no such class {there}"
        return
    of_class, fields, rpcs = zip(sections, theirs[name], strict=True)
    for what, a, b in _unequal(*of_class):
        yield f"{name}: {what} {a or 'nobody'} {here}, {b or 'nobody'} {there}"
    for what, a, b in (*_unequal(*fields), *_unequal(*rpcs)):
        yield f"{name}.{what}: {_told(a, b, here, there)}"
    if list(fields[0]) != list(fields[1]) and set(fields[0]) == set(fields[1]):
        yield f"{name}: the fields are in another order {there}: {', '.join(fields[1])}"[: 2 * _WIDEST]


def _unequal(mine: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for what in (*mine, *(name for name in theirs if name not in mine)):
        if mine.get(what, "") != theirs.get(what, ""):
            yield what[:_WIDEST], mine.get(what, ""), theirs.get(what, "")


def _told(mine: str, theirs: str, here: str, there: str) -> str:
    """ "7 bits here, 8 bits there", in more words only where the bits are the same."""
    if not mine or not theirs:
        return f"only {here if mine else there}"
    bits_a, bits_b = (words.partition(":")[0] for words in (mine, theirs))
    if bits_a != bits_b and bits_a.endswith(("bit", "bits")) and bits_b.endswith(("bit", "bits")):
        mine, theirs = bits_a, bits_b
    return f"{mine[:_WIDEST]} {here}, {theirs[:_WIDEST]} {there}"


# -------------------------------------------------------------------------------------------------------------- finding


def collect_protocol(room: type[Any], caller: Mapping[str, Any] = MappingProxyType({})) -> Protocol:
    """The classes that a game means without naming them: those visible from one module and from what it imports.

    Args:
        room: the session's room class, which is one of them. Its module is looked at, unless it is gamenet's own Room;
        caller: then, or when its module is gone, the globals of the module that opens the session are.

    Raises:
        BadDeclaration: as `Protocol`.
    """
    found: dict[type[Any], None] = {room: None}
    its_own = None if _is_ours(room.__module__) else sys.modules.get(room.__module__)
    for module in _modules(caller if its_own is None else vars(its_own)):
        found.update(dict.fromkeys(value for value in module.values() if _is_replicated(value)))
    return Protocol(found)


def _is_replicated(value: Any) -> bool:
    """A class of the game's own: gamenet's Entity is none, its Room only as a session's room class."""
    return isinstance(value, type) and "__gamenet__" in vars(value) and not _is_ours(value.__module__)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _modules(start: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The globals of a module and of all that it imports, themselves or names from them, as far as the game reaches."""
    waiting, seen = [start], {id(start)}
    while waiting:
        module = waiting.pop()
        yield module
        for name in _imported(module):
            names = vars(sys.modules[name]) if name in sys.modules else None
            if names is not None and id(names) not in seen and _is_of_game(name, names, start):
                seen.add(id(names))
                waiting.append(names)


def _imported(module: Mapping[str, Any]) -> set[str]:
    names = {value.__name__ for value in list(module.values()) if isinstance(value, ModuleType)}
    origins = (getattr(value, "__module__", None) for value in list(module.values()) if callable(value))
    return names | {origin for origin in origins if isinstance(origin, str)}


def _is_of_game(name: str, module: Mapping[str, Any], start: Mapping[str, Any]) -> bool:
    """Neither Python nor gamenet nor an installed library, unless that has replicated classes or is the game itself."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or _is_ours(name):
        return name == "__main__"
    if top == str(start.get("__name__", "")).partition(".")[0]:
        return True
    file = str(module.get("__file__") or "site-packages")  # without file: built in
    installed = "site-packages" in file or "dist-packages" in file
    return not installed or any(map(_is_replicated, module.values()))
