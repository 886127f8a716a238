"""Collections: `crew: list[str] = gn.items(longest=8, each=gn.text(longest=16))`.

What travels are the changes. Whole, a collection is `[edition, element, …]` (of a mapping key, value, key, value); a
change says to which edition its edits are to be made, so that nothing is done twice for somebody who was told the whole
in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin

from ...errors import BadArgument, BadDeclaration
from .. import operations as op
from ..operations import Malformed
from ..rpc.types import Unfit, WireType, wire_type
from .advice import name_of
from .fields import LONGEST_TEXT, FieldDeclaration
from .structural import Known, News, Plain, Structural, shown
from .tracked import Tracked, TrackedDict, TrackedList, TrackedSet

if TYPE_CHECKING:
    from ...peer import Peer
    from .entity import Replicated

_MOST_EDITION: Final = 1 << 48


class _Nowhere:
    """The scope of elements, none of which is an entity or a peer."""

    def peer(self, id: int, /) -> Peer | None:
        return None

    def entity(self, id: int, /) -> Replicated | None:
        return None


_NOWHERE: Final = _Nowhere()


class CollectionField(Structural):
    """What the three have in common; elements are looked at in the order in which they travel.

    Attributes:
        takes: what may be assigned, `wanted` in words.
        build: what a game gets when it asks for a copy.
        tracked: what the entity keeps.
    """

    wanted = ""
    takes: tuple[type[Any], ...]
    build: type[Any]
    tracked: type[Any]

    def __init__(self, name: str, words: str, longest: int, elements: Sequence[WireType]) -> None:
        most = 16 + longest * sum(element.most_bytes for element in elements)
        super().__init__(name, words, self.build(), most)
        self.longest, self._elements = longest, tuple(elements)

    # ------------------------------------------------------------------------------------------------ the game's side

    def __set__(self, entity: Replicated, value: Any) -> None:
        if value is not entity.__dict__.get(self.name):  # `ship.crew += …` assigns what it has changed
            super().__set__(entity, value)

    def check(self, value: object) -> str:
        if not isinstance(value, self.takes):
            return f"is {shown(value)}, not {self.wanted}"
        try:
            self._checked(value)
        except BadArgument as wrong:
            return str(wrong)
        return ""

    def _checked(self, value: Any) -> Any:
        """A copy. Raises: BadArgument: what is wrong, as `check` says it."""
        flat = [self._cleaned(element, number)[0] for number, element in enumerate(self._flat(value))]
        made = self._made(flat)
        if len(made) > self.longest:
            raise BadArgument(self._too_many(len(made)))
        return made

    def settled(self, value: Any) -> Any:
        return self._checked(value)

    def accept(self, entity: Replicated, value: Any) -> Tracked:
        if not isinstance(value, self.takes):
            raise BadArgument(f"{self._who(entity)} is {shown(value)}, not {self.wanted}")
        try:
            copy = self._checked(value)
        except BadArgument as wrong:
            raise BadArgument(f"{self._who(entity)} {wrong}") from None
        before = entity.__dict__.get(self.name)
        return self.keep(entity, copy, before.edition + 1 if isinstance(before, Tracked) else 0)

    def fresh(self, entity: Replicated) -> Tracked:
        return self.keep(entity, self.default, 0)

    def keep(self, entity: Replicated, value: Any, edition: int) -> Tracked:
        """What the entity keeps, of checked elements."""
        kept: Tracked = self.tracked(value).bind(self, entity, edition)
        return kept

    def clean(self, entity: Replicated | None, values: Iterable[Any], place: int = 0) -> tuple[list[Any], list[Plain]]:
        """Elements to be put in: as they are kept and as they travel.

        Raises:
            BadArgument: one that does not fit.
        """
        try:
            pairs = [self._cleaned(value, place) for value in values]
        except BadArgument as wrong:
            raise BadArgument(f"{self._who(entity)} {wrong}") from None
        return [kept for kept, _ in pairs], [plain for _, plain in pairs]

    def clean_key(self, entity: Replicated | None, key: Any) -> tuple[Any, Plain]:
        (kept,), (plain,) = self.clean(entity, (key,))
        return kept, plain

    def clean_entry(self, entity: Replicated | None, key: Any, value: Any) -> tuple[tuple[Any, Any], list[Plain]]:
        kept, plain = self.clean_key(entity, key)
        (value,), (plain_value,) = self.clean(entity, (value,), 1)
        return (kept, value), [plain, plain_value]

    def _cleaned(self, value: Any, place: int) -> tuple[Any, Plain]:
        kind = self._elements[place % len(self._elements)]
        try:
            plain = kind.encode(value, _NOWHERE)
            return kind.decode(plain, _NOWHERE), plain
        except Unfit as unfit:
            raise BadArgument(f"has an element that {unfit.reason}") from None

    def check_count(self, entity: Replicated | None, count: int) -> None:
        """Raises: BadArgument: more elements than it holds."""
        if count > self.longest:
            raise BadArgument(f"{self._who(entity)} {self._too_many(count)}")

    def _too_many(self, count: int) -> str:
        return f"has {count} elements: it holds {self.longest} (longest=)"

    def _who(self, entity: Replicated | None) -> str:
        return f"{entity!r}: {self.name}" if entity is not None else self.name

    # ------------------------------------------------------------------------------------------------- the wire's side

    def plain(self, entity: Replicated) -> Plain:
        kept: Any = entity.__dict__[self.name]
        kinds, count = self._elements, len(self._elements)
        flat = (kinds[place % count].encode(value, _NOWHERE) for place, value in enumerate(self._flat(kept)))
        return [kept.edition, *flat]

    def read(self, plain: Plain) -> tuple[int, Any]:
        """The edition and an ordinary list, dict or set."""
        if type(plain) is not list or not plain or type(plain[0]) is not int or not 0 <= plain[0] < _MOST_EDITION:
            raise Malformed(f"{self.name} is no collection with an edition")
        flat = plain[1:]
        if len(flat) % len(self._elements):
            raise Malformed(f"{self.name} ends in the middle of an entry")
        self.check_read(len(flat) // len(self._elements))
        return plain[0], self._made([self._element(value, place) for place, value in enumerate(flat)])

    def read_elements(self, plain: Sequence[Plain], beside: int) -> list[Any]:
        """Elements of a list that has so many others. Raises: Malformed."""
        self.check_read(beside + len(plain))
        return [self._element(value, 0) for value in plain]

    def read_key(self, plain: Plain) -> Any:
        return self._element(plain, 0)

    def read_entry(self, key: Plain, value: Plain) -> tuple[Any, Any]:
        return self._element(key, 0), self._element(value, 1)

    def check_read(self, count: int) -> None:
        """Raises: Malformed: more elements than it holds."""
        if count > self.longest:
            raise Malformed(f"{self.name} with {count} elements, which holds {self.longest}")

    def _element(self, plain: Plain, place: int) -> Any:
        try:
            return self._elements[place % len(self._elements)].decode(plain, _NOWHERE)
        except Unfit as unfit:
            raise Malformed(f"an element of {self.name} {unfit.reason}") from None

    def write(self, entity: Replicated, value: tuple[int, Any]) -> None:
        edition, content = value
        entity.__dict__[self.name] = self.keep(entity, content, edition)

    def apply(self, entity: Replicated, change: op.Change) -> None:
        kept: Tracked = entity.__dict__[self.name]
        done = kept.edition - change.edition
        if done < 0:
            raise Malformed(f"a change of {self.name} to an edition that is not here yet")
        for edit in change.edits[done:]:
            kept.apply(edit)

    # ------------------------------------------------------------------------------------------------------ what is new

    def known(self, entity: Replicated) -> Known:
        kept: Tracked = entity.__dict__[self.name]
        kept.edits.clear()
        return kept.edition

    def known_by(self, plain: Plain) -> Known:
        return plain[0]

    def news(self, entity: Replicated, known: Known) -> News | None:
        kept: Any = entity.__dict__[self.name]
        if kept.edition == known:
            return None
        edits = list(kept.edits)
        if known + len(edits) != kept.edition or len(edits) > len(kept) + 8:  # replaced, or the whole is shorter
            return super().news(entity, known)
        return op.Change(entity._id or 0, self.number, known, edits)

    # ------------------------------------------------------------------------------------------------- each its own way

    def _flat(self, value: Any) -> Iterable[Any]:
        """The elements in the order in which they travel."""
        return value  # type: ignore[no-any-return]

    def _made(self, flat: list[Any]) -> Any:
        """A list, dict or set of elements in that order."""
        return self.build(flat)


class ItemsField(CollectionField):
    wanted, takes, build, tracked = "a list", (list, tuple), list, TrackedList


class MappingField(CollectionField):
    wanted, takes, build, tracked = "a dict", (dict,), dict, TrackedDict

    def _flat(self, value: Any) -> Iterable[Any]:
        return (each for entry in value.items() for each in entry)

    def _made(self, flat: list[Any]) -> Any:
        return dict(zip(flat[::2], flat[1::2], strict=True))


class UniqueField(CollectionField):
    wanted, takes, build, tracked = "a set", (set, frozenset), set, TrackedSet


_KINDS: Final[dict[Any, tuple[type[CollectionField], int]]] = {
    list: (ItemsField, 1),
    dict: (MappingField, 2),
    set: (UniqueField, 1),
}


def collection_of(where: str, name: str, annotation: Any, longest: int, each: Any) -> CollectionField:
    """The field of an annotation such as `list[str]`.

    Raises:
        BadDeclaration: elements that cannot be told from others, with advice.
    """
    origin = get_origin(annotation) or annotation
    field, count = _KINDS[origin]
    args = list(get_args(annotation))
    if len(args) != count:
        raise BadDeclaration(f"{where}: say of what: {'dict[str, int]' if count == 2 else f'{origin.__name__}[str]'}")
    if each is not None:
        if not isinstance(each, FieldDeclaration):
            raise BadDeclaration(f"{where}: each= is gn.text(…), gn.integer(…) or gn.number(…), not {each!r}")
        args[-1] = Annotated[args[-1], each]
    kinds = [_element(where, arg) for arg in args]
    words = f"{origin.__name__} of {longest}: {' to '.join(kind.words for kind in kinds)}"
    return field(name, words, longest, kinds)


_SHORT: Final = FieldDeclaration("text", "", longest=LONGEST_TEXT)


def _element(where: str, annotation: Any) -> WireType:
    try:
        kind = wire_type(Annotated[str, _SHORT] if annotation is str else annotation)
    except BadDeclaration as wrong:
        raise BadDeclaration(f"{where}: elements: {wrong}") from None
    if not kind.lasting:
        raise BadDeclaration(
            f"{where}: {name_of(annotation)} cannot be an element: lists can change unnoticed (use a tuple), "
            "entities and peers come and go (keep their ids, and ask net.get(id))"
        )
    return kind
