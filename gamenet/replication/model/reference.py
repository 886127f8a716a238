"""References: `target: "Ship | None" = gn.ref()`.

What is kept is what is *meant*: an entity, or the id of one that was named from elsewhere. What is read is what is
*visible*: the entity while it exists here, else None. So an entity that goes out of sight and comes back is read again
without a word, and nobody mistakes the None of its own eyes for a None that was assigned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

from ...errors import BadArgument, BadDeclaration
from ...ids import EntityId
from ..operations import Malformed
from .advice import nearest
from .structural import Known, News, Plain, Structural, shown

if TYPE_CHECKING:
    from .entity import Home, Replicated

_NAME: Final = r"(?:ForwardRef\()?['\"]?(?:\w+\.)*(?P<{}>\w+)['\"]?\)?"
_WRITTEN: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NAME.format('name')}\s*\|\s*None",
        rf"None\s*\|\s*{_NAME.format('name')}",
        rf"(?:\w+\.)?Optional\[\s*{_NAME.format('name')}\s*\]",
    )
)


class Later:
    """An annotation `"Ship | None"` whose class does not exist yet."""

    def __init__(self, name: str) -> None:
        self.name = name


def later(annotation: Any) -> Later | None:
    """What an annotation that cannot be resolved yet would be if the missing name were an entity class."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__forward_arg__", str(annotation))
    found = next((match for pattern in _WRITTEN if (match := pattern.fullmatch(text.strip("'\" ")))), None)
    return Later(found["name"]) if found else None


def referred(annotation: Any) -> type[Any] | Later | None:
    """The class that a resolved annotation `Ship | None` refers to; None when it is no such annotation."""
    if isinstance(annotation, Later):
        return annotation
    args = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    if len(args) != 2 or NoneType not in args:
        return None
    kind: Any = args[0] if args[1] is NoneType else args[1]
    kind = get_origin(kind) or kind  # Entity["Arena"] is an Entity
    return kind if isinstance(kind, type) and getattr(kind, "_owned", False) is True else None


class ReferenceField(Structural):
    """An entity of one class, or None."""

    def __init__(self, where: str, name: str, to: type[Any] | Later) -> None:
        self._wanted = to.name if isinstance(to, Later) else to.__name__
        super().__init__(name, f"reference to {self._wanted}", None, 5)
        self._where = where
        self._found: list[type[Any]] = [] if isinstance(to, Later) else [to]  # shared with those in subclasses

    def resolve(self, classes: Mapping[str, type[Any]]) -> None:
        """Look the class up, now that all are there.

        Args:
            classes: entity classes by their names.

        Raises:
            BadDeclaration: there is none of that name.
        """
        if not self._found:
            if self._wanted not in classes:
                raise BadDeclaration(
                    f"{self._where}: there is no entity class {self._wanted!r} in this session's protocol"
                    f"{nearest(self._wanted, classes)}"
                )
            self._found.append(classes[self._wanted])

    # ------------------------------------------------------------------------------------------------ the game's side

    def __get__(self, entity: Replicated | None, kind: type[Any] | None = None) -> Any:
        return None if entity is None else self._visible(entity)

    def _visible(self, entity: Replicated) -> Replicated | None:
        meant, home = entity.__dict__[self.name], entity._home
        if meant is None or (home is None and isinstance(meant, int)):
            return None
        found: Replicated | None = home.entity(meant) if home is not None and isinstance(meant, int) else meant
        if found is None or not self._is_one(found):
            return None
        return found if home is None or found._home is home else None

    def _is_one(self, value: object) -> bool:
        return isinstance(value, self._found[0]) if self._found else type(value).__name__ == self._wanted

    def check(self, value: object) -> str:
        return "" if value is None or self._is_one(value) else f"is {shown(value)}, not a {self._wanted} or None"

    def accept(self, entity: Replicated, value: Any) -> Any:
        if entity._home is not None and not self.check(value):
            self._check_home(entity, value, entity._home)
        return super().accept(entity, value)

    def check_spawn(self, entity: Replicated, home: Home) -> None:
        self._check_home(entity, entity.__dict__[self.name], home)

    def _check_home(self, entity: Replicated, value: Any, home: Home) -> None:
        if value is None or isinstance(value, int) or value._home is home:
            return
        if value._home is None and value._left is home:
            return  # it went a moment ago: that reads None and is no mistake
        why = (
            "is in no room yet: spawn it first" if value._home is None else "is in another room: .get(…) gives its copy"
        )
        raise BadArgument(f"{entity!r}: {self.name} is {value!r}, which {why}")

    # ------------------------------------------------------------------------------------------------- the wire's side

    def meant(self, entity: Replicated) -> EntityId | None:
        """The id that is meant, seen or not; None also while the host has not named it."""
        meant: Any = entity.__dict__[self.name]
        id: EntityId | None = meant._id if hasattr(meant, "_id") else meant
        return id

    def plain(self, entity: Replicated) -> Plain:
        """What is told. Who sees everything, the host, tells of nothing that has gone."""
        gone = entity._home is not None and entity._home.is_host and self._visible(entity) is None
        return None if gone else self.meant(entity)

    def read(self, plain: Plain) -> EntityId | None:
        if plain is None or (type(plain) is int and 0 < plain < 1 << 32):
            return plain  # type: ignore[return-value]
        raise Malformed(f"{self.name} is {shown(plain)}, no id of an entity")

    def news(self, entity: Replicated, known: Known) -> News | None:
        meant = entity.__dict__[self.name]
        if meant is not None and not isinstance(meant, int) and meant._id is None and meant._home is not None:
            meant._home.edited(entity)  # it has no name yet: this is told when it has
            return None
        return super().news(entity, known)


def hidden(entity: Replicated, field: str) -> EntityId | None:
    """The id that a reference means while it reads None: of an entity that is out of my sight, or not here yet.

    Raises:
        BadArgument: no reference of this entity.
    """
    kind = getattr(type(entity), "__gamenet__", None)
    if kind is None:
        raise BadArgument(f"gn.hidden() takes an entity and the name of a reference, not {entity!r}")
    references = {one.name: one for one in kind.structural if isinstance(one, ReferenceField)}
    if field not in references:
        known = f"it has {', '.join(references) or 'none'}{nearest(field, references)}"
        raise BadArgument(f"{kind.name} has no reference {field!r}: {known}")
    reference = references[field]
    return None if reference.__get__(entity) is not None else reference.meant(entity)
