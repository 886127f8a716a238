"""What the session says on the control channel: each message a dataclass, on the wire a msgpack array.

    [kind, field, field, …]        every field checked against its limits before anything looks at it

Decoding is total: any bytes give one of these messages or a reason. Handshakes (hello, welcome, refuse, greet) are the
first message on a connection in each direction and stand outside the link's order (sequence 0); everything else is
numbered. docs/wire-format.md lists the fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgpack

from ..ids import MAX_PEER
from .patience import MOST_HELLO_BYTES

MOST_NAME: Final = 32
"""Characters of a peer's or a room's name."""
MOST_TEXT: Final = 4096
"""Characters of a reason: a protocol's difference in words may have several lines."""
MOST_MEMBERS: Final = MAX_PEER
TOKEN_SIZE: Final = 16
KEY_SIZE: Final = 8


class Member(NamedTuple):
    """A peer as others are told of it."""

    id: int
    name: str
    address: str = ""
    """Mesh: where it listens."""
    key: bytes = b""
    """Mesh: what this peer and the receiver of this message show each other."""


class RoomCard(NamedTuple):
    """A room as a member is told of it."""

    id: int
    name: str
    epoch: int


@dataclass(frozen=True)
class Hello:
    """A joiner's first words. The same token again is the same participant coming back."""

    game: str
    name: str
    room: str
    password: str
    protocol: bytes
    token: bytes
    watch: bool
    data: Mapping[str, str]
    address: str
    joined: bool
    """It was welcomed before and still has its link."""


@dataclass(frozen=True)
class Welcome:
    """The host's answer to a hello."""

    fresh: bool
    """Numbers begin at 1 in both directions and all that follows is news; else the link goes on where it broke."""
    id: int
    name: str
    host: str
    """The host's name."""
    title: str
    tick_rate: int
    send_rate: int
    tick: int
    paused: bool
    mesh: bool
    room: RoomCard
    members: tuple[Member, ...]
    """In order of joining, the joiner included."""
    agreed: bytes
    """What the host says of its protocol to those who fit it; opaque here."""


@dataclass(frozen=True)
class Refuse:
    """The host's other answer; the connection is closed behind it."""

    why: str


@dataclass(frozen=True)
class Greet:
    """Mesh: the first message between two members, in both directions."""

    id: int
    key: bytes


@dataclass(frozen=True)
class Came:
    """A peer is in the room now."""

    room: int
    member: Member


@dataclass(frozen=True)
class Went:
    """A peer is no longer in the room."""

    room: int
    id: int
    why: str


@dataclass(frozen=True)
class Move:
    """You are in another room now."""

    room: RoomCard
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Reset:
    """Your room has a new generation."""

    old: int
    room: RoomCard


@dataclass(frozen=True)
class Pause:
    paused: bool


@dataclass(frozen=True)
class Kick:
    """You are removed."""

    why: str


@dataclass(frozen=True)
class Bye:
    """I leave."""

    why: str


@dataclass(frozen=True)
class Probe:
    """Nothing but the clock stamps of the values header."""

    mine: int
    yours: int
    held: int


Message = Hello | Welcome | Refuse | Greet | Came | Went | Move | Reset | Pause | Kick | Bye | Probe
HANDSHAKES: Final = (Hello, Welcome, Refuse, Greet)


class _Bad(Exception):
    """A field that is not what its message says; never leaves this module."""


Check = Callable[[Any], Any]


def _whole(most: int, least: int = 0) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _Bad(f"not a number up to {most}")
        return value

    return check


def _text(longest: int) -> Check:
    def check(value: Any) -> str:
        if type(value) is not str or len(value) > longest:
            raise _Bad(f"not a text of at most {longest} characters")
        return value

    return check


def _binary(longest: int, shortest: int = 0) -> Check:
    def check(value: Any) -> bytes:
        if type(value) is not bytes or not shortest <= len(value) <= longest:
            raise _Bad(f"not {shortest} to {longest} bytes")
        return value

    return check


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise _Bad("not a flag")
    return value


def _words(value: Any) -> dict[str, str]:
    if type(value) is not dict or len(value) > 64:
        raise _Bad("not a mapping of at most 64 words")
    return {_text(64)(key): _text(1024)(word) for key, word in value.items()}


def _tuple(make: Callable[..., Any], *checks: Check) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not list or len(value) != len(checks):
            raise _Bad(f"not a list of {len(checks)}")
        return make(*(each(part) for each, part in zip(checks, value, strict=True)))

    return check


def _several(each: Check, most: int) -> Check:
    def check(value: Any) -> tuple[Any, ...]:
        if type(value) is not list or len(value) > most:
            raise _Bad(f"not a list of at most {most}")
        return tuple(each(part) for part in value)

    return check


_PEER = _whole(MAX_PEER)
_U32 = _whole(0xFFFFFFFF)
_RATE = _whole(1000, least=1)
_NAME = _text(MOST_NAME)
_REASON = _text(MOST_TEXT)
_ADDRESS = _text(256)
_KEY = _binary(KEY_SIZE)
_ROOM = _tuple(RoomCard, _U32, _NAME, _whole(0xFF))
_MEMBER = _tuple(Member, _PEER, _NAME, _ADDRESS, _KEY)
_MEMBERS = _several(_MEMBER, MOST_MEMBERS)

_KINDS: Final[dict[int, tuple[type[Any], tuple[Check, ...]]]] = {
    1: (
        Hello,
        (
            _text(128),
            _NAME,
            _NAME,
            _text(128),
            _binary(MOST_HELLO_BYTES),
            _binary(TOKEN_SIZE, TOKEN_SIZE),
            _flag,
            _words,
            _ADDRESS,
            _flag,
        ),
    ),
    2: (
        Welcome,
        (
            _flag,
            _PEER,
            _NAME,
            _NAME,
            _text(128),
            _RATE,
            _RATE,
            _whole(2**63 - 1),
            _flag,
            _flag,
            _ROOM,
            _MEMBERS,
            _binary(MOST_HELLO_BYTES),
        ),
    ),
    3: (Refuse, (_REASON,)),
    4: (Greet, (_PEER, _KEY)),
    5: (Came, (_U32, _MEMBER)),
    6: (Went, (_U32, _PEER, _REASON)),
    7: (Move, (_ROOM, _MEMBERS)),
    8: (Reset, (_U32, _ROOM)),
    9: (Pause, (_flag,)),
    10: (Kick, (_REASON,)),
    11: (Bye, (_REASON,)),
    12: (Probe, (_U32, _U32, _whole(0xFFFF))),
}
_NUMBERS: Final = {kind: number for number, (kind, _) in _KINDS.items()}


def encode(message: Message) -> bytes:
    """The message as it is on the wire."""
    fields = [getattr(message, field.name) for field in dataclasses.fields(message)]
    packed: bytes = msgpack.packb([_NUMBERS[type(message)], *fields])
    return packed


def decode(data: bytes) -> Message | str:
    """The message, or what is wrong with it."""
    try:
        parts = msgpack.unpackb(data)
    except Exception as problem:  # msgpack raises a dozen kinds; each means that this is no message
        return f"a control message that is not msgpack ({type(problem).__name__})"
    if type(parts) is not list or not parts or type(parts[0]) is not int or parts[0] not in _KINDS:
        return "a control message of an unknown kind"
    kind, checks = _KINDS[parts[0]]
    if len(parts) - 1 != len(checks):
        return f"a {kind.__name__.lower()} with {len(parts) - 1} fields instead of {len(checks)}"
    try:
        message: Message = kind(*(check(part) for check, part in zip(checks, parts[1:], strict=True)))
    except _Bad as problem:
        return f"a {kind.__name__.lower()} with a field that is {problem}"
    return message
