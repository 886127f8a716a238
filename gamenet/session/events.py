"""What the session hands up besides messages. In a list, what comes first happened first."""

from __future__ import annotations

from dataclasses import dataclass

from ..peer import Peer
from .rooms import RoomRecord


@dataclass(frozen=True)
class Joined:
    """We are in. `PeerJoined` for every member follows, oneself included."""

    room: RoomRecord


@dataclass(frozen=True)
class PeerJoined:
    peer: Peer
    room: RoomRecord


@dataclass(frozen=True)
class PeerLeft:
    """`reason` goes behind the name: "left the game", "lost the connection", "was removed: …"."""

    peer: Peer
    room: RoomRecord
    reason: str


@dataclass(frozen=True)
class Moved:
    """On the host, and on the peer that was moved; the others hear that it left, or joined.

    Both records have their members: `old` those that were left behind, `new` all that are there now.
    """

    peer: Peer
    old: RoomRecord
    new: RoomRecord


@dataclass(frozen=True)
class RoomReset:
    """A room began anew: `new` has the members, `old` is a generation that nobody speaks of any more."""

    old: RoomRecord
    new: RoomRecord


@dataclass(frozen=True)
class LinkReset:
    """The link to this peer began anew; what was on its way is lost.

    On the host: send this peer the world as to a latecomer. On a joiner, when the peer is the host, the world comes
    again; when it is another member, all values go to it anew.
    """

    peer: Peer
    room: RoomRecord


@dataclass(frozen=True)
class Stalled:
    """Nothing came from the host's session for so many seconds. Said again every second while it lasts."""

    seconds: float


@dataclass(frozen=True)
class Recovered:
    """The host is heard again."""


@dataclass(frozen=True)
class Paused:
    paused: bool


@dataclass(frozen=True)
class Closed:
    """The session is over; no event follows. `reason` is a sentence."""

    reason: str


Event = Joined | PeerJoined | PeerLeft | Moved | RoomReset | LinkReset | Stalled | Recovered | Paused | Closed
