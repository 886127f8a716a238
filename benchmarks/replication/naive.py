"""What a Python game does without a library: every entity that a client sees, every tick, whole."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgpack

from .figures import Result, best_of
from .trace import TICKS, WARM, Columns, Trace


class Ship:
    """A plain object, as a game would have it."""

    __slots__ = ("hp", "id", "name", "rot", "state", "vx", "vy", "x", "y")


_ROW = struct.Struct("<IHHHhhBB")


def _dictionaries(tick: int, ships: Sequence[Any]) -> bytes:
    rows = [{name: getattr(ship, name) for name in Ship.__slots__} for ship in ships]
    packed: bytes = msgpack.packb({"tick": tick, "entities": rows})
    return packed


def _row(ship: Any) -> bytes:
    x, y, turned = int(ship.x * 16 + 0.5), int(ship.y * 16 + 0.5), int(ship.rot + 0.5) % 360
    return _ROW.pack(ship.id, x, y, turned, round(ship.vx * 8), round(ship.vy * 8), ship.hp, ship.state)


def _rows(tick: int, ships: Sequence[Any]) -> bytes:
    return tick.to_bytes(4, "little") + b"".join(map(_row, ships))


def _read_rows(data: bytes) -> dict[int, tuple[int, ...]]:
    return {row[0]: row for row in _ROW.iter_unpack(memoryview(data)[4:])}


class Way(NamedTuple):
    """How snapshots are written and read. `once`: rows are packed once a tick and joined for each client."""

    title: str
    write: Callable[[int, Sequence[Any]], bytes]
    read: Callable[[bytes], Any]
    once: bool = False


WAYS = (
    Way("msgpack of dicts", _dictionaries, msgpack.unpackb),
    Way("struct, quantised", _rows, _read_rows, once=True),
)


def _put(ships: list[Any], tick: Columns, trace: Trace) -> None:
    names = ("id", "x", "y", "rot", "vx", "vy", "hp", "st")
    for ship, row in zip(ships, zip(*(tick[name].tolist() for name in names), strict=True), strict=True):
        ship.id, ship.x, ship.y, ship.rot, ship.vx, ship.vy, ship.hp, ship.state = row
        ship.name = trace.text(ship.id)


def _written(way: Way, number: int, ships: list[Any], views: list[list[int]]) -> list[bytes]:
    if way.once:
        rows, head = [_row(ship) for ship in ships], number.to_bytes(4, "little")
        return [head + b"".join([rows[slot] for slot in view]) for view in views]
    return [way.write(number, [ships[slot] for slot in view]) for view in views]


def measure(way: Way, trace: Trace, ticks: int) -> Result:
    """Milliseconds a tick for all clients, milliseconds a message for one, bytes for a moving entity and update.

    Where all see all, one message serves everybody.
    """
    ships: list[Any] = [Ship() for _ in range(trace.size.entities)]
    encode: list[float] = []
    decode: list[float] = []
    size = movers = 0
    for number in range(WARM, min(TICKS, WARM + ticks)):
        tick = trace.tick(number)
        _put(ships, tick, trace)
        views = tick["vis"].tolist() if trace.size.seen else [list(range(trace.size.entities))]
        start = time.perf_counter()
        messages = _written(way, number, ships, views)
        encode.append(time.perf_counter() - start)
        start = time.perf_counter()
        for message in messages[:8]:
            way.read(message)
        decode.append((time.perf_counter() - start) / len(messages[:8]))
        size += sum(map(len, messages))
        movers += int(sum(tick["moving"][view].sum() for view in views))
    return {
        "encode_ms": best_of(encode) * 1e3,
        "decode_ms": best_of(decode) * 1e3,
        "bytes_per_mover": size / movers,
    }
