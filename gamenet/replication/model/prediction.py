"""What a field says it is predicted from: other fields of the same class, which must travel with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import BadDeclaration
from ..codec import Kind
from .advice import nearest

if TYPE_CHECKING:
    from .compile import Field
    from .fields import FieldDeclaration


def source_of(where: str, said: FieldDeclaration) -> tuple[str, ...]:
    """The fields that a declaration names: a velocity, or x and y of a motion.

    Raises:
        BadDeclaration: something else than names, or both.
    """
    if said.velocity is not None and said.along is not None:
        raise BadDeclaration(f"{where} says velocity= and along=: it turns by itself or with its motion, not both")
    if said.velocity is not None and not isinstance(said.velocity, str):
        raise BadDeclaration(f'{where}: velocity= is the name of a field, as in velocity="vx", not {said.velocity!r}')
    if said.along is not None and not _is_pair(said.along):
        raise BadDeclaration(f'{where}: along= names two fields, as in along=("vx", "vy"), not {said.along!r}')
    return (said.velocity,) if said.velocity is not None else tuple(said.along or ())


def _is_pair(names: Any) -> bool:
    return isinstance(names, tuple | list) and len(names) == 2 and all(isinstance(name, str) for name in names)


def words_of(source: tuple[str, ...]) -> str:
    """What `Ship.wire()` and a refusal say of it."""
    return "" if not source else f", moved by {source[0]}" if len(source) == 1 else f", along {source[0]}, {source[1]}"


def check_sources(cls: str, fields: Mapping[str, Field]) -> None:
    """Of a whole class, inherited fields included.

    Raises:
        BadDeclaration: a field that is predicted from one that does not exist, is no number, or is decided elsewhere.
    """
    for field in fields.values():
        for name in field.numeric.source if field.numeric is not None else ():
            _check_source(f"{cls}.{field.name}", field, name, fields)
        _check_circle(cls, field, fields)


def _check_source(where: str, field: Field, name: str, fields: Mapping[str, Field]) -> None:
    by = fields.get(name)
    if by is None:
        raise BadDeclaration(
            f"{where} is predicted from {name!r}, which is no field of the class{nearest(name, fields)}"
        )
    if by.numeric is None or by.numeric.kind in (Kind.FLAG, Kind.CHOICE):
        raise BadDeclaration(f"{where} is predicted from {name!r}, which is no number")
    if by.decider != field.decider:
        raise BadDeclaration(
            f"{where} is predicted from {name!r}, which somebody else decides: give both the same authority="
        )


def _check_circle(cls: str, field: Field, fields: Mapping[str, Field]) -> None:
    """A field that is predicted from what is predicted from it."""
    reached, waiting = set[str](), [field.name]
    while waiting:
        numeric = fields[waiting.pop()].numeric
        new = [name for name in numeric.source if name not in reached] if numeric is not None else []
        reached.update(new)
        waiting += [name for name in new if name in fields]
    if field.name in reached:
        raise BadDeclaration(f"{cls}.{field.name} is predicted from itself, by way of {', '.join(sorted(reached))}")
