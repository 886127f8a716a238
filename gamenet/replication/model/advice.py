"""Sentences for declarations that cannot be replicated: what was given, what can be had, the nearest right thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

FIELD_TYPES: Final = "float, int, bool, str, Enums, `Ship | None` and collections (gn.items, gn.mapping, gn.unique)"

_ENGINES: Final = {"pygame", "arcade", "pyglet", "PIL"}

_INSTEAD: Final[dict[str, str]] = {
    "frozenset": "use a set: `keys: set[int] = gn.unique()`",
    "tuple": "use one float field for each number, such as x and y",
    "Vector2": "use two float fields such as x and y",
    "Vec2": "use two float fields such as x and y",
    "Vector3": "use three float fields",
    "complex": "use two float fields",
    "bytes": "use str, or send it with an RPC",
    "Flag": "use an int, or one bool field for each flag",
}


def nearest(name: str, names: Iterable[str]) -> str:
    """ "; did you mean 'hp'?", or nothing when no name is near."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(names), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def name_of(kind: Any) -> str:
    """How a type is called in a sentence."""
    return getattr(kind, "__qualname__", None) or str(kind).replace("typing.", "")


def is_engine(kind: type[Any]) -> bool:
    """Whether a class comes from an engine, which makes it this machine's own."""
    return kind.__module__.partition(".")[0] in _ENGINES


def instead_of(kind: Any) -> str:
    """What to do about a field of this type."""
    plain = getattr(kind, "__origin__", kind)
    if isinstance(plain, type):
        if hasattr(plain, "__gamenet__"):
            if not getattr(plain, "_owned", False):
                return "a room is no entity; each has its own: entity.room"
            return f"an entity may go, and then this is None: write `{plain.__name__} | None`"
        for base in plain.__mro__:
            if base.__name__ in _INSTEAD:
                return _INSTEAD[base.__name__]
        if is_engine(plain):
            return "it lives on one machine only: load it on each peer, in spawned() or as gn.local(None)"
    if "None" in name_of(kind) or "Optional" in str(kind):
        return "a field always has a value: use a plain type and a value that means none"
    return f"a field is one of {FIELD_TYPES}; this peer's own things are gn.local(…)"
