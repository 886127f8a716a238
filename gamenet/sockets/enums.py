"""The numbers of GameNetworkingSockets under Python names; each is numerically Valve's."""

from __future__ import annotations

import enum


class SendFlags(enum.IntFlag):
    """How a message travels."""

    UNRELIABLE = 0
    """Once, perhaps never, in any order. Small messages wait up to `nagle_time` for company; very long ones
    (`MAX_UNRELIABLE`) become reliable."""
    UNRELIABLE_NO_NAGLE = 1
    """Unreliable, and what waits for company on this connection goes with it at once."""
    UNRELIABLE_NO_DELAY = 5
    """Unreliable, at once or not at all: dropped (`Result.IGNORED`) while the connection is not up yet."""
    RELIABLE = 8
    """Repeated until acknowledged, in order with the other reliable messages of its lane."""
    RELIABLE_NO_NAGLE = 9
    """Reliable, without waiting for company. Prefer one flush at the end of the frame."""
    USE_CURRENT_THREAD = 16
    """Together with one of the others: may send in the calling thread what goes at once. GameNetworkingSockets 1.6
    takes it and leaves the work to its own thread all the same."""


class Result(enum.IntEnum):
    """What became of a call. A number that Valve adds later reads as `FAIL`."""

    OK = 1
    """It was done, or taken."""
    FAIL = 2
    """Any other reason."""
    NO_CONNECTION = 3
    """The connection has ended."""
    INVALID_PARAM = 8
    """No such connection, or an argument that it does not take."""
    INVALID_STATE = 11
    """Not in the state for this: accepting what does not come in, sending on what is not connected."""
    DUPLICATE_REQUEST = 29
    """Accepting a symmetric connection that was accepted already, by connecting to the same peer."""
    HANDSHAKE_FAILED = 36
    """Accepting what both ends could not agree on encryption or identity for; it ends with its reason."""
    LIMIT_EXCEEDED = 25
    """Longer than 512 KiB, or the send buffer is full."""
    IGNORED = 41
    """Sent without delay, and it could not go at once."""

    @classmethod
    def _missing_(cls, value: object) -> Result:
        return cls.FAIL


class ConnectionState(enum.IntEnum):
    """Where a connection is in its life. The negative ones are Valve's own, after our side has closed."""

    NONE = 0
    """There is no such connection (any more)."""
    CONNECTING = 1
    """Nobody has answered yet; or somebody comes in and waits to be accepted."""
    FINDING_ROUTE = 2
    """Peer to peer: both agreed, and a way is sought."""
    CONNECTED = 3
    """Messages go both ways."""
    CLOSED_BY_PEER = 4
    """The other side closed or refused it. It stays until this side closes it, too."""
    PROBLEM_DETECTED_LOCALLY = 5
    """It ended for a reason that was noticed here: silence, say. It stays until this side closes it."""
    FIN_WAIT = -1
    """Inside the library: closed here, and the other side is being told."""
    LINGER = -2
    """Inside the library: closed here, and what was sent is still being delivered."""
    DEAD = -3
    """Inside the library: gone in a moment."""

    @classmethod
    def _missing_(cls, value: object) -> ConnectionState:
        return cls.NONE


class AuthenticationStatus(enum.IntEnum):
    """How ready we are to prove who we are. What leads from one to another: docs/sockets/authentication.md."""

    CANNOT_TRY = -102
    """Something it depends on is missing: no authority is trusted."""
    FAILED = -101
    """The certificate was refused, and there was never a good one."""
    PREVIOUSLY = -100
    """We could, until the certificate expired."""
    RETRYING = -10
    """After a failure or an expiry, a certificate was asked for again."""
    UNKNOWN = 0
    """A number that Valve adds later reads as this."""
    NEVER_TRIED = 1
    """Nobody asked for it."""
    WAITING = 2
    """A certificate is needed, and was not asked for."""
    ATTEMPTING = 3
    """A certificate was asked for."""
    CURRENT = 100
    """Ready: we have a certificate that is good."""

    @classmethod
    def _missing_(cls, value: object) -> AuthenticationStatus:
        return cls.UNKNOWN
