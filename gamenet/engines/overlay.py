"""What an overlay says of a session, whatever the engine: rows of words, made anew twice a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from gamenet import Peer, Session, Stats

EVERY: Final = 0.5
"""Seconds between two looks."""
MOST_PEERS: Final = 12
LONGEST_NAME: Final = 18
WIDTH: Final = 46
"""Characters of a line of prose."""
COLUMNS: Final = ("player", "ping", "loss", "route")


class Tone(Enum):
    """How a row is meant."""

    GOOD = "good"
    BUSY = "busy"
    BAD = "bad"
    PLAIN = "plain"
    QUIET = "quiet"


COLOURS: Final[dict[Tone, tuple[int, int, int]]] = {
    Tone.GOOD: (126, 231, 135),
    Tone.BUSY: (255, 203, 107),
    Tone.BAD: (255, 123, 114),
    Tone.PLAIN: (235, 238, 242),
    Tone.QUIET: (139, 148, 158),
}
BACKGROUND: Final = (13, 17, 23, 205)
"""Red, green, blue, opacity."""

_TONES: Final = {"joined": Tone.GOOD, "opening": Tone.BUSY, "connecting": Tone.BUSY}


class Row(NamedTuple):
    """One line: a sentence alone, or a cell for each of `COLUMNS`, all but the first set to the right."""

    tone: Tone
    cells: tuple[str, ...]


class Rates(NamedTuple):
    """Bytes a second."""

    coming: float
    going: float


class Readout:
    """What every engine's overlay is: it knows what to say, and whether it is to be seen."""

    def __init__(self, net: Session[Any], *, visible: bool = True) -> None:
        """
        Args:
            net: the session it tells of.
            visible: whether `draw` draws; `toggle` changes it.
        """
        self.net, self.visible = net, visible
        self._looked_at: float | None = None
        self._counted: Stats | None = None
        self._rows: tuple[Row, ...] = ()

    def toggle(self) -> None:
        """Shown, hidden, shown: for the key that the game gives it."""
        self.visible = not self.visible

    def rows(self) -> tuple[Row, ...]:
        """What there is to say: the same object until it is made anew."""
        now = self.net._clock.now()
        if self._looked_at is None or now - self._looked_at >= EVERY:
            self._rows = tuple(describe(self.net, self._rates(now)))
            self._looked_at = now
        return self._rows

    def _rates(self, now: float) -> Rates | None:
        """Since the last look; None at the first."""
        stats, before, self._counted = self.net.stats, self._counted, self.net.stats
        if before is None or self._looked_at is None:
            return None
        passed = now - self._looked_at
        return Rates((stats.wire_in - before.wire_in) / passed, (stats.wire_out - before.wire_out) / passed)


def describe(net: Session[Any], rates: Rates | None) -> Iterator[Row]:
    """The session's state and trouble, its peers, its traffic and how fresh the world is."""
    yield Row(_TONES.get(net.state, Tone.BAD), (" · ".join(filter(None, (net.state, net.stage, net.code))),))
    yield from (Row(Tone.BAD if net.state == "closed" else Tone.BUSY, (line,)) for line in wrap(net.problem, WIDTH))
    peers = _everybody(net)
    yield Row(Tone.QUIET, COLUMNS)
    yield from (Row(Tone.PLAIN, _peer(peer)) for peer in peers[:MOST_PEERS])
    if len(peers) > MOST_PEERS:
        yield Row(Tone.QUIET, (f"and {len(peers) - MOST_PEERS} more",))
    if net.state == "closed":
        return
    if rates is not None:
        yield Row(Tone.QUIET, (f"in {amount(rates.coming)}/s, out {amount(rates.going)}/s",))
    if not net.is_host:
        times = net.times
        yield Row(Tone.QUIET, (f"snapshot {span(times.snapshot)} old, shown {span(times.behind)} behind",))


def _everybody(net: Session[Any]) -> list[Peer]:
    """The peers of all rooms; a dedicated server first, unless that is me."""
    peers = [peer for room in net.rooms.values() for peer in room.peers]
    return peers if net.is_host or net.host in peers or not peers else [net.host, *peers]


def _peer(peer: Peer) -> tuple[str, ...]:
    name = peer.name or "host"
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    marks = ", ".join(filter(None, ("me" if peer.is_me else "", "host" if peer.is_host else "")))
    told = (span(peer.ping), f"{peer.loss:.1%}", peer.route) if peer.route and not peer.is_me else ("", "", "")
    return (f"{name} ({marks})" if marks else name, *told)


def amount(count: float) -> str:
    """Bytes, with three digits at most."""
    for unit in ("B", "kB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 9.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} MB"


def span(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def widths(rows: Iterable[Row], measure: Any) -> list[Any]:
    """How wide each column is.

    Args:
        rows: those with one cell are not in columns.
        measure: what is added up of a cell, as `len`.
    """
    tables = [tuple(map(measure, row.cells)) for row in rows if len(row.cells) > 1]
    return [max(column) for column in zip_longest(*tables, fillvalue=0)]


def lines(rows: Sequence[Row]) -> list[str]:
    """As text for a font whose characters are equally wide."""
    wide = widths(rows, len)
    return [
        row.cells[0]
        if len(row.cells) == 1
        else "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row.cells, wide, strict=True))
        ).rstrip()
        for row in rows
    ]
