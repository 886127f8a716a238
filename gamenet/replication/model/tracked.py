"""Lists, dicts and sets that note what is changed in them, so that changes travel and not the whole.

Elements are checked and copied where they are put in, in the game's own line. What is noted are *edits*:

- of a list `[start, removed, [element, …]]`: so many out, these in;
- of a dict `[key, value]`, `[key]` for one that goes, `[]` for all of them;
- of a set `[True, element]`, `[False, element]`, `[]` for all of them.

Each edit makes the *edition* one higher, everywhere alike. A container that the entity does not keep any more is the
game's own and notes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar
from weakref import ref

from ..operations import Malformed

if TYPE_CHECKING:
    from typing_extensions import Self, SupportsIndex

    from .collection import CollectionField
    from .entity import Replicated

Edit: TypeAlias = list[Any]

MOST_EDITS: Final = 1_024
"""Edits kept for the next message; when there are more, the whole is told."""

T = TypeVar("T")
_MISSING: Final = object()


class Tracked:
    """What the three have in common.

    Attributes:
        edition: how many edits led to what it is.
        edits: those that were not told yet.
    """

    edition: int
    edits: list[Edit]
    _entity: ref[Replicated]
    _snapshot: Any

    def bind(self, field: CollectionField, entity: Replicated, edition: int) -> Self:
        self._field, self._entity, self.edition, self.edits, self._snapshot = field, ref(entity), edition, [], None
        return self

    def plain_copy(self) -> Any:
        """An ordinary list, dict or set of the same elements."""
        raise NotImplementedError

    def twin(self) -> Tracked:
        """The same, to be kept instead of it."""
        entity = self._entity()
        assert entity is not None, "whoever asks has the entity"
        return self._field.keep(entity, self.plain_copy(), self.edition)

    def snapshot(self) -> Any:
        """An ordinary copy of what it is now; the same one until something changes."""
        if self._snapshot is None:
            self._snapshot = self.plain_copy()
        return self._snapshot

    def apply(self, edit: Edit) -> None:
        """An edit from outside. Raises: Malformed: it does not fit."""
        self._snapshot = None
        self._apply(edit)
        self.edition += 1

    def _apply(self, edit: Edit) -> None:
        raise NotImplementedError

    def _change(self, edit: Edit, make: Callable[[], object]) -> None:
        """One edit of the game's. Raises: NotAuthoritative: in a strict session, where somebody else decides."""
        entity = self._entity()
        kept = entity is not None and entity.__dict__.get(self._field.name) is self
        home = entity._home if entity is not None and kept else None
        guarded = entity is not None and type(entity) is not entity.__gamenet__.cls
        trespass = home is not None and guarded and home.trespass_inside(entity, self._field.name, self)  # type: ignore[arg-type]
        make()
        self._snapshot = None
        self.edition += 1
        if home is not None and entity is not None and not trespass:
            self.edits.append(edit)
            if len(self.edits) > MOST_EDITS:
                self.edits.clear()
            home.edited(entity)

    def __reduce_ex__(self, protocol: Any) -> Any:
        copy = self.plain_copy()
        return type(copy), (copy,)

    def __copy__(self) -> Any:
        return self.plain_copy()


class TrackedList(Tracked, list[T]):
    """A list. Raises, wherever something is put in: BadArgument: an element that does not fit, or too many."""

    __hash__ = None

    def plain_copy(self) -> list[T]:
        return list(self)

    def copy(self) -> list[T]:
        return list(self)

    def _splice(self, start: int, removed: int, values: Iterable[Any]) -> None:
        clean, plain = self._field.clean(self._entity(), list(values))
        self._field.check_count(self._entity(), len(self) - removed + len(clean))
        if clean != self[start : start + removed]:
            where = slice(start, start + removed)
            self._change([start, removed, plain], lambda: list.__setitem__(self, where, clean))

    def _whole(self, values: list[Any]) -> None:
        self._splice(0, len(self), values)

    def _apply(self, edit: Edit) -> None:
        match edit:
            case [int(start), int(removed), list(plain)] if (
                start >= 0 and removed >= 0 and start + removed <= len(self)
            ):
                elements = self._field.read_elements(plain, len(self) - removed)
                list.__setitem__(self, slice(start, start + removed), elements)
            case _:
                raise Malformed(f"an edit of {self._field.name} that fits no list of {len(self)}")

    def append(self, value: T) -> None:
        self._splice(len(self), 0, (value,))

    def extend(self, values: Iterable[T]) -> None:
        self._splice(len(self), 0, values)

    def insert(self, where: SupportsIndex, value: T) -> None:
        start, _, _ = slice(index(where), None).indices(len(self))
        self._splice(start, 0, (value,))

    def pop(self, where: SupportsIndex = -1) -> T:
        value: T = self[where]
        del self[where]
        return value

    def remove(self, value: T) -> None:
        del self[self.index(value)]

    def clear(self) -> None:
        self._splice(0, len(self), ())

    def reverse(self) -> None:
        self._whole(self[::-1])

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        self._whole(sorted(self, key=key, reverse=reverse))

    def __setitem__(self, where: Any, value: Any) -> None:
        if isinstance(where, slice):
            start, stop, step = where.indices(len(self))
            if step == 1:
                self._splice(start, max(stop - start, 0), value)
            else:
                changed = list(self)
                changed[where] = value
                self._whole(changed)
            return
        self[where]  # raises IndexError or TypeError as every list does
        self._splice(index(where) % len(self), 1, (value,))

    def __delitem__(self, where: Any) -> None:
        if isinstance(where, slice):
            changed = list(self)
            del changed[where]
            start, stop, step = where.indices(len(self))
            if step == 1:
                self._splice(start, max(stop - start, 0), ())
            else:
                self._whole(changed)
            return
        self[where]
        self._splice(index(where) % len(self), 1, ())

    def __iadd__(self, values: Iterable[T]) -> Self:  # type: ignore[misc, override]
        self.extend(values)
        return self

    def __imul__(self, times: SupportsIndex) -> Self:
        self._whole(list(self) * index(times))
        return self


class TrackedDict(Tracked, dict[Any, Any]):
    """A dict. Raises, wherever something is put in: BadArgument: an entry that does not fit, or too many."""

    __hash__ = None

    def plain_copy(self) -> dict[Any, Any]:
        return dict(self)

    def copy(self) -> dict[Any, Any]:
        return dict(self)

    def _apply(self, edit: Edit) -> None:
        match edit:
            case [key, value]:
                key, value = self._field.read_entry(key, value)
                self._field.check_read(len(self) + (key not in self))
                dict.__setitem__(self, key, value)
            case [key]:
                dict.pop(self, self._field.read_key(key), None)
            case []:
                dict.clear(self)
            case _:
                raise Malformed(f"an edit of {self._field.name} that fits no mapping")

    def __setitem__(self, key: Any, value: Any) -> None:
        (key, value), plain = self._field.clean_entry(self._entity(), key, value)
        self._field.check_count(self._entity(), len(self) + (key not in self))
        if self.get(key, _MISSING) != value:
            self._change(plain, lambda: dict.__setitem__(self, key, value))

    def __delitem__(self, key: Any) -> None:
        self[key]  # raises KeyError as every dict does
        _, plain = self._field.clean_key(self._entity(), key)
        self._change([plain], lambda: dict.__delitem__(self, key))

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        if default is not _MISSING and key not in self:
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[Any, Any]:
        if not self:
            raise KeyError("popitem(): the mapping is empty")
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        if self:
            self._change([], lambda: dict.clear(self))

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **entries: Any) -> None:
        for key, value in dict(*others, **entries).items():
            self[key] = value

    def __ior__(self, other: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> Self:  # type: ignore[override, misc]
        self.update(other)
        return self


class TrackedSet(Tracked, set[Any]):
    """A set. Raises, wherever something is put in: BadArgument: an element that does not fit, or too many."""

    __hash__ = None

    def plain_copy(self) -> set[Any]:
        return set(self)

    def copy(self) -> set[Any]:
        return set(self)

    def __repr__(self) -> str:
        return repr(set(self))

    def _apply(self, edit: Edit) -> None:
        match edit:
            case [bool(there), plain]:
                element = self._field.read_key(plain)
                self._field.check_read(len(self) + (there and element not in self))
                (set.add if there else set.discard)(self, element)
            case []:
                set.clear(self)
            case _:
                raise Malformed(f"an edit of {self._field.name} that fits no set")

    def add(self, element: Any) -> None:
        element, plain = self._field.clean_key(self._entity(), element)
        if element not in self:
            self._field.check_count(self._entity(), len(self) + 1)
            self._change([True, plain], lambda: set.add(self, element))

    def remove(self, element: Any) -> None:
        if element not in self:
            raise KeyError(element)
        self.discard(element)

    def discard(self, element: Any) -> None:
        if element in self:
            _, plain = self._field.clean_key(self._entity(), element)
            self._change([False, plain], lambda: set.discard(self, element))

    def pop(self) -> Any:
        element = next(iter(self), _MISSING)
        if element is _MISSING:
            raise KeyError("pop from an empty set")
        self.discard(element)
        return element

    def clear(self) -> None:
        if self:
            self._change([], lambda: set.clear(self))

    def update(self, *others: Iterable[Any]) -> None:
        for element in set().union(*others):
            self.add(element)

    def difference_update(self, *others: Iterable[Any]) -> None:
        for element in self.intersection(set().union(*others)):
            self.discard(element)

    def intersection_update(self, *others: Iterable[Any]) -> None:
        self.difference_update(set(self).difference(set(self).intersection(*others)))

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        both = self.intersection(other := set(other))
        self.update(other - both)
        self.difference_update(both)

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc]
        self.update(other)
        return self

    def __isub__(self, other: Any) -> Self:  # type: ignore[misc]
        self.difference_update(other)
        return self

    def __iand__(self, other: Any) -> Self:  # type: ignore[misc]
        self.intersection_update(other)
        return self

    def __ixor__(self, other: Any) -> Self:  # type: ignore[misc]
        self.symmetric_difference_update(other)
        return self
