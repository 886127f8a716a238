"""Applies what others computed: rows into attributes, baselines and samples into the decoder."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...ids import HOST, NOBODY, EntityId
from ..codec import Decoder, Received, Rows, ValuesMessage
from ..model.entity import Replicated
from ..model.faces import Faces
from ..model.schema import Part
from ..model.world import World, id_of


class _New(NamedTuple):
    """A spawn whose rows the decoder has not seen."""

    id: EntityId
    table: int
    tick: int
    row: Sequence[float]


class Placed(NamedTuple):
    """What an owner's entity was at the last tick, and is at this one."""

    entity: Replicated
    part: Part
    before: list[float]
    after: list[float]
    cut: bool  # it teleported between the two


class Receiver:
    """Who computes what, as the decoder has to know it; a watcher of the world."""

    def __init__(self, world: World, decoder: Decoder, *, mesh: bool) -> None:
        self._world, self._decoder, self._mesh = world, decoder, mesh
        self._relays = world.is_host and not mesh
        self._entries: dict[tuple[EntityId, int], tuple[int, int]] = {}
        self._new: list[_New] = []
        self._gone: list[EntityId] = []
        self._parts: dict[int, Part] = {}

    # ---------------------------------------------------------------------------------------------- watching the world

    def added(self, entity: Replicated) -> None:
        self.owned(entity)

    def removed(self, entity: Replicated) -> None:
        self._gone.append(id_of(entity))
        first = self._world.classes.first_table(entity.__gamenet__)
        for table in range(first, first + len(entity.__gamenet__.parts)):
            self._entries.pop((id_of(entity), table), None)

    def owned(self, entity: Replicated) -> None:
        first = self._world.classes.first_table(entity.__gamenet__)
        for table, part in enumerate(entity.__gamenet__.parts, first):
            self._parts[table] = part
            self._entries[id_of(entity), table] = self._source(entity, part), entity._term

    def cut(self, entity: Replicated) -> None: ...

    def _source(self, entity: Replicated, part: Part) -> int:
        """Whose rows are taken: nobody's for what I compute; in a star everything comes by way of the host."""
        computer = self._world.computer(entity, part)
        if computer == self._world.me.id:
            return NOBODY
        return computer if self._mesh or self._world.is_host else HOST

    def spawned(self, entity: Replicated, tick: int, rows: Sequence[Sequence[float]]) -> None:
        """The rows that a spawn carried: the first baselines and samples of what others compute."""
        first = self._world.classes.first_table(entity.__gamenet__)
        for table, (part, row) in enumerate(zip(entity.__gamenet__.parts, rows, strict=True), first):
            if self._source(entity, part) != NOBODY:
                self._new.append(_New(id_of(entity), table, tick, row))

    def learn(self) -> None:
        """Tell the decoder what structure said since the last time: a constant number of crossings."""
        if self._gone:
            self._decoder.forget(self._gone)
            self._gone = []
        entries, self._entries = self._entries, {}
        new, self._new = self._new, []
        if not entries and not new:
            return
        known = [(id, table, source, term) for (id, table), (source, term) in entries.items()]
        ticks = sorted({one.tick for one in new}) or [0]
        for tick in ticks:
            rows = self._spawn_rows([one for one in new if one.tick == tick and one.id in self._world.entities])
            self._decoder.know(known, rows, tick)
            known = []

    def _spawn_rows(self, new: Iterable[_New]) -> list[Rows]:
        tables: dict[int, Rows] = {}
        for one in new:
            rows = tables.setdefault(one.table, Rows(one.table, array("I"), array("d"), array("q")))
            floats = len(self._parts[one.table].floats)
            rows.ids.append(one.id)
            rows.floats.extend(one.row[:floats])
            rows.ints.extend(int(value) for value in one.row[floats:])
        return list(tables.values())

    # ------------------------------------------------------------------------------------------------------- values

    def receive(self, batch: Sequence[ValuesMessage]) -> list[Received]:
        """One verdict for each message; attributes are written by `apply`."""
        return self._decoder.receive(batch)  # also without messages: it counts calls to forget what is gone

    def apply(self) -> None:
        """Write the newest rows into the attributes of what others compute: one crossing."""
        for rows in self._decoder.newest():
            part = self._parts[rows.table]
            wide_f, wide_i = len(part.floats), len(part.ints)
            floats, ints = rows.floats.tolist(), rows.ints.tolist()
            for index, id in enumerate(rows.ids):
                entity = self._world.entities.get(EntityId(id))
                if entity is not None:
                    f, i = index * wide_f, index * wide_i
                    self._write(entity, part, floats[f : f + wide_f], ints[i : i + wide_i])

    def _write(self, entity: Replicated, part: Part, floats: Sequence[float], ints: Sequence[int]) -> None:
        """Who passes on keeps what is smooth at its own tick (`place`); the newest row is ahead of that."""
        if not self._relays:
            part.write(entity, floats, ints)
            return
        placed = {name: entity.__dict__[name] for name in part.smooth}
        part.write(entity, floats, ints)
        entity.__dict__.update(placed)

    def place(self, moments: Sequence[tuple[int, float]]) -> list[Placed]:
        """Write the values of these moments as the true ones: the host takes its owners' entities at its own tick."""
        placed = []
        for entity, part, values, cut in self._samples(moments):
            before = [entity.__dict__[name] for name in part.smooth]
            entity.__dict__.update(zip(part.smooth, values, strict=True))
            placed.append(Placed(entity, part, before, values, cut))
        return placed

    def show(self, moments: Sequence[tuple[int, float]], faces: Faces) -> None:
        """Write what is to be drawn: one crossing."""
        for entity, part, values, _ in self._samples(moments):
            faces.show(entity, part.smooth, values)

    def _samples(self, moments: Sequence[tuple[int, float]]) -> Iterable[tuple[Replicated, Part, list[float], bool]]:
        for rows in self._decoder.sample(moments) if moments else ():
            part = self._parts[rows.table]
            wide, values = len(part.smooth), rows.floats.tolist()
            for index, id in enumerate(rows.ids):
                entity = self._world.entities.get(EntityId(id))
                if entity is not None:
                    yield entity, part, values[index * wide : (index + 1) * wide], rows.ints[index] == 1
