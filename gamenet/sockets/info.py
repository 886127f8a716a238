"""What GameNetworkingSockets tells about a connection."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Any, Final, NamedTuple

from gamenet._bridge import ffi

from .address import Identity, told_identity
from .enums import AuthenticationStatus, ConnectionState
from .handles import Connection, ListenSocket

_UNAUTHENTICATED, _UNENCRYPTED, _BUFFERS, _FAST, _RELAYED = 1, 2, 4, 8, 16


def text(array: Any) -> str:
    """The text in a C array of char."""
    return bytes(ffi.string(array)).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """A connection as it stood when this was asked for."""

    identity: Identity | None
    """Who is on the other side, as they say: proven only when `authenticated`. Who has said no name has their address
    and port here, as in `ip:192.0.2.1:48708`. None while unknown."""
    address: str
    """`ip:port` of the other side, "" when there is none (relayed, or a pair through buffers)."""
    state: ConnectionState
    """Where it is in its life."""
    end_reason: int
    """Why it ended: 1000–2999 the program's own, from 3000 the library's, see `EndReason`; 0: it lives."""
    debug: str
    """The end reason in words."""
    description: str
    """Number, kind, peer and name, as in log lines."""
    flags: int
    """Valve's bits, which the properties below tell apart."""
    listen_socket: int
    """Handle of the listen socket that it came in on; 0 when this side opened it."""
    user_data: int = -1
    """The number that `set_connection_user_data` gave it."""

    @property
    def authenticated(self) -> bool:
        """Whether the other side proved its identity with a certificate."""
        return not self.flags & _UNAUTHENTICATED

    @property
    def encrypted(self) -> bool:
        """Whether nobody in between can read it."""
        return not self.flags & _UNENCRYPTED

    @property
    def relayed(self) -> bool:
        """Whether a TURN server or Steam carries it."""
        return bool(self.flags & _RELAYED)

    @property
    def fast(self) -> bool:
        """Whether the other side seems to be this machine or its local network (the library's guess)."""
        return bool(self.flags & (_FAST | _BUFFERS))

    @property
    def in_process(self) -> bool:
        """Whether it goes through buffers of this process, as in a socket pair."""
        return bool(self.flags & _BUFFERS)


def read_info(native: Any) -> ConnectionInfo:
    """From a `GnInfo`."""
    identity = text(native.identity)
    return ConnectionInfo(
        identity=None if identity in ("", "invalid") else told_identity(identity),
        address=text(native.address),
        state=ConnectionState(native.state),
        end_reason=native.end_reason,
        debug=text(native.debug),
        description=text(native.description),
        flags=native.flags,
        listen_socket=native.listen_socket,
        user_data=native.user_data,
    )


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A connection went from `old_state` to `state`. It may have moved on since: `info` is as of the change."""

    connection: Connection
    """Which one."""
    state: ConnectionState
    """Where it is now."""
    old_state: ConnectionState
    """Where it was."""
    end_reason: int
    """Why it ended, see `EndReason`; 0: it lives."""
    debug: str
    """The end reason in words, for people who look for causes."""
    listen_socket: ListenSocket | None
    """Where it came in; None when this side opened it."""
    info: ConnectionInfo
    """All that was known of it then."""


def read_change(native: Any, listening: dict[int, ListenSocket]) -> ConnectionChange:
    """From a `GnChange`; `listening` are the listen sockets by handle."""
    info = read_info(native.info)
    return ConnectionChange(
        connection=Connection(native.connection),
        state=info.state,
        old_state=ConnectionState(native.old_state),
        end_reason=info.end_reason,
        debug=info.debug,
        listen_socket=listening.get(info.listen_socket),
        info=info,
    )


@dataclass(frozen=True, slots=True)
class AuthenticationChange:
    """Our readiness to authenticate changed."""

    status: AuthenticationStatus
    """How ready we are now."""
    debug: str
    """What to do next, or what went wrong, in words."""


def read_authentication(native: Any) -> AuthenticationChange:
    """From a `GnAuth`."""
    return AuthenticationChange(AuthenticationStatus(native.status), text(native.debug))


class LaneStatus(NamedTuple):
    """How one lane of a connection does right now, as in `RealTimeStatus`."""

    queue_time: float
    """Seconds that a message sent on this lane now would wait for its turn, priorities and weights considered."""
    pending_unreliable: int
    """Bytes that were not put on the wire yet."""
    pending_reliable: int
    """Bytes that were not put on the wire yet, or are to be repeated."""
    sent_unacked_reliable: int
    """Bytes on their way, not acknowledged yet."""


class RealTimeStatus(NamedTuple):
    """How a connection does right now. Seconds, bytes, per second; -1 where the library does not know (yet)."""

    state: ConnectionState
    """`NONE` when there is no such connection (any more); everything else is 0 then."""
    ping: float
    """Round trip in seconds."""
    queue_time: float
    """Seconds that a message sent now would wait for its turn. Of no use (the biggest number that the library has, some
    9·10¹²) while the state is not `CONNECTED`, and with several lanes, each of which has its own."""
    quality_local: float
    """Share of the packets that arrive here in order, 0 to 1."""
    quality_remote: float
    """The same at the other side, as it told us."""
    out_packets: float
    """Packets a second that leave, of late."""
    out_bytes: float
    """Bytes a second that leave, of late."""
    in_packets: float
    """Packets a second that come in, of late."""
    in_bytes: float
    """Bytes a second that come in, of late."""
    max_jitter: float
    """Seconds by which a packet came early or late: the worst of the whole connection since this was asked for last, by
    whomever. Measured only where the other side sets `SendTimeSincePreviousPacket`."""
    send_rate: int
    """What the library thinks the link takes, in bytes a second."""
    pending_unreliable: int
    """Bytes that were not put on the wire yet."""
    pending_reliable: int
    """Bytes that were not put on the wire yet, or are to be repeated."""
    sent_unacked_reliable: int
    """Bytes on their way, not acknowledged yet."""
    lanes: tuple[LaneStatus, ...] = ()
    """The first of its lanes, as many as were asked for."""


_REAL_TIME: Final = Struct("=i4x9d4i")
_STATES: Final = {int(state): state for state in ConnectionState}


def read_real_time(native: Any, count: int) -> list[RealTimeStatus]:
    """From `count` `GnRealTime`s."""
    rows = _REAL_TIME.iter_unpack(ffi.buffer(native, count * _REAL_TIME.size))
    return [RealTimeStatus(_STATES.get(state, ConnectionState.NONE), *rest) for state, *rest in rows]


_LANE: Final = Struct("=d3i4x")


def read_lanes(native: Any, count: int) -> tuple[LaneStatus, ...]:
    """From `count` `GnLane`s."""
    return tuple(LaneStatus(*row) for row in _LANE.iter_unpack(ffi.buffer(native, count * _LANE.size)))
