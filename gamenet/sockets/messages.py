"""Messages in batches: columns down to native code, columns up from it.

The work per message is done by C: `zip`, `join`, `map` and cffi's own conversions. What looks roundabout here is what
keeps a batch of 64 within a small factor of the same work in Rust (`benchmarks/transport`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

from gamenet._bridge import ffi

from .enums import Result
from .handles import Connection, handle

Outgoing: TypeAlias = "tuple[Connection, bytes, int] | tuple[Connection, bytes, int, int]"
"""Connection, data, `SendFlags` and, if the connection has lanes, the lane."""


class Message(NamedTuple):
    """A message that was received."""

    connection: Connection
    data: bytes
    number: int
    """Counted by the sender, per lane."""
    received_at: float
    """When it arrived, in seconds on `time.monotonic()`'s clock."""
    reliable: bool


_new_message: Callable[[tuple[Any, ...]], Message] = partial(tuple.__new__, Message)


def read_batch(batch: Any, count: int) -> list[Message]:
    """The `count` messages of a `GnBatch`."""
    if not count:
        return []
    unpack = ffi.unpack
    layout = Struct(ffi.buffer(batch.layout, batch.layout_size)[:])
    columns = zip(
        unpack(batch.connections, count),
        layout.unpack(ffi.buffer(batch.data, batch.size)),
        unpack(batch.numbers, count),
        unpack(batch.times, count),
        unpack(batch.reliable, count),
        strict=True,
    )
    return list(map(_new_message, columns))


class Columns(NamedTuple):
    """Outgoing messages as `gn_sockets_send` takes them."""

    connections: Any
    sizes: Any
    flags: Any
    lanes: Any
    length: int
    data: bytes
    size: int
    results: Any


def columns(messages: Sequence[Outgoing]) -> Columns:
    """The messages as columns.

    Raises:
        TypeError: a message is no tuple of that shape, or a part of it has the wrong type; the message says which.
        InvalidHandle: a connection is no number that a handle can have.
        ValueError: flags or a lane are out of range.
    """
    try:
        return _columns(messages)
    except (TypeError, ValueError, OverflowError):
        return _columns([_checked(message, i) for i, message in enumerate(messages)])


def _columns(messages: Sequence[Outgoing]) -> Columns:
    connections, datas, flags, *lanes = zip(*messages, strict=True)
    data = b"".join(datas)
    sizes = list(map(len, datas))
    if sum(sizes) != len(data):  # a memoryview of something wider than bytes
        raise ValueError
    new, count = ffi.new, len(sizes)
    return Columns(
        new("uint32_t[]", connections),
        new("uint32_t[]", sizes),
        new("int32_t[]", flags),
        new("uint16_t[]", lanes[0]) if lanes else ffi.NULL,
        count,
        data,
        len(data),
        new("int32_t[]", count),
    )


def _checked(message: Any, i: int) -> tuple[Connection, bytes, int, int]:
    """`message` in its full form, or the error that tells what is wrong with it."""
    where = f"messages[{i}]"
    if not isinstance(message, tuple) or len(message) not in (3, 4):
        raise TypeError(f"{where} must be (connection, data, flags) or (…, flags, lane), not {message!r:.80}")
    connection, data, flags = message[:3]
    lane = message[3] if len(message) == 4 else 0
    return (
        Connection(handle(connection, f"{where} connection")),
        payload(data, f"{where} data"),
        number(flags, f"{where} flags", 31),
        number(lane, f"{where} lane", 16),
    )


def payload(data: object, name: str) -> bytes:
    """`data` as bytes.

    Raises:
        TypeError: it is not bytes-like; the message says what to do with a str.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    hint = ": encode it first, as in text.encode()" if isinstance(data, str) else ""
    raise TypeError(f"{name} must be bytes, not {type(data).__name__}{hint}")


def number(value: object, name: str, bits: int) -> int:
    """`value` as a whole number of at most `bits` bits, not negative."""
    if not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} must be from 0 to {(1 << bits) - 1}, not {value}")
    return int(value)


def results(refused: int, column: Any, count: int) -> list[Result]:
    """A result for each of `count` messages or connections, `refused` of which are not OK."""
    if not refused:
        return [Result.OK] * count
    return [Result(code) for code in ffi.unpack(column, count)]


def handle_column(values: Iterable[int], name: str) -> tuple[Any, int]:
    """Handles as a C array, and how many."""
    kept = list(values)
    try:
        return ffi.new("uint32_t[]", kept), len(kept)
    except (TypeError, OverflowError):
        return ffi.new("uint32_t[]", [handle(value, f"{name}[{i}]") for i, value in enumerate(kept)]), len(kept)
