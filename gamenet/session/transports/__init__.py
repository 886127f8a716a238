"""A transport carries bytes over connections; the session knows no more of the network than this.

Two equals: `gns` (GameNetworkingSockets) and `memory` (virtual time, any weather). `gamenet.testing.conformance` holds
both to the same behaviour, and a third one, too.

Connections, groups and attempts are plain ints, given by the transport. Nothing blocks, nothing calls back: what
happened is polled. Times are those of the clock that the session is handed.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ...channels import Channel


class Farewell(enum.IntEnum):
    """Why a connection was closed on purpose; in the range that GameNetworkingSockets keeps for applications."""

    GOODBYE = 1000
    """The peer leaves."""
    REFUSED = 1001
    REMOVED = 1002
    DIALLING_AGAIN = 1003
    """No goodbye: the other end gives this connection up and opens another."""
    BROKEN = 2000
    """Something was received that nobody should send."""


class Opened(NamedTuple):
    """A connection carries from now on."""

    connection: int
    attempt: int
    """The number that `connect` gave; 0 when the other end connected to us."""
    address: str
    """The other end's, for the log."""


class Failed(NamedTuple):
    """An attempt to connect came to nothing."""

    attempt: int
    reason: str
    """A sentence."""


class Lost(NamedTuple):
    """A connection ended, and not by us."""

    connection: int
    farewell: Farewell | None
    """What the other end said, or None when it vanished."""
    reason: str
    """Its words, or a sentence."""


Happening = Opened | Failed | Lost


class Received(Protocol):
    """A message that came in. `sockets.Message` is one as it stands: nothing is copied per message."""

    @property
    def connection(self) -> int: ...
    @property
    def data(self) -> bytes: ...
    @property
    def received_at(self) -> float:
        """When the packet came in, in seconds of the session's clock: not the moment of the pump."""


class Parcel(NamedTuple):
    """A message to send; its channel says how (`channels.CARRIAGE`)."""

    connection: int
    channel: Channel
    data: bytes


class Status(NamedTuple):
    """How a connection is doing."""

    pending: int
    """Bytes that are not yet on the wire."""
    unacknowledged: int
    """Reliable bytes that the other end's transport has not acknowledged, pending ones included."""
    loss: float = 0.0
    """The share of packets that of late did not arrive in order, 0 to 1, in the worse direction; 0.0 while unknown."""


class Standing(NamedTuple):
    """How far a transport is that needs others to find its way, as a player may read it."""

    code: str = ""
    """The invite code, once there is one."""
    stage: str = ""
    """Where it is on its way (`states.WAY`); "" for a transport that needs nobody."""
    problem: str = ""
    """What is wrong at the moment, in a sentence; the transport goes on trying. "" when all is well."""


class Transport(Protocol):
    """What a session needs. Errors of the caller raise; what the network does is a `Happening`."""

    patience: float
    """Seconds after which an attempt of `connect` has surely become an `Opened` or a `Failed`."""

    def standing(self) -> Standing:
        """How far it is; costs nothing, may be asked at any time."""

    def listen(self, address: str) -> str:
        """Take connections from now on; they are accepted as they come and start in group 0.

        Returns:
            The address with the port that was really taken.

        Raises:
            AddressInUse: somebody else listens there.
            InvalidAddress: it cannot be parsed.
        """

    def connect(self, address: str) -> int:
        """Begin to connect; the connection starts in group 0. Returns the attempt's number, never 0.

        Raises:
            InvalidAddress: it cannot be parsed. (A name that cannot be resolved is a `Failed`.)
        """

    def poll(self, now: float) -> list[Happening]:
        """What happened since the last poll, in order. One crossing."""

    def open_group(self) -> int:
        """A group of connections that are received together. 0 always exists."""

    def close_group(self, group: int) -> None: ...

    def assign(self, connection: int, group: int) -> None:
        """Put a connection into a group, with what waits to be received on it."""

    def receive(self, group: int) -> Sequence[Received]:
        """All that waits on the group's connections; in order per connection and lane. One crossing.

        Nothing of a connection comes before the `poll` that told its `Opened`.
        """

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        """Send. One crossing.

        Returns:
            The indices of the parcels that were not taken, mostly none. When a reliable one was not taken, later
            reliable ones for that connection in the batch were not taken either.
        """

    def flush(self, connections: Sequence[int]) -> None:
        """Send now what waits for company. One crossing."""

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        """One for each, in order; zeros for a connection that has ended. One crossing."""

    def route(self, connection: int) -> str:
        """How its packets travel: "local" (this machine), "lan", "direct", "relayed"; "" when it has ended."""

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        """End a connection; nothing more is received on it.

        Args:
            why: told to the other end, which may get only the first 120 bytes.
            linger: first deliver the reliable messages that were sent, while the transport is polled or shut down.
        """

    def shutdown(self) -> None:
        """Close everything with a goodbye, lingering ones included. May be called twice."""
