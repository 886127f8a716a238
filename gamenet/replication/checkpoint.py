"""A tick-consistent checkpoint of a world: every field of the room and of its entities, with their ids.

Classes and fields are named, so that a checkpoint says by itself what it fits: one list of class names with their field
names, then the values in that order.
"""

from __future__ import annotations

from math import isfinite
from types import NoneType
from typing import Any, Final, NamedTuple

import msgpack

from ..errors import BadArgument
from ..ids import ROOM_ENTITY, EntityId, PeerId
from . import operations as op
from .model.entity import Entity, Replicated
from .model.schema import ClassSchema
from .model.values import check_rows, read_structure, rows_of, structure_of, write_values
from .model.world import World
from .operations import Malformed

VERSION: Final = 1


class _Saved(NamedTuple):
    id: int
    kind: str
    owner: int | None
    rows: list[list[float]]
    structure: list[Any]


def save(world: World) -> bytes:
    """The world as bytes, for `read` and `restore`."""
    entities = [world.room, *world.entities.values()]
    kinds = sorted({entity.__gamenet__.name: _fields(entity.__gamenet__) for entity in entities}.items())
    packed: bytes = msgpack.packb([VERSION, kinds, _row(world.room), [_row(e) for e in world.all(Entity) if e.id]])
    return packed


def _fields(kind: ClassSchema) -> list[str]:
    return [field.name for part in kind.parts for field in part.table.fields] + [f.name for f in kind.structural]


def _row(entity: Replicated) -> _Saved:
    owner = None if entity._owner is None else int(entity._owner.id)
    return _Saved(entity._id or 0, entity.__gamenet__.name, owner, rows_of(entity), structure_of(entity))


def read(data: bytes, world: World) -> list[_Saved]:
    """The room's row and then the entities', checked against the classes of this world.

    Raises:
        BadArgument: not a checkpoint, or one of other classes.
    """
    try:
        version, kinds, room, entities = msgpack.unpackb(data)
        if version != VERSION:
            raise BadArgument(f"this checkpoint has version {version}; {VERSION} is known here")
        saved = [_Saved(*room), *(_Saved(*row) for row in entities)]
        for name, fields in kinds:
            _check_kind(world, name, fields)
        _check_ids([one.id for one in saved])
        for one in saved:
            _check_row(world, one)
    except (Malformed, ValueError, TypeError, msgpack.UnpackException) as error:
        raise BadArgument(f"this is no checkpoint of this game: {error}") from None
    return saved


def _check_ids(ids: list[int]) -> None:
    known = all(type(id) is int and 0 <= id < 1 << 32 for id in ids)
    if not known or ids[0] != ROOM_ENTITY or len(set(ids)) < len(ids):
        raise Malformed("its entities have other ids than those of a room")


def _check_row(world: World, one: _Saved) -> None:
    kind = _kind(world, one.kind)
    if (kind is world.room.__gamenet__) != (one.id == ROOM_ENTITY) or kind.owned == (one.id == ROOM_ENTITY):
        raise BadArgument(f"this checkpoint is of another room than a {world.room.__gamenet__.name}")
    if not (_are_rows(one.rows) and op.are_plain(one.structure) and type(one.owner) in (int, NoneType)):
        raise Malformed(f"a broken {one.kind}")
    check_rows(kind, one.rows)
    read_structure(kind, one.structure)


def _are_rows(value: Any) -> bool:
    return type(value) is list and all(type(row) is list and all(map(_finite, row)) for row in value)


def _finite(value: Any) -> bool:
    return type(value) is int or (type(value) is float and isfinite(value))


def _check_kind(world: World, name: str, fields: list[str]) -> None:
    here = _fields(_kind(world, name))
    if fields != here:
        raise BadArgument(f"this checkpoint's {name} has the fields {', '.join(fields)}; here it has {', '.join(here)}")


def _kind(world: World, name: str) -> ClassSchema:
    kind = world.classes.named(name)
    if kind is None:
        raise BadArgument(f"this checkpoint has a class {name}, which this session's protocol does not have")
    return kind


def restore(saved: list[_Saved], world: World) -> None:
    """Fill a world that was just begun anew."""
    room, *entities = saved
    _write(world.room, room)
    for one in entities:
        kind, id = _kind(world, one.kind), EntityId(one.id)
        entity = world.held(id, kind) or kind.blank()
        _write(entity, one)
        owner = None if one.owner is None else world.peers.get(PeerId(one.owner))
        world.introduce(entity, owner, id=id)


def _write(entity: Replicated, saved: _Saved) -> None:
    write_values(entity, saved.rows, read_structure(entity.__gamenet__, saved.structure))
    if entity._home is not None:
        entity._home.edited(entity)  # the room: it was there before
