"""What structural fields are told: each change once, by who decides the field, in the host's one order.

Nothing is looked through: an assignment notes its entity (`World.edited`), and only those are asked what is new.
"""

from __future__ import annotations

from functools import partial

from ...ids import EntityId, PeerId
from .. import operations as op
from ..model.entity import Replicated
from ..model.reference import ReferenceField
from ..model.structural import Known, Structural
from ..model.world import Told, World, id_of


class _Record:
    """What the others know of one entity's structural fields."""

    def __init__(self, known: list[Known], undecided: frozenset[str]) -> None:
        self.known = known
        self.undecided = undecided  # by who owned it when it was told last


class Changes:
    """A watcher of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records: dict[Replicated, _Record] = {}
        self._referrers: dict[EntityId, dict[tuple[Replicated, ReferenceField], None]] = {}

    # ---------------------------------------------------------------------------------------------- watching the world

    def added(self, entity: Replicated) -> None:
        fields = entity.__gamenet__.structural
        if fields:
            known = [field.known(entity) for field in fields]
            self._records[entity] = _Record(known, self._world.undecided(entity))
            for field, value in zip(fields, known, strict=True):
                self._refer(entity, field, None, value)

    def removed(self, entity: Replicated) -> None:
        record = self._records.pop(entity, None)
        for field, value in zip(entity.__gamenet__.structural, record.known if record else (), strict=False):
            self._refer(entity, field, value, None)
        if self._world.is_host:
            self._dangling(id_of(entity))

    def owned(self, entity: Replicated) -> None:
        """Who decides is another from now on; what I decided until now is told first."""
        if entity in self._records:
            self._tell_one(entity)
            self._records[entity].undecided = self._world.undecided(entity)

    def cut(self, entity: Replicated) -> None: ...

    # ------------------------------------------------------------------------------------------------------ what is new

    def told(self, entity: Replicated, field: Structural, known: Known) -> None:
        """That is what the others know of the field."""
        if entity in self._records:
            self._learn(entity, field, known)

    def tell(self) -> None:
        """Say what changed since the last frame.

        Raises:
            BadArgument: what cannot be sent.
        """
        for entity in self._world.take_edited():
            if entity in self._records:
                self._tell_one(entity)

    def _tell_one(self, entity: Replicated) -> None:
        record = self._records[entity]
        for field in entity.__gamenet__.structural:
            if field.name in record.undecided:
                continue
            news = field.news(entity, record.known[field.number])
            if news is not None:
                self._world.told.append(Told(partial(_same, news), about=entity))
                self._learn(entity, field, field.known(entity))

    def _learn(self, entity: Replicated, field: Structural, value: Known) -> None:
        known = self._records[entity].known
        self._refer(entity, field, known[field.number], value)
        known[field.number] = value

    # ------------------------------------------------------------------------------------------------------- references

    def _refer(self, entity: Replicated, field: Structural, old: Known, new: Known) -> None:
        """Who means whom, so that nothing has to be looked through when an entity goes."""
        if not isinstance(field, ReferenceField) or old == new or not self._world.is_host:
            return
        if old is not None and (referrers := self._referrers.get(old)) is not None:
            referrers.pop((entity, field), None)
            if not referrers:
                del self._referrers[old]
        if new is not None:
            self._referrers.setdefault(new, {})[entity, field] = None

    def _dangling(self, gone: EntityId) -> None:
        """host: what meant an entity that exists no more means nobody. Who decides the field reads that by itself."""
        for entity, field in list(self._referrers.pop(gone, ())):
            record = self._records.get(entity)
            if record is None or field.meant(entity) != gone:
                continue
            field.write(entity, None)
            record.known[field.number] = None
            others = self._others(entity) if field.name in record.undecided else None
            write = op.Write(id_of(entity), field.number, None)
            self._world.told.append(Told(partial(_same, write), others, entity))

    def _others(self, entity: Replicated) -> frozenset[PeerId]:
        owner = entity._owner
        return frozenset(self._world.peers) - {self._world.me.id, *(() if owner is None else (owner.id,))}


def _same(operation: op.Operation) -> op.Operation:
    return operation
