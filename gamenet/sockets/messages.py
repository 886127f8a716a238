"""Messages in batches, packed: one crossing and one call of C for a batch, however many messages are in it.

Down go rows of `(connection, data, flags)`, packed by MessagePack's C code; up come rows that the same code unpacks,
or that stay where they are as a `ReceivedBatch` (`native/sockets/src/rows.rs` has the format). What is wrong with a
message is looked for only once something is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias, overload

from msgpack import packb, unpackb

from gamenet._bridge import ffi

from .arguments import several
from .enums import Result
from .handles import Connection, handle

Outgoing: TypeAlias = "tuple[Connection, bytes, int] | tuple[Connection, bytes, int, int]"
"""Connection, data, `SendFlags` and, if the connection has lanes, the lane."""


class Message(NamedTuple):
    """A message that was received."""

    connection: Connection
    """On which it came."""
    data: bytes
    """What was sent, whole."""
    number: int
    """Counted by the sender from 1, per lane."""
    received_at: float
    """When it arrived, in seconds on `time.monotonic()`'s clock."""
    reliable: bool
    """Whether it was sent so, or made so because it is long."""
    lane: int
    """Which of the sender's lanes it came in."""


class MessageView(NamedTuple):
    """A message that was received, as a `ReceivedBatch` has it: its data is a part of the batch's memory."""

    connection: Connection
    """On which it came."""
    data: memoryview
    """Read only."""
    number: int
    """Counted by the sender from 1, per lane."""
    received_at: float
    """When it arrived, in seconds on `time.monotonic()`'s clock."""
    reliable: bool
    """Whether it was sent so, or made so because it is long."""
    lane: int
    """Which of the sender's lanes it came in."""


_new_message: Callable[[tuple[Any, ...]], Message] = partial(tuple.__new__, Message)


def read_batch(batch: Any, count: int) -> list[Message]:
    """The `count` messages of a `GnBatch`."""
    if not count:
        return []
    return list(map(_new_message, unpackb(ffi.buffer(batch.rows, batch.size), use_list=False)))


# A row: marker, marker, connection, marker, length of the data; the data; marker, number, marker, time, reliable (a
# marker itself), marker, lane.
_FIRST: Final = 5
_BEFORE: Final = Struct(">xxIxI")
_BEHIND: Final = Struct(">xqxdBxH")
_TRUE: Final = 0xC3


class ReceivedBatch(Sequence[MessageView]):
    """What one call received, in a block of memory of its own; messages are made as they are looked at.

    As a sequence (`len(batch)`, `batch[0]`, `batch[-5:]`, `for view in batch`; false when it is empty) it has views,
    which copy no message's data: that pays from some KiB on (a level, a replay), and for
    what is only looked at or passed on. A view keeps the whole block alive: copy what is to stay (`bytes(view.data)`).
    """

    __slots__ = ("_block", "_count", "_starts")

    def __init__(self, batch: Any, count: int) -> None:
        """The `count` messages of a `GnBatch`."""
        self._block: bytes = ffi.buffer(batch.rows, batch.size)[:]
        self._count = count
        self._starts: list[int] | None = None

    def rows(self) -> list[tuple[Connection, bytes, int, float, bool, int]]:
        """All messages as plain tuples in the order of `Message`: the quickest way to go through many small ones."""
        rows: list[tuple[Connection, bytes, int, float, bool, int]] = list(unpackb(self._block, use_list=False))
        return rows

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> MessageView: ...

    @overload
    def __getitem__(self, index: slice) -> list[MessageView]: ...

    def __getitem__(self, index: int | slice) -> MessageView | list[MessageView]:
        starts, block = self._found(), memoryview(self._block)
        if isinstance(index, slice):
            return [_view(block, start) for start in starts[index]]
        return _view(block, starts[index])

    def __iter__(self) -> Iterator[MessageView]:
        return map(partial(_view, memoryview(self._block)), self._found())

    def __repr__(self) -> str:
        return f"ReceivedBatch({len(self)} messages, {len(self._block)} bytes)"

    def _found(self) -> list[int]:
        """Where each row begins."""
        if self._starts is None:
            self._starts, start = [], _FIRST
            for _ in range(self._count):
                self._starts.append(start)
                start += _BEFORE.size + _BEFORE.unpack_from(self._block, start)[1] + _BEHIND.size
        return self._starts


def _view(block: memoryview, start: int) -> MessageView:
    connection, size = _BEFORE.unpack_from(block, start)
    begin = start + _BEFORE.size
    number, received_at, reliable, lane = _BEHIND.unpack_from(block, begin + size)
    return MessageView(connection, block[begin : begin + size], number, received_at, reliable == _TRUE, lane)


def pack(messages: Sequence[Outgoing]) -> bytes:
    """The messages as `gn_sockets_send` takes them; what is wrong with them is found there, or here by `checked`."""
    try:
        packed: bytes = packb(messages)
    except (TypeError, ValueError, OverflowError, BufferError):
        return checked(messages)
    return packed


def checked(messages: Sequence[Outgoing]) -> bytes:
    """The messages packed, each looked at.

    Raises:
        TypeError: a message is no tuple of that shape, or a part of it has the wrong type; the message says which.
        InvalidHandle: a connection is no number that a handle can have.
        ValueError: flags or a lane are out of range.
    """
    packed: bytes = packb([_checked(message, i) for i, message in enumerate(messages)])
    return packed


def _checked(message: Any, i: int) -> tuple[int, bytes, int, int]:
    """`message` in its full form, or the error that tells what is wrong with it."""
    where = f"messages[{i}]"
    if not isinstance(message, (tuple, list)) or len(message) not in (3, 4):
        raise TypeError(f"{where} must be (connection, data, flags) or (…, flags, lane), not {message!r:.80}")
    connection, data, flags = message[:3]
    lane = message[3] if len(message) == 4 else 0
    return (
        handle(connection, f"{where} connection"),
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


def number(value: object, name: str, bits: int, lowest: int = 0) -> int:
    """`value` as a whole number of at most `bits` bits, not below `lowest`."""
    if not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not lowest <= value < 1 << bits:
        raise ValueError(f"{name} must be from {lowest} to {(1 << bits) - 1}, not {value}")
    return int(value)


def results(refused: int, column: Any, count: int) -> list[Result]:
    """A result for each of `count` messages or connections, `refused` of which are not OK."""
    if not refused:
        return [Result.OK] * count
    return [Result(code) for code in ffi.unpack(column, count)]


def handle_column(values: Iterable[int], name: str) -> tuple[Any, int]:
    """Handles as a C array, and how many."""
    kept = several(values, name)
    try:
        return ffi.new("uint32_t[]", kept), len(kept)
    except (TypeError, OverflowError):
        return ffi.new("uint32_t[]", [handle(value, f"{name}[{i}]") for i, value in enumerate(kept)]), len(kept)
