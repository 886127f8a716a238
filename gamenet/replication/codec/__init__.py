"""The codec: rows of numbers to bytes and back. `native` is the fast one, `reference` the readable one: the same bytes.

The codec knows no classes and no peers' names, only *tables* (the numeric fields of one part of a class), rows named by
entity id, and numbers for senders and receivers. Game units go in and out: floats in one array, integers in another,
both row-major; what is between (wire units, integers after quantising) stays inside.
"""

from __future__ import annotations

import enum
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias


class Kind(enum.IntEnum):
    """What a numeric field is on the wire. The first three are floats in game units, the others integers."""

    FLOAT = 0  # IEEE 754 binary32
    RANGED = 1  # low … high in steps: unsigned count of steps
    ANGLE = 2  # degrees in [0, 360) in steps; wraps
    INTEGER = 3  # low … high; without bounds 64 bit signed
    FLAG = 4  # 0 or 1
    CHOICE = 5  # the index of a member: 0 … high

    @property
    def is_float(self) -> bool:
        return self <= Kind.ANGLE


class NumericField(NamedTuple):
    """One column of a table."""

    name: str
    kind: Kind
    low: float = 0  # RANGED and INTEGER: the least value (an int for INTEGER)
    high: float = 0  # RANGED, INTEGER and CHOICE: the greatest; INTEGER with low == high == 0: 64 bit signed
    step: float = 0  # RANGED and ANGLE
    smooth: bool = False  # interpolated between snapshots; floats only
    source: tuple[str, ...] = ()  # columns it is predicted from: a velocity, or x and y of a direction; floats only

    def blend(self, a: float, b: float, t: float) -> float:
        """Between two values, 0 ≤ t ≤ 1; angles go the short way round."""
        if self.kind is not Kind.ANGLE:
            return a + (b - a) * t
        turn = (b - a + 180.0) % 360.0 - 180.0
        return (a + turn * t) % 360.0


class Table(NamedTuple):
    """The columns that travel together: the part of a class that one authority computes for one audience."""

    name: str  # "Ship", "Ship/host"
    fields: tuple[NumericField, ...]
    tick_rate: float = 60.0  # ticks a second: how far a velocity leads in one

    @property
    def floats(self) -> tuple[NumericField, ...]:
        return tuple(field for field in self.fields if field.kind.is_float)

    @property
    def ints(self) -> tuple[NumericField, ...]:
        return tuple(field for field in self.fields if not field.kind.is_float)

    @property
    def smooth(self) -> tuple[NumericField, ...]:
        return tuple(field for field in self.fields if field.smooth)


class Rows(NamedTuple):
    """Rows of one table: row i belongs to entity ids[i].

    floats is array('d') of len(ids) × len(table.floats), ints array('q') of len(ids) × len(table.ints), both row-major.
    `Decoder.sample` fills floats with the smooth columns only, and ints with one number a row: 1 where it teleported.
    """

    table: int  # index into the tables
    ids: array[int]  # array('I')
    floats: array[float]  # array('d')
    ints: array[int]  # array('q')


class Reach(enum.IntEnum):
    """What a range counts."""

    NEAREST = 0  # entities, the nearest ones
    WITHIN = 1  # distance
    CELLS = 2  # the width of square cells: the viewer's own and the eight around it


class Lost(enum.IntEnum):
    """What becomes of an entity that a peer does not see any more."""

    REMOVE = 0  # it goes
    FREEZE = 1  # it stays as it was seen last
    KEEP = 2  # what was seen once stays seen


class Order(enum.IntEnum):
    """What one peer is to see of one entity."""

    UNPIN = 0  # no longer wherever it is
    PIN = 1  # it, wherever it is
    SHOW = 2
    HIDE = 3  # unless it is pinned
    FREEZE = 4  # as HIDE, but the peer keeps what it has
    TOLD = 5  # what its spawn carries, the row collected last: it lacks nothing until that changes


class Range(NamedTuple):
    """How far the viewers of a group of tables see."""

    reach: Reach
    amount: float


class Place(NamedTuple):
    """The columns of a table that say where its entities are, and by which range they are seen, if by any."""

    table: int
    x: int  # an index into its fields
    y: int
    group: int | None
    lost: Lost


View: TypeAlias = "int | tuple[float, float]"
"""From where a peer looks: an entity, or x and y."""


class OutgoingRows(NamedTuple):
    """Rows to send: who computes each (that peer needs no echo; NOBODY = 0xFFFF) and in which owner term."""

    rows: Rows
    computed_by: array[int]  # array('H'), one per row
    terms: array[int]  # array('B'), one per row


class Clamped(NamedTuple):
    """A value that left its range when it was collected: what the attribute has to read now."""

    table: int
    id: int
    field: int  # index into table.fields
    value: float  # the value in range, an angle's in [0, 360); NaN became the field's low (0 where it has none)


class ValuesMessage(NamedTuple):
    """A values message without its header. `peer` is the receiver on the way out, the sender on the way in."""

    peer: int
    tick: int
    number: int  # of this peer's values messages; counts up without gaps from 1
    body: bytes


class Verdict(enum.IntEnum):
    """What became of a received values message."""

    TAKEN = 0  # acknowledge it
    UNKNOWN_BASELINE = 1  # dropped, not acknowledged, nobody's fault
    TOO_MANY_UNKNOWN = 2  # more than 256 ids without a spawn: dropped, not acknowledged
    MALFORMED = 3  # not what an honest peer sends


class Received(NamedTuple):
    verdict: Verdict
    reason: str  # for MALFORMED, else ""
    forged: int  # rows ignored because they came from somebody who does not compute them, in the current term


class Encoder(Protocol):
    """One room's outgoing values: one quantised copy for all peers, a ring of ticks, what each peer acknowledged."""

    def add_peer(self, peer: int) -> None: ...
    def remove_peer(self, peer: int) -> None: ...
    def show(self, peers: Sequence[int], ids: Sequence[int]) -> None:
        """From now on every one of `peers` gets rows of every one of `ids` (their spawn was put before them)."""

    def hide(self, peers: Sequence[int], ids: Sequence[int], freeze: bool = False) -> None:
        """None of `peers` gets rows of `ids` any more; with `freeze` they keep what they have."""

    def forget(self, ids: Sequence[int]) -> None:
        """These entities are gone, for everybody."""

    def sights(self, ranges: Sequence[Range], places: Sequence[Place], weights: Sequence[float] = ()) -> None:
        """How far each group's viewers see, where entities are, how much each table weighs; replaces what was said."""

    def view(self, views: Mapping[int, View]) -> None:
        """From where these peers look from now on; at first it is 0, 0."""

    def arrange(self, orders: Sequence[tuple[int, int, Order]]) -> list[tuple[int, int, bool]]:
        """(peer, id, what): do this, one after the other; with TOLD the peer 0xFFFF means all.

        Returns: what changed thereby, as `look` does.
        """

    def look(self, most: int) -> list[tuple[int, int, bool]]:
        """Look around for every peer: what is in range is shown, the nearest first, what is not is hidden.

        Args: most: the most that one peer is shown newly.
        Returns: what changed: (peer, id, whether it is seen now).
        """

    def viewers(self, ids: Sequence[int]) -> list[tuple[int, int, bool]]:
        """Who has these entities: (id, peer, whether it stands still there, out of sight)."""

    def collect(self, tick: int, parts: Sequence[OutgoingRows], cuts: Sequence[int] = ()) -> list[Clamped]:
        """Quantise and compare every row, keep it in the ring: one crossing. `cuts`: ids that teleported this tick."""

    def send(
        self, tick: int, budgets: Sequence[tuple[int, int]], acks: Sequence[tuple[int, int]], limit: int
    ) -> list[ValuesMessage]:
        """What each peer lacks, as messages of at most `limit` bytes: one crossing for all peers.

        Args:
            tick: the tick that was collected last.
            budgets: (peer, bytes) for every peer that may get something now.
            acks: (peer, number) of messages acknowledged since the last call.
            limit: the most bytes of one body.
        """


class Decoder(Protocol):
    """One room's incoming values from all senders: baselines, the newest row of each entity, samples to draw from."""

    def know(self, entries: Sequence[tuple[int, int, int, int]], rows: Sequence[Rows] = (), tick: int = 0) -> None:
        """(id, table, source, term): rows of `id` in `table` come from peer `source` in that term from now on.

        Called at spawn (then `rows` holds its full row at `tick`) and when the owner changes. Rows that arrived before
        are taken up now.
        """

    def forget(self, ids: Sequence[int]) -> None: ...
    def receive(self, batch: Sequence[ValuesMessage]) -> list[Received]:
        """Decode all messages of a frame, in order: one crossing. Never raises on bad bytes."""

    def newest(self) -> list[Rows]:
        """The newest row of every entity whose newest row changed since the last call: one crossing."""

    def sample(self, moments: Sequence[tuple[int, float]]) -> list[Rows]:
        """Smooth columns of everything in motion, at the moment (in ticks) given per source: one crossing.

        A row's one integer is 1 when it teleported since the last call.
        In motion is what differs from its newest row or from what the last call returned for it.
        """
