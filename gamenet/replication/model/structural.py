"""Fields that are told when they change: texts here, references and collections beside this module.

One object for each such field of a class. It stands in the class, so that an assignment is checked in its own line and
noted; reading is a plain attribute read. What the library itself writes goes past it, into the instance's `__dict__`.

Three forms of a value: what a game assigns, what is kept in the entity, and *plain*, what travels (None, numbers, texts
and lists of these).
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, TypeAlias

from ...errors import BadArgument
from .. import operations as op
from ..operations import Malformed

if TYPE_CHECKING:
    from typing_extensions import Self

    from .compile import Decider
    from .entity import Home, Replicated

Plain: TypeAlias = Any
Known: TypeAlias = Any
"""What the others know of a field, as far as it is needed to say what is new."""

News: TypeAlias = "op.Write | op.Change"


class Structural:
    """A field of one class.

    Attributes:
        name: of the attribute.
        words: equal words mean equal plain data.
        default: of a new entity.
        number: its place among the structural fields of its class.
        authority: who decides it, as with `Part.authority`.
        most_bytes: how large its plain form can be.
    """

    number = 0
    authority: Decider = "entity"

    def __init__(self, name: str, words: str, default: Any, most_bytes: int) -> None:
        self.name, self.words, self.default, self.most_bytes = name, words, default, most_bytes

    def placed(self, number: int, authority: Decider, default: Any) -> Self:
        """The same field in a class of its own."""
        placed = copy(self)
        placed.number, placed.authority, placed.default = number, authority, default
        return placed

    # ------------------------------------------------------------------------------------------------ the game's side

    def __set__(self, entity: Replicated, value: Any) -> None:
        """An assignment. Raises: BadArgument: what the field cannot hold."""
        kept = self.accept(entity, value)
        entity.__dict__[self.name] = kept
        if entity._home is not None:
            entity._home.edited(entity)

    def accept(self, entity: Replicated, value: Any) -> Any:
        """What is kept of an assigned value. Raises: BadArgument: what the field cannot hold."""
        if wrong := self.check(value):
            raise BadArgument(f"{entity!r}: {self.name} {wrong}")
        return value

    def check(self, value: object) -> str:
        """What is wrong with an assigned value, "" when nothing is."""
        raise NotImplementedError

    def settled(self, value: Any) -> Any:
        """A checked default as the class keeps it."""
        return value

    def fresh(self, entity: Replicated) -> Any:
        """What a new entity keeps."""
        return self.default

    def check_spawn(self, entity: Replicated, home: Home) -> None:
        """Raises: BadArgument: what it holds means nothing in the world that the entity is to enter."""

    # ------------------------------------------------------------------------------------------------- the wire's side

    def plain(self, entity: Replicated) -> Plain:
        """All of it, as it travels."""
        return entity.__dict__[self.name]

    def read(self, plain: Plain) -> Any:
        """Plain data from outside, checked. Raises: Malformed: what the field cannot hold."""
        raise NotImplementedError

    def write(self, entity: Replicated, value: Any) -> None:
        """What `read` made, into the entity, past every guard."""
        entity.__dict__[self.name] = value

    def apply(self, entity: Replicated, change: op.Change) -> None:
        """Changes from outside. Raises: Malformed: they do not fit."""
        raise Malformed(f"a change of {self.name}, which is told as a whole")

    # ------------------------------------------------------------------------------------------------------ what is new

    def known(self, entity: Replicated) -> Known:
        """What the others know when they know what it is now."""
        return self.plain(entity)

    def known_by(self, plain: Plain) -> Known:
        """What the others know when they were told this."""
        return plain

    def news(self, entity: Replicated, known: Known) -> News | None:
        """What is to be told to those who know that; from then on they know all. The entity has a name.

        Raises:
            BadArgument: it holds what cannot be sent.
        """
        plain = self.plain(entity)
        return None if plain == known else op.Write(_id(entity), self.number, plain)


class TextField(Structural):
    """A `str` of at most `longest` characters."""

    def __init__(self, name: str, longest: int) -> None:
        super().__init__(name, f"text of {longest}", "", 5 + 4 * longest)
        self.longest = longest

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            return f"is {shown(value)}, not a text"
        if len(value) > self.longest:
            return f"has {len(value)} characters: it holds {self.longest} (longest=)"
        return "" if value.isascii() or encodable(value) else f"is {shown(value)}, not text that UTF-8 can hold"

    def read(self, plain: Plain) -> str:
        if type(plain) is not str or (wrong := self.check(plain)):
            raise Malformed(f"{self.name} {wrong if type(plain) is str else 'is no text'}")
        return plain


def encodable(value: str) -> bool:
    """Whether UTF-8 can hold it: lone surrogates it cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """Its repr for a sentence; long ones are cut."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _id(entity: Replicated) -> int:
    assert entity._id is not None, "what is told about has a name"
    return entity._id
