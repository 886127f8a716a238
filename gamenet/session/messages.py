"""What the session says on the control channel: each message a dataclass, on the wire a msgpack array.

    [kind, field, field, …]        every field checked against its limits before anything looks at it

Decoding is total: any bytes give one of these messages or a reason. Handshakes (hello, welcome, refuse, greet) are the
first message on a connection in each direction and stand outside the link's order (sequence 0); everything else is
numbered. docs/wire-format.md lists the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..ids import MAX_PEER
from .patience import MOST_HELLO_BYTES
from .records import Kinds, Vocabulary, binary, flag, of, several, text, whole, words

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
class Anew:
    """Mesh: the member lost what was under way to it; your link with it begins anew, with another key."""

    room: int
    member: Member


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


Message = Hello | Welcome | Refuse | Greet | Came | Went | Anew | Move | Reset | Pause | Kick | Bye | Probe
HANDSHAKES: Final = (Hello, Welcome, Refuse, Greet)


_PEER = whole(MAX_PEER)
_U32 = whole(0xFFFFFFFF)
_RATE = whole(1000, least=1)
_NAME = text(MOST_NAME)
_REASON = text(MOST_TEXT)
_ADDRESS = text(256)
_KEY = binary(KEY_SIZE)
_ROOM = of(RoomCard, _U32, _NAME, whole(0xFF))
_MEMBER = of(Member, _PEER, _NAME, _ADDRESS, _KEY)
_MEMBERS = several(_MEMBER, MOST_MEMBERS)

_KINDS: Final[Kinds] = {
    1: (
        Hello,
        (
            text(128),
            _NAME,
            _NAME,
            text(128),
            binary(MOST_HELLO_BYTES),
            binary(TOKEN_SIZE, TOKEN_SIZE),
            flag,
            words(64),
            _ADDRESS,
            flag,
        ),
    ),
    2: (
        Welcome,
        (
            flag,
            _PEER,
            _NAME,
            _NAME,
            text(128),
            _RATE,
            _RATE,
            whole(2**63 - 1),
            flag,
            flag,
            _ROOM,
            _MEMBERS,
            binary(MOST_HELLO_BYTES),
        ),
    ),
    3: (Refuse, (_REASON,)),
    4: (Greet, (_PEER, _KEY)),
    5: (Came, (_U32, _MEMBER)),
    6: (Went, (_U32, _PEER, _REASON)),
    7: (Move, (_ROOM, _MEMBERS)),
    8: (Reset, (_U32, _ROOM)),
    9: (Pause, (flag,)),
    10: (Kick, (_REASON,)),
    11: (Bye, (_REASON,)),
    12: (Probe, (_U32, _U32, whole(0xFFFF))),
    13: (Anew, (_U32, _MEMBER)),
}

VOCABULARY: Final[Vocabulary[Message]] = Vocabulary(_KINDS, "a control message")
encode = VOCABULARY.encode
decode = VOCABULARY.decode
