"""Applies operations: the host's order on everybody else, everybody else's wishes on the host.

What comes from the host is trusted to be in order, not to be right: ids, classes and lengths are looked up and
checked, and what does not fit is `Malformed`. What comes from a peer is checked for being that peer's to say; what an
honest peer may send too late (its entity has gone meanwhile) is skipped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

from ...ids import ROOM_ENTITY, EntityId
from ...peer import Peer
from .. import operations as op
from ..happenings import ViewComplete
from ..model.entity import Entity, Replicated
from ..model.packed import unpack_rows
from ..model.schema import ClassSchema
from ..model.structural import Known, Plain, Structural
from ..model.values import read_structure, rows_of, write_rows, write_values
from ..model.world import Told, World, describe, id_of
from ..operations import Malformed
from ..rpc.limits import Limits
from ..rpc.router import Router
from .receiver import Receiver

log = logging.getLogger("gamenet")

MOST_PENDING: Final = 64 * 1024 * 1024
"""Bytes of one unfinished tick from the host; a peer's wishes may be a 64th of it."""

WISHES: Final = 5_000.0
"""Spawns, despawns, texts and the like that a peer may wish for in a second: everybody is told of each."""

_Rows: TypeAlias = list[list[float]]

Learn = Callable[[Replicated, Structural, Known], None]


class _Pending:
    """What a peer has said of a tick that is not complete."""

    def __init__(self) -> None:
        self.size = 0
        self.operations: list[op.Operation] = []


class StructureReader:
    """Collects each peer's operations until the tick is complete, then applies them in order."""

    def __init__(self, world: World, receiver: Receiver, router: Router, told: Learn) -> None:
        """Args: told: takes what everybody else knows of a structural field, so that nobody is told it again."""
        self._world, self._receiver, self._router, self._told = world, receiver, router, told
        self._pending: dict[Peer, _Pending] = {}
        self._wishes = Limits()

    def read(self, peer: Peer, body: bytes, tick: int) -> None:
        """One call message.

        Raises:
            Malformed: what no honest peer sends; operations before it may have been applied.
        """
        complete, operations = op.read(body)
        pending = self._pending.setdefault(peer, _Pending())
        pending.operations += operations
        pending.size += len(body)
        if pending.size > (MOST_PENDING if peer.is_host else MOST_PENDING // 64):
            raise Malformed("a tick that never becomes complete")
        if complete:
            del self._pending[peer]
            for operation in pending.operations:
                self._apply(peer, operation, tick)

    def forget(self, peer: Peer) -> None:
        self._pending.pop(peer, None)
        self._wishes.forget(lambda key: key == peer.id)

    def _apply(self, peer: Peer, operation: op.Operation, tick: int) -> None:
        table = _FROM_HOST if peer.is_host else _FROM_PEER if self._world.is_host else {}
        apply = table.get(type(operation))
        if apply is None:
            raise Malformed(f"a {type(operation).__name__.lower()} operation from {peer.name}, who has no say in it")
        if table is _FROM_PEER and type(operation) in _WISHES:
            self._allow_wish(peer)
        apply(self, peer, operation, tick)

    def _allow_wish(self, peer: Peer) -> None:
        if not self._wishes.allows(peer.id, WISHES, self._router.now):
            raise Malformed(f"more than {WISHES:g} spawns, despawns, texts and the like a second")

    # ---------------------------------------------------------------------------------------------------- from the host

    def _spawn(self, peer: Peer, spawn: op.Spawn, tick: int) -> None:
        kind = self._kind(spawn.kind)
        structure = read_structure(kind, spawn.structure)
        rows = unpack_rows(kind, spawn.rows)
        owner = self._peer_or_none(spawn.owner)
        if spawn.id == ROOM_ENTITY:
            self._fill(self._world.room, kind, rows, structure, tick)
            return self._learn(self._world.room, spawn.structure)
        known = self._world.entity(spawn.id)
        if known is not None:
            write_values(self._same(known, kind, spawn), rows, structure)
            return self._seen_again(known, spawn, rows, tick)
        if not issubclass(kind.cls, Entity):
            raise Malformed(f"a spawn of a {kind.name}, which is a room")
        mine = self._world.unnamed.pop(spawn.origin, None) if owner is self._world.me and spawn.origin else None
        if mine is not None and mine.__gamenet__ is kind:
            return self._name(mine, spawn, rows, structure, tick)
        entity = self._world.held(EntityId(spawn.id), kind) or kind.blank()
        write_values(entity, rows, structure)
        self._world.install(entity, EntityId(spawn.id), owner, spawn.term)
        self._world.await_owner(entity, spawn.owner)
        self._receiver.spawned(entity, tick, rows)
        return None

    def _same(self, entity: Replicated, kind: ClassSchema, spawn: op.Spawn) -> Replicated:
        """Raises: Malformed: what has this id already is not what is shown."""
        if entity.__gamenet__ is not kind or not isinstance(entity, Entity) or entity.mine:
            raise Malformed(f"a second spawn of {spawn.id}")
        return entity

    def _seen_again(self, entity: Replicated, spawn: op.Spawn, rows: _Rows, tick: int) -> None:
        """It stood still here, out of my sight, and is in it again."""
        self._world.own(entity, self._peer_or_none(spawn.owner), spawn.term)
        self._world.await_owner(entity, spawn.owner)
        self._learn(entity, spawn.structure)
        self._receiver.spawned(entity, tick, rows)

    def _learn(self, entity: Replicated, structure: list[Plain]) -> None:
        for field, plain in zip(entity.__gamenet__.structural, structure, strict=True):
            self._told(entity, field, field.known_by(plain))
        self._world.edited(entity)

    def _name(self, mine: Entity, spawn: op.Spawn, rows: _Rows, structure: list[Any], tick: int) -> None:
        """The host has named what I spawned; meanwhile I may have written on, or despawned it."""
        if mine._home is None:
            self._world.told.append(Told(partial(op.Drop, spawn.id)))
            return
        mine._term = spawn.term
        self._world.install(mine, EntityId(spawn.id), mine._owner, spawn.term)
        self._receiver.spawned(mine, tick, rows)
        undecided = self._world.undecided(mine)
        for field, value in zip(mine.__gamenet__.structural, structure, strict=True):
            if field.name in undecided:
                field.write(mine, value)
        self._learn(mine, spawn.structure)
        self._router.named(mine)

    def _fill(self, room: Replicated, kind: ClassSchema, rows: _Rows, structure: list[Any], tick: int) -> None:
        if kind is not room.__gamenet__:
            raise Malformed(f"a room of class {kind.name}; this one is a {room.__gamenet__.name}")
        write_values(room, rows, structure)
        self._receiver.spawned(room, tick, rows)

    def _despawn(self, peer: Peer, despawn: op.Despawn, tick: int) -> None:
        entity = self._world.entity(despawn.id)
        if isinstance(entity, Entity):  # else I dropped it myself a moment ago
            self._world.remove(entity)

    def _own(self, peer: Peer, own: op.Own, tick: int) -> None:
        entity = self._world.entity(own.id)
        if isinstance(entity, Entity):
            rows = unpack_rows(entity.__gamenet__, own.rows)
            self._world.own(entity, self._peer_or_none(own.owner), own.term)
            self._world.await_owner(entity, own.owner)
            write_rows(entity, rows)
            self._receiver.spawned(entity, tick, rows)

    def _write(self, peer: Peer, write: op.Write, tick: int) -> None:
        entity = self._world.entity(write.id)
        if entity is not None:
            self._set(entity, self._field(entity, write), write)

    def _change(self, peer: Peer, change: op.Change, tick: int) -> None:
        entity = self._world.entity(change.id)
        if entity is not None:
            self._edit(entity, self._field(entity, change), change)

    def _ready(self, peer: Peer, ready: op.Ready, tick: int) -> None:
        self._world.happened.append(ViewComplete())

    def _unwanted(self, peer: Peer, unwanted: op.Unwanted, tick: int) -> None:
        entity = self._world.unnamed.pop(unwanted.origin, None)
        if entity is not None and entity._home is not None:
            log.warning("the host refused to spawn %s: %s", describe(entity), unwanted.why)
            self._world.remove(entity)
            self._router.dropped(entity, unwanted.why)

    # ------------------------------------------------------------------------------------------------------- from peers

    def _want(self, peer: Peer, want: op.Want, tick: int) -> None:
        kind = self._kind(want.kind)
        structure = read_structure(kind, want.structure)
        wanted = unpack_rows(kind, want.rows)
        refusal = self._refusal(peer, kind)
        if refusal:
            self._world.told.append(Told(partial(op.Unwanted, want.origin, refusal), frozenset({peer.id})))
            return
        entity: Entity = kind.blank()
        rows = _write_decided(entity, wanted, structure)
        self._world.introduce(entity, peer, want.origin)
        self._receiver.spawned(entity, tick, rows)

    def _refusal(self, peer: Peer, kind: ClassSchema) -> str:
        if kind.authority != "owner" or not issubclass(kind.cls, Entity):
            return f"only the host spawns a {kind.name}"
        count = self._world.count(kind, peer)
        return (
            f"{peer.name} has {count} of them, the most that {kind.name} allows (most=)" if count >= kind.most else ""
        )

    def _drop(self, peer: Peer, drop: op.Drop, tick: int) -> None:
        entity = self._world.entity(drop.id)
        if not isinstance(entity, Entity):
            return
        if entity._owner is peer and entity.__gamenet__.authority == "owner":
            self._world.despawn(entity)
        elif entity._term:  # it was handed on while this was under way: who let go of it is shown it again
            again = partial(self._world.spawn_operation, entity)
            self._world.told.append(Told(again, frozenset({peer.id}), shows=entity))
        else:
            self._router.count_forged(peer)

    def _written(self, peer: Peer, write: op.Write, tick: int) -> None:
        """What an owner assigned: kept here and passed on to everybody else."""
        entity = self._world.entity(write.id)
        if entity is not None and self._decided_by(peer, entity, field := self._field(entity, write)):
            self._set(entity, field, write)
            self._pass_on(peer, entity, write._replace(value=field.plain(entity)))

    def _changed(self, peer: Peer, change: op.Change, tick: int) -> None:
        """What an owner changed in a collection: likewise."""
        entity = self._world.entity(change.id)
        if entity is not None and self._decided_by(peer, entity, field := self._field(entity, change)):
            self._edit(entity, field, change)
            self._pass_on(peer, entity, change)

    def _decided_by(self, peer: Peer, entity: Replicated, field: Structural) -> bool:
        """Whether the field is that peer's to say. Else it is told how it really is: it may have been a moment ago."""
        if entity.__gamenet__.authority == "owner" and entity._owner is peer and field.authority != "host":
            return True
        self._router.count_forged(peer)
        true = op.Write(id_of(entity), field.number, field.plain(entity))
        self._world.told.append(Told(lambda: true, frozenset({peer.id}), entity))
        return False

    def _pass_on(self, peer: Peer, entity: Replicated, operation: op.Write | op.Change) -> None:
        others = frozenset(self._world.peers) - {peer.id, self._world.me.id}
        self._world.told.append(Told(lambda: operation, others, entity))

    # -------------------------------------------------------------------------------------------------------- both ways

    def _invoke(self, peer: Peer, invoke: op.Invoke, tick: int) -> None:
        self._router.invoked(peer, invoke)

    def _answer(self, peer: Peer, answer: op.Answer, tick: int) -> None:
        self._router.answered(peer, answer)

    def _set(self, entity: Replicated, field: Structural, write: op.Write) -> None:
        field.write(entity, field.read(write.value))
        self._told(entity, field, field.known(entity))

    def _edit(self, entity: Replicated, field: Structural, change: op.Change) -> None:
        field.apply(entity, change)
        self._told(entity, field, field.known(entity))

    def _field(self, entity: Replicated, said: op.Write | op.Change) -> Structural:
        structural = entity.__gamenet__.structural
        if said.field >= len(structural):
            raise Malformed(f"{describe(entity)} has no structural field {said.field}")
        return structural[said.field]

    def _kind(self, number: int) -> ClassSchema:
        kind = self._world.classes.at(number)
        if kind is None:
            raise Malformed(f"class {number}, which the protocol does not have")
        return kind

    def _peer_or_none(self, number: int | None) -> Peer | None:
        return None if number is None else self._world.peer(number)


def _write_decided(entity: Entity, wanted: _Rows, structure: list[Any]) -> _Rows:
    """What a new owner wishes for its entity, still blank; what the host decides of it stays at its default."""
    kind, rows = entity.__gamenet__, rows_of(entity)
    rows = [mine if part.authority == "host" else row for part, mine, row in zip(kind.parts, rows, wanted, strict=True)]
    write_rows(entity, rows)
    for field, value in zip(kind.structural, structure, strict=True):
        if field.authority != "host":
            field.write(entity, value)
    return rows


_Apply = Callable[[StructureReader, Peer, Any, int], None]

_FROM_HOST: Final[dict[type[Any], _Apply]] = {
    op.Spawn: StructureReader._spawn,
    op.Despawn: StructureReader._despawn,
    op.Own: StructureReader._own,
    op.Write: StructureReader._write,
    op.Change: StructureReader._change,
    op.Invoke: StructureReader._invoke,
    op.Answer: StructureReader._answer,
    op.Ready: StructureReader._ready,
    op.Unwanted: StructureReader._unwanted,
}
_WISHES: Final = frozenset({op.Want, op.Drop, op.Write, op.Change})
_FROM_PEER: Final[dict[type[Any], _Apply]] = {
    op.Want: StructureReader._want,
    op.Drop: StructureReader._drop,
    op.Write: StructureReader._written,
    op.Change: StructureReader._changed,
    op.Invoke: StructureReader._invoke,
    op.Answer: StructureReader._answer,
}
