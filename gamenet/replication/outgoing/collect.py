"""Packs the rows that this peer sends: each class's fields once a send tick, one C-level call for all its entities.

What is sent: the parts that this peer computes, and on the host of a star those of everybody: it passes them on.
"""

from __future__ import annotations

from array import array
from math import isfinite
from typing import Any

from ...ids import EntityId
from ..codec import Clamped, Encoder, Kind, OutgoingRows, Rows
from ..model.entity import Replicated
from ..model.schema import Part
from ..model.values import UNPACKABLE
from ..model.world import World, describe, id_of


class _Table:
    """The entities of one table in the order of their ids, and the columns that change only with them."""

    def __init__(self, number: int, part: Part) -> None:
        self.number, self.part = number, part
        self.entities: dict[EntityId, Replicated] = {}
        self.stale = True
        self.ids, self.computed_by, self.terms = array("I"), array("H"), array("B")
        self._list: list[Replicated] = []

    def refresh(self, world: World) -> None:
        """New columns after a spawn, a despawn or a new owner."""
        self.entities = dict(sorted(self.entities.items()))
        self._list = list(self.entities.values())
        self.ids = array("I", self.entities)
        self.computed_by = array("H", [world.computer(entity, self.part) for entity in self._list])
        self.terms = array("B", [entity._term for entity in self._list])
        self.stale = False

    def rows(self) -> OutgoingRows:
        rows = Rows(self.number, self.ids, self.part.pack_floats(self._list), self.part.pack_ints(self._list))
        return OutgoingRows(rows, self.computed_by, self.terms)


class Collector:
    """Every table's entities; a watcher of the world."""

    def __init__(self, world: World, encoder: Encoder, *, relays: bool) -> None:
        self._world, self._encoder, self._relays = world, encoder, relays
        self._tables: dict[int, _Table] = {}
        self._cuts: set[EntityId] = set()

    def added(self, entity: Replicated) -> None:
        self.owned(entity)

    def removed(self, entity: Replicated) -> None:
        for table in self._tables_of(entity):
            table.stale = table.entities.pop(id_of(entity), None) is not None or table.stale

    def owned(self, entity: Replicated) -> None:
        """Which of its rows go out may have changed, and so have the columns beside them."""
        for table in self._tables_of(entity):
            if self._relays or self._world.computes(entity, table.part):
                table.entities[id_of(entity)] = entity
            else:
                table.entities.pop(id_of(entity), None)
            table.stale = True

    def cut(self, entity: Replicated) -> None:
        if entity._id is not None:
            self._cuts.add(entity._id)

    def _tables_of(self, entity: Replicated) -> list[_Table]:
        kind = entity.__gamenet__
        first = self._world.classes.first_table(kind)
        for number, part in enumerate(kind.parts, first):
            if number not in self._tables:
                self._tables[number] = _Table(number, part)
        return [self._tables[first + index] for index in range(len(kind.parts))]

    def collect(self, tick: int) -> None:
        """Hand all rows of this tick to the encoder: one crossing.

        Raises:
            BadArgument: a value that cannot be packed, with entity, field and value.
        """
        parts = [self._rows(table) for _, table in sorted(self._tables.items()) if table.entities]
        cuts, self._cuts = sorted(self._cuts), set()
        for clamped in self._encoder.collect(tick, parts, cuts):
            self._clamp(clamped)

    def _rows(self, table: _Table) -> OutgoingRows:
        if table.stale:
            table.refresh(self._world)
        try:
            return table.rows()
        except UNPACKABLE:
            kind = next(iter(table.entities.values())).__gamenet__
            kind.explain_unpackable(list(table.entities.values()))

    def _clamp(self, clamped: Clamped) -> None:
        """The attribute reads what everybody else will see."""
        entity = self._world.entity(clamped.id)
        table = self._tables[clamped.table]
        if entity is None or not self._world.computes(entity, table.part):
            return
        field = table.part.table.fields[clamped.field]
        given = entity.__dict__[field.name]
        value: Any = clamped.value if field.kind.is_float else int(clamped.value)
        entity.__dict__[field.name] = value
        if field.kind is Kind.ANGLE and isfinite(given):
            return  # another turn is no mistake
        sentence = f"{describe(entity)}.{field.name} = {given!r} is outside its range and was clamped to {value!r}"
        self._world.warn_once(table.part.table.name, field.name, f"{sentence} (said once for each field)")
