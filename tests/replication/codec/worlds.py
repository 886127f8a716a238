"""A world that is sent from one peer to another over a wire that loses, delays and doubles."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gamenet.replication.codec import Clamped, Kind, NumericField, OutgoingRows, Received, Rows, Table, ValuesMessage
from gamenet.replication.codec.native import NativeDecoder, NativeEncoder
from gamenet.replication.codec.reference import quantise, value_of

HOST, ADA, BOB, NOBODY = 0, 1, 2, 0xFFFF
LIMIT, PLENTY, STEP = 1100, 1 << 20, 3

SHIP: Final = Table(
    "Ship",
    (
        NumericField("x", Kind.RANGED, -4096, 4096, 1 / 16, smooth=True),
        NumericField("angle", Kind.ANGLE, step=1, smooth=True),
        NumericField("hp", Kind.INTEGER, 0, 100),
    ),
)
"""Rows are (x, angle, hp)."""

Key = tuple[int, int]
"""Table and id."""

Values = tuple[float, ...]


def rows(table: Table, index: int, world: Mapping[int, Sequence[float]]) -> Rows:
    """Rows of a table: values by id, in the order of its fields."""
    floats, ints = array("d"), array("q")
    for values in world.values():
        for field, value in zip(table.fields, values, strict=True):
            if field.kind.is_float:
                floats.append(value)
            else:
                ints.append(int(value))
    return Rows(index, array("I", world), floats, ints)


def outgoing(rows: Rows, computed_by: int = NOBODY, term: int = 0) -> OutgoingRows:
    return OutgoingRows(rows, array("H", [computed_by] * len(rows.ids)), array("B", [term] * len(rows.ids)))


def as_read(table: Table, values: Sequence[float]) -> Values:
    """What every peer reads of these values."""
    return tuple(value_of(field, quantise(field, value)) for field, value in zip(table.fields, values, strict=True))


def by_id(tables: Sequence[Table], parts: Iterable[Rows]) -> dict[Key, Values]:
    """Rows as values by table and id, in the order of the fields."""
    found: dict[Key, Values] = {}
    for part in parts:
        floats, ints = iter(part.floats), iter(part.ints)
        for id in part.ids:
            fields = tables[part.table].fields
            found[part.table, id] = tuple(next(floats if field.kind.is_float else ints) for field in fields)
    return found


class Sender:
    """The host's side, with ADA and BOB added."""

    def __init__(self, tables: Sequence[Table] = (SHIP,), peers: Iterable[int] = (ADA, BOB)) -> None:
        self.tables, self.encoder, self.tick = tuple(tables), NativeEncoder(tables), 0
        self.acks: list[tuple[int, int]] = []
        for peer in peers:
            self.encoder.add_peer(peer)

    def collect(
        self,
        world: Mapping[int, Sequence[float]],
        *,
        table: int = 0,
        computed_by: int = NOBODY,
        term: int = 0,
        cuts: Sequence[int] = (),
    ) -> list[Clamped]:
        """The world of the next snapshot tick."""
        self.tick += STEP
        part = outgoing(rows(self.tables[table], table, world), computed_by, term)
        return self.encoder.collect(self.tick, [part], cuts)

    def send(self, *peers: int, budget: int = PLENTY, limit: int = LIMIT) -> list[ValuesMessage]:
        acks, self.acks = self.acks, []
        return self.encoder.send(self.tick, [(peer, budget) for peer in peers or (ADA,)], acks, limit)


class Receiver:
    """ADA's side: what it reads, and what it acknowledges to the sender."""

    def __init__(self, sender: Sender, peer: int = ADA) -> None:
        self.sender, self.peer, self.decoder = sender, peer, NativeDecoder(sender.tables)
        self.world: dict[Key, Values] = {}
        self.told: list[Received] = []

    def know(self, ids: Iterable[int], *, table: int = 0, source: int = HOST, term: int = 0) -> None:
        self.decoder.know([(id, table, source, term) for id in ids])

    def receive(self, messages: Iterable[ValuesMessage], *, source: int = HOST) -> list[str]:
        """The verdicts, by name; what was taken is acknowledged, what is new is read."""
        batch = [message._replace(peer=source) for message in messages if message.peer == self.peer]
        self.told = self.decoder.receive(batch)
        taken = [message.number for message, told in zip(batch, self.told, strict=True) if told.verdict == 0]
        self.sender.acks += [(self.peer, number) for number in taken]
        self.world.update(by_id(self.sender.tables, self.decoder.newest()))
        return [told.verdict.name for told in self.told]

    def sample(self, moment: float, source: int = HOST) -> dict[int, tuple[float, ...]]:
        """Smooth columns of table 0 in motion, by id."""
        width = len(self.sender.tables[0].smooth)
        found = self.decoder.sample([(source, moment)])
        return {
            id: tuple(part.floats[index * width : (index + 1) * width])
            for part in found
            for index, id in enumerate(part.ids)
        }
