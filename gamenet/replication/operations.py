"""What travels on the call channel: structure and RPCs as *operations*, in the host's one order.

A message is `[complete, [operation, …]]` in msgpack; an operation is an array that begins with its code. One tick's
operations may span messages; the last one says `complete`, and the receiver applies them at that mark.

Reading is total: every length, type and range is checked here, so that what comes out can be used as it is; what does
not fit is `Malformed` with a sentence. Entity, class and field numbers still have to be looked up by the receiver.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgpack

MAX_MESSAGE: Final = 256 * 1024
"""Bytes of one call message; more operations go into several."""

_MAX_OPERATIONS: Final = 4_096  # of one message; also the most elements of any array inside
_MAX_DEPTH: Final = 32  # of lists in lists, in arguments and answers


class Malformed(Exception):
    """What an honest peer never sends. Caught at the edge of replication: it is a reason there, never an exception."""


class Spawn(NamedTuple):
    """host → all: this exists. `origin` is the spawner's own number for it, 0 when the host spawned it."""

    id: int
    kind: int
    rows: list[bytes]  # one for each part of the class: a packed row
    structure: list[Any]  # one for each structural field
    owner: int | None = None
    term: int = 0
    origin: int = 0


class Despawn(NamedTuple):
    """host → all: this exists no more."""

    id: int


class Own(NamedTuple):
    """host → all: who steers it from now on, beginning with these values; a new term."""

    id: int
    owner: int | None
    term: int
    rows: list[bytes]


class Write(NamedTuple):
    """A structural field: host → all, or an owner → host, who passes it on."""

    id: int
    field: int
    value: Any


class Change(NamedTuple):
    """What changed in a collection, as `Write` travels: edits to be made to that edition, one after the other."""

    id: int
    field: int
    edition: int
    edits: list[Any]


class Invoke(NamedTuple):
    """An RPC: caller → host → receivers. `number` is 0 when nobody waits; `to` names receivers, None as declared."""

    number: int
    caller: int
    id: int
    method: int
    tick: int
    seen: float  # the tick that was drawn on the caller's screen
    to: list[int] | None
    args: list[Any]


class Answer(NamedTuple):
    """The answer to an `Invoke` with a number: its value, or a sentence."""

    number: int
    good: bool
    value: Any


class Ready(NamedTuple):
    """host → a newcomer: what you may see is complete."""

    tick: int


class Want(NamedTuple):
    """peer → host: I spawned this; name it."""

    origin: int
    kind: int
    rows: list[bytes]
    structure: list[Any]


class Drop(NamedTuple):
    """peer → host: my entity is to go."""

    id: int


class Unwanted(NamedTuple):
    """host → peer: what you wanted will not be, and why."""

    origin: int
    why: str


Operation: TypeAlias = Spawn | Despawn | Own | Write | Change | Invoke | Answer | Ready | Want | Drop | Unwanted

_Check: TypeAlias = Callable[[Any], bool]


def _number(bits: int) -> _Check:
    return lambda value: type(value) is int and 0 <= value < 1 << bits


def _text(value: Any) -> bool:
    return type(value) is str


def _rows(value: Any) -> bool:
    return type(value) is list and all(type(row) is bytes for row in value)


def _owner(value: Any) -> bool:
    return value is None or _number(16)(value)


def _finite(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _peers(value: Any) -> bool:
    return value is None or (type(value) is list and all(map(_number(16), value)))


def _plain(value: Any, depth: int = _MAX_DEPTH) -> bool:
    """What arguments and answers are made of, and no deeper than can be packed again."""
    if type(value) is list:
        return depth > 0 and all(_plain(inside, depth - 1) for inside in value)
    return value is None or type(value) in (bool, int, float, str, bytes)


def are_plain(value: Any) -> bool:
    """Whether it is a list of what arguments, answers and structural fields are made of."""
    return type(value) is list and _plain(value)


def _edits(value: Any) -> bool:
    return are_plain(value) and all(type(edit) is list for edit in value)


_U8, _U16, _U32, _U48 = _number(8), _number(16), _number(32), _number(48)

_READERS: Final[dict[int, tuple[type[Any], tuple[_Check, ...]]]] = {
    1: (Spawn, (_U32, _U16, _rows, are_plain, _owner, _U8, _U32)),
    2: (Despawn, (_U32,)),
    3: (Own, (_U32, _owner, _U8, _rows)),
    4: (Write, (_U32, _U8, _plain)),
    5: (Invoke, (_U32, _U16, _U32, _U16, _U48, _finite, _peers, are_plain)),
    6: (Answer, (_U32, lambda value: type(value) is bool, _plain)),
    7: (Ready, (_U48,)),
    8: (Want, (_U32, _U16, _rows, are_plain)),
    9: (Drop, (_U32,)),
    10: (Unwanted, (_U32, _text)),
    11: (Change, (_U32, _U8, _U48, _edits)),
}
_CODES: Final = {kind: code for code, (kind, _) in _READERS.items()}


def pack(operation: Operation) -> bytes:
    """One operation as bytes; `join` makes messages of them."""
    values, usual = [_CODES[type(operation)], *operation], [*operation._field_defaults.values()]
    while usual and values[-1] == usual.pop():  # what is usual is left out at the end
        values.pop()
    packed: bytes = msgpack.packb(values)
    return packed


def join(operations: Sequence[bytes]) -> list[bytes]:
    """Messages of at most about `MAX_MESSAGE` bytes with these operations in order, the last one marked complete."""
    messages: list[bytes] = []
    batch: list[bytes] = []
    size = 0
    for operation in operations:
        if batch and (size + len(operation) > MAX_MESSAGE or len(batch) == _MAX_OPERATIONS):
            messages.append(_message(batch, complete=False))
            batch, size = [], 0
        batch.append(operation)
        size += len(operation)
    if batch:
        messages.append(_message(batch, complete=True))
    return messages


def _message(operations: list[bytes], *, complete: bool) -> bytes:
    count = len(operations)
    array = bytes([0x90 | count]) if count < 16 else b"\xdc" + count.to_bytes(2, "big")
    return b"\x92" + (b"\xc3" if complete else b"\xc2") + array + b"".join(operations)


def read(body: bytes) -> tuple[bool, list[Operation]]:
    """Whether the tick is complete with this message, and its operations.

    Raises:
        Malformed: anything but what `join` makes.
    """
    match _unpack(body):
        case [bool(complete), list(operations)] if len(operations) <= _MAX_OPERATIONS:
            return complete, [_operation(raw) for raw in operations]
    raise Malformed("a call message that is no list of operations")


def _unpack(body: bytes) -> Any:
    size = len(body)  # nothing inside is longer than its message
    most = min(size, _MAX_OPERATIONS)
    limits = {"max_str_len": size, "max_bin_len": size, "max_array_len": most, "max_map_len": 0, "max_ext_len": 0}
    try:
        return msgpack.unpackb(body, **limits)
    except Exception as error:  # msgpack has a dozen ways to refuse, some of them plain ValueErrors
        raise Malformed(f"a call message that is no msgpack ({type(error).__name__})") from None


def _operation(raw: Any) -> Operation:
    if type(raw) is not list or not raw or type(raw[0]) is not int or raw[0] not in _READERS:
        raise Malformed("an unknown operation")
    kind, checks = _READERS[raw[0]]
    values = raw[1:]
    fits = len(checks) - len(kind._field_defaults) <= len(values) <= len(checks)
    if not fits or not all(check(value) for check, value in zip(checks, values, strict=False)):
        raise Malformed(f"a broken {kind.__name__.lower()} operation")
    operation: Operation = kind(*values)
    return operation
