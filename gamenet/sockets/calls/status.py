"""How things stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gamenet._bridge import check, ffi

from .. import info as _info
from .. import messages as _messages
from ..address import Identity, told_identity
from ..handles import Connection, handle
from ..info import ConnectionInfo, RealTimeStatus
from .base import Calls

_ANYBODY: Final = "ip:::1"
"""What the library calls itself when nobody told it who it is: this machine."""


class StatusCalls(Calls):
    def get_connection_info(self, connection: Connection) -> ConnectionInfo:
        """What is known about a connection: who is at the other end, where, how it stands and why it ended.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        native = ffi.new("GnInfo *")
        check(self._lib.gn_sockets_info(handle(connection, "connection"), native))
        return _info.read_info(native)

    def get_connection_real_time_status(self, connection: Connection, lanes: int = 0) -> RealTimeStatus:
        """How it does right now; `state` is `NONE` when there is none (any more).

        Args:
            lanes: as many of its lanes, from the first, are told apart in `RealTimeStatus.lanes`.

        Raises:
            ValueError: the connection has fewer lanes.
        """
        many = _messages.number(lanes, "lanes", 8)
        if not many:
            return self.real_time_statuses([connection])[0]
        native, rows = ffi.new("GnRealTime *"), ffi.new("GnLane[]", many)
        found = check(self._lib.gn_sockets_real_time_lanes(handle(connection, "connection"), native, rows, many))
        return _info.read_real_time(native, 1)[0]._replace(lanes=_info.read_lanes(rows, many) if found else ())

    def real_time_statuses(self, connections: Iterable[Connection]) -> list[RealTimeStatus]:
        """How each does right now, in one crossing; without their lanes."""
        native, count = _messages.handle_column(connections, "connections")
        rows = ffi.new("GnRealTime[]", count)
        check(self._lib.gn_sockets_real_time(native, count, rows))
        return _info.read_real_time(rows, count)

    def get_detailed_connection_status(self, connection: Connection) -> str:
        """Several lines for a person: lifetime totals, histograms.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        number, size = handle(connection, "connection"), 1 << 16
        buffer = ffi.new("char[]", size)
        check(self._lib.gn_sockets_detailed(number, buffer, size))
        return _info.text(buffer)

    def get_identity(self) -> Identity | None:
        """Who we are; None while we are nobody in particular."""
        buffer = ffi.new("char[]", 160)
        known = check(self._lib.gn_sockets_identity(buffer, 160))
        return told_identity(_info.text(buffer)) if known and _info.text(buffer) != _ANYBODY else None
