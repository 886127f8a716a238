"""What clients and the rendezvous service say to each other: each message a record on a reliable channel.

    client  ──Hello──►  service      who I am, and a request for a certificate
            ◄─Welcome──              the certificate, whose word it is, and servers that help to find a way
            ──Create or Join──►      a room of my own, or a code
            ◄─Entered──              the code, my seat and who else is there
            ◄─Came, Went──           members, as they change
            ──Signal──►  ◄─Signal──  a few hundred bytes for another member of my room, and from one

A request that is not granted gets `Refused` with a word that programs know and a sentence that players read. One
connection is in at most one room. The same identity with the same token is the same client, also on another connection;
the same `key` in Create or Join is the same participant coming back to its seat. docs/lobby.md tells the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..session.records import Kinds, Vocabulary, binary, flag, of, several, text, whole, word, words
from ..session.transports.cards import Card

WIRE: Final = 1
"""Version of these messages: another one is refused in words."""

MOST_REQUEST: Final = 8 * 1024
"""Bytes of a message to the service."""
MOST_SIGNAL: Final = 6 * 1024
"""Bytes of one signal: GameNetworkingSockets makes 300 to 1,500 of them."""
MOST_DATA: Final = 128
"""Keys of a room's metadata."""
MOST_DATA_BYTES: Final = 2048
"""Of all of it, keys included, as UTF-8: fifty rooms have to fit into one answer."""
MOST_SEATS: Final = 1024
"""Seats of one room: a mesh is far from it."""
MOST_SERVERS: Final = 8
"""Of each kind that a player is told of."""
PAGE: Final = 50
"""Rooms in one answer to a search."""
TOKEN_SIZE: Final = 16
KEY_SIZE: Final = 16

PUBLIC, INVITE, LAN = "public", "invite", "lan"
VISIBILITIES: Final = (PUBLIC, INVITE, LAN)
"""Listed by the service and on the local network · for who has the code · listed on the local network only."""


class Seat(NamedTuple):
    """A member of a room."""

    id: int
    name: str
    card: Card


class Listing(NamedTuple):
    """A room as others find it."""

    code: str
    game: str
    title: str
    players: int
    max_peers: int
    locked: bool
    """A password is asked for, by the host."""
    ping: float
    """Seconds from the service to the host and back."""
    data: Mapping[str, str]


# ------------------------------------------------------------------------------------------------------- from clients


@dataclass(frozen=True)
class Hello:
    wire: int
    identity: str
    token: bytes
    """A secret of this client's: who claims the same identity must know it."""
    request: bytes
    """For a certificate, from `Sockets.certificate_request`; b"" from who only searches."""


@dataclass(frozen=True)
class Create:
    """Open a room, or come back to mine: with the same key it is the same one, if it is still there."""

    code: str
    """The one that I had before, if there was one: I get it again where it is free."""
    key: bytes
    game: str
    title: str
    name: str
    """The host's."""
    max_peers: int
    visibility: str
    locked: bool
    data: Mapping[str, str]
    card: Card


@dataclass(frozen=True)
class Join:
    """Take a seat, or come back to mine."""

    code: str
    key: bytes
    name: str
    password: bool
    """I have one to show to the host."""
    card: Card


@dataclass(frozen=True)
class Update:
    """host: what others read in lists."""

    title: str
    visibility: str
    locked: bool
    data: Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """host: that seat is free: its member left, was refused or removed."""

    seat: int
    why: str


@dataclass(frozen=True)
class Leave:
    """I leave my seat; the host's leaving ends the room."""

    why: str


@dataclass(frozen=True)
class Claim:
    """I want to be the room's host from that epoch on: granted once, when it is the next and the host is not here."""

    epoch: int


@dataclass(frozen=True)
class Alive:
    """Still there. A host that says nothing for 30 s is not listed any more."""


@dataclass(frozen=True)
class Renew:
    """A new certificate and new passwords, please: mine will expire."""

    request: bytes


@dataclass(frozen=True)
class Search:
    game: str
    """Its name, with or without a version; "" for all."""
    page: int


# ---------------------------------------------------------------------------------------------------- from the service


class Relay(NamedTuple):
    """A TURN server, as `sockets.TurnServer` takes it."""

    url: str
    user: str
    password: str


@dataclass(frozen=True)
class Welcome:
    """The answer to a hello, and to `Renew`."""

    root: str
    """Whose word the certificates are: `Sockets.trust` takes it."""
    certificate: bytes
    """b"" for who asked for none."""
    good_for: float
    """Seconds until certificate and passwords expire, whichever is first."""
    stun: tuple[str, ...]
    """"host:port"; one without a host is on the service's own."""
    turn: tuple[Relay, ...]


@dataclass(frozen=True)
class Refused:
    """A hello, a create, a join, a claim or a search that is not granted."""

    reason: str
    """One of `REASONS`."""
    why: str
    """A sentence for the player."""


@dataclass(frozen=True)
class Entered:
    """I have a seat: the answer to Create and Join."""

    code: str
    title: str
    epoch: int
    seat: int
    host: int
    """The host's seat."""
    members: tuple[Seat, ...]
    """In order of joining, myself included."""


@dataclass(frozen=True)
class Came:
    seat: Seat


@dataclass(frozen=True)
class Went:
    seat: int
    why: str


@dataclass(frozen=True)
class Hosted:
    """The room has another host from that epoch on."""

    epoch: int
    host: int


@dataclass(frozen=True)
class Ended:
    """The room is no more, or I am no longer in it."""

    why: str


@dataclass(frozen=True)
class Found:
    rooms: tuple[Listing, ...]
    page: int
    pages: int


@dataclass(frozen=True)
class Stopping:
    """The service goes down: rooms play on, and come back when it does."""

    why: str


# ---------------------------------------------------------------------------------------------------------------- both


@dataclass(frozen=True)
class Signal:
    """From a client: for that seat of its room. From the service: from that seat, which nobody can forge."""

    seat: int
    data: bytes


REASONS: Final = (
    "version",
    "identity",
    "login",
    "code",
    "full",
    "password",
    "epoch",
    "request",
    "busy",
    "clients",
    "rooms",
    "joins",
    "guesses",
    "requests",
    "data",
    "stopping",
)
"""Another version · an identity in use · not let in by the service's own rule · no room with that code · no free seat ·
a password is missing · not the next epoch · out of place · the service is full · too many clients of one address ·
rooms of one client · joins · wrong codes · requests · too much metadata · the service is going down."""

FromClient = Hello | Create | Join | Update | Release | Leave | Claim | Alive | Renew | Search | Signal
FromService = Welcome | Refused | Entered | Came | Went | Hosted | Ended | Found | Stopping | Signal

_NAME, _TITLE, _WHY, _IDENTITY = text(32), text(128), text(512), text(36)
_U16, _U32 = whole(0xFFFF), whole(0xFFFFFFFF)
_SEAT_ID, _EPOCH = _U32, whole(0xFF)
_DATA = words(MOST_DATA)
_KEY = binary(KEY_SIZE, KEY_SIZE)
_CARD = of(Card, _IDENTITY, _U16, binary(16), _U16)
_SEAT = of(Seat, _SEAT_ID, _NAME, _CARD)
_SIGNAL = (Signal, (_SEAT_ID, binary(MOST_SIGNAL, 1)))
_SECONDS = whole(10**9)


def _seconds(value: object) -> float:
    return value if type(value) is float and 0 <= value < 1e9 else float(_SECONDS(value))


_LISTING = of(Listing, text(16), text(128), _TITLE, _U16, _U16, flag, _seconds, _DATA)

_FROM_CLIENT: Final[Kinds] = {
    1: (Hello, (whole(0xFFFF), _IDENTITY, binary(TOKEN_SIZE, TOKEN_SIZE), binary(2048))),
    2: (
        Create,
        (
            text(16),
            _KEY,
            text(128),
            _TITLE,
            _NAME,
            whole(MOST_SEATS, least=1),
            word(*VISIBILITIES),
            flag,
            _DATA,
            _CARD,
        ),
    ),
    3: (Join, (text(64), _KEY, _NAME, flag, _CARD)),
    4: (Update, (_TITLE, word(*VISIBILITIES), flag, _DATA)),
    5: (Release, (_SEAT_ID, _WHY)),
    6: (Leave, (_WHY,)),
    7: (Claim, (_EPOCH,)),
    8: (Alive, ()),
    9: (Renew, (binary(2048, 1),)),
    10: (Search, (text(128), _U16)),
    11: _SIGNAL,
}

_FROM_SERVICE: Final[Kinds] = {
    1: (
        Welcome,
        (
            text(4096),
            binary(2048),
            _seconds,
            several(text(256), MOST_SERVERS),
            several(of(Relay, text(256), text(256), text(256)), MOST_SERVERS),
        ),
    ),
    2: (Refused, (word(*REASONS), _WHY)),
    3: (Entered, (text(16), _TITLE, _EPOCH, _SEAT_ID, _SEAT_ID, several(_SEAT, MOST_SEATS))),
    4: (Came, (_SEAT,)),
    5: (Went, (_SEAT_ID, _WHY)),
    6: (Hosted, (_EPOCH, _SEAT_ID)),
    7: (Ended, (_WHY,)),
    8: (Found, (several(_LISTING, PAGE), _U16, _U16)),
    9: (Stopping, (_WHY,)),
    11: _SIGNAL,
}

FROM_CLIENT: Final[Vocabulary[FromClient]] = Vocabulary(_FROM_CLIENT, "a request")
FROM_SERVICE: Final[Vocabulary[FromService]] = Vocabulary(_FROM_SERVICE, "an answer")
