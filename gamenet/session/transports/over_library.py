"""What transports over GameNetworkingSockets have in common: all that is done with a connection once it is open.

Connections and groups are the library's own handles; a frame crosses once per verb. How connections come to be is the
business of `gns.py` (by address) and `p2p.py` (by identity).
"""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...channels import CARRIAGE, LANES
from ...errors import InvalidHandle
from ...sockets import Connection, ConnectionChange, ConnectionState, PollGroup, RealTimeStatus, Result, Signal, Sockets
from .. import sentences
from . import Farewell, Happening, Lost, Parcel, Received, Standing, Status, library
from .library import Library
from .routes import route_of

_ALL: Final = 1 << 16
"""Messages that are received in one call, more than a frame ever has; what is beyond comes with the next."""

LINGER: Final = 1.0
"""Seconds for which a closing connection still delivers what was sent."""
LAST_WORDS: Final = 0.25
"""Seconds for which `shutdown` waits for that: the only place where a transport waits at all."""

_WAYS: Final = {channel: (carriage.flags, carriage.lane) for channel, carriage in CARRIAGE.items()}


@dataclass
class _Lingering:
    """A connection that is closed as soon as what was sent has arrived."""

    farewell: Farewell
    why: str
    until: float


class OverLibrary(ABC):
    """Connections of one session. See `Transport` for what each word means."""

    def __init__(self) -> None:
        """Opens nothing yet: the library opens with the first word that needs it."""
        self._library: Library | None = None
        self._lobby = PollGroup(0)
        self._groups: set[PollGroup] = set()
        self._happenings: list[Happening] = []
        self._open: set[Connection] = set()
        self._ended: list[int] = []
        self._lingering: dict[Connection, _Lingering] = {}
        self._numbers = itertools.count(1)
        self._now = 0.0

    def _use(self) -> Library:
        if self._library is None:
            self._library = library.join(self)
            self._lobby = self._library.net.create_poll_group()
        return self._library

    @property
    def _net(self) -> Sockets:
        return self._use().net

    def standing(self) -> Standing:
        return Standing()

    # What the kinds differ in

    @abstractmethod
    def knocked(self, change: ConnectionChange) -> None: ...

    @abstractmethod
    def changed(self, change: ConnectionChange) -> None: ...

    def signalled(self, signal: Signal) -> bool:
        return False

    @abstractmethod
    def _stop(self, library: Library) -> None:
        """Close what listens, and forget what was under way."""

    # Coming and going

    def _adopt(self, connection: Connection) -> None:
        """Ours: its changes come to us."""
        self._use().own(connection, self)
        self._net.configure_connection_lanes(connection, [0] * LANES)

    def _begin(self, connection: Connection) -> None:
        """It is open. Not earlier: what it sends waits on it, so that nothing comes before `Opened` is told."""
        self._open.add(connection)
        self._net.set_connection_poll_group(connection, self._lobby)

    def _lose(self, connection: Connection, change: ConnectionChange) -> None:
        """One that was open, or was closing, ended at the other end or on the way."""
        if connection in self._open:
            self._open.discard(connection)
            self._happenings.append(Lost(connection, _farewell(change), _why_lost(change)))
        else:
            self._finish(connection)

    def _finish(self, connection: Connection, farewell: Farewell = Farewell.GOODBYE, why: str = "") -> None:
        """Close for good."""
        self._lingering.pop(connection, None)
        self._net.close_connection(connection, False, farewell, why)
        self._use().release(connection)

    # The frame

    def _pump(self, now: float) -> None:
        self._now = now
        for connection in self._ended:  # what they still delivered was received after the last poll
            self._finish(Connection(connection))
        self._ended.clear()
        self._net.run_callbacks()
        self._tend_lingering(now)

    def _take_happenings(self) -> list[Happening]:
        happenings, self._happenings = self._happenings, []
        self._ended = [each.connection for each in happenings if isinstance(each, Lost)]
        return happenings

    def open_group(self) -> int:
        group = self._net.create_poll_group()
        self._groups.add(group)
        return group

    def close_group(self, group: int) -> None:
        if self._library is not None and group in self._groups:
            self._groups.discard(PollGroup(group))
            self._net.destroy_poll_group(PollGroup(group))

    def assign(self, connection: int, group: int) -> None:
        if self._library is not None:
            self._net.set_connection_poll_group(Connection(connection), PollGroup(group) if group else self._lobby)

    def receive(self, group: int) -> Sequence[Received]:
        if self._library is None:
            return []
        return self._net.receive_messages_on_poll_group(PollGroup(group) if group else self._lobby, _ALL)

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        if self._library is None:
            return list(range(len(batch)))
        ways = _WAYS
        results = self._net.send_messages([(Connection(c), data, *ways[channel]) for c, channel, data in batch])
        if results.count(Result.OK) == len(results):
            return []
        return [index for index, result in enumerate(results) if result is not Result.OK]

    def flush(self, connections: Sequence[int]) -> None:
        if self._library is not None and connections:
            self._net.flush_connections([Connection(connection) for connection in connections])

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        if self._library is None:
            return [Status(0, 0)] * len(connections)
        rows = self._net.real_time_statuses([Connection(connection) for connection in connections])
        return [status_of(row) for row in rows]

    def route(self, connection: int) -> str:
        if self._library is None or Connection(connection) not in self._open:
            return ""
        try:
            info = self._net.get_connection_info(Connection(connection))
        except InvalidHandle:
            return ""
        return route_of(info.address, relayed=info.relayed)

    def ping(self, connection: int) -> float:
        """Seconds to the other end and back, as measured of late; 0 while nobody knows."""
        if self._library is None:
            return 0.0
        return max(0.0, self._net.get_connection_real_time_status(Connection(connection)).ping)

    # Ending

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        handle = Connection(connection)
        if self._library is None or handle not in self._open:
            return
        self._open.discard(handle)
        if linger and self._unfinished([handle]):
            self._net.set_connection_poll_group(handle, None)
            self._lingering[handle] = _Lingering(farewell, why, self._now + LINGER)
        else:
            self._finish(handle, farewell, why)

    def _unfinished(self, connections: list[Connection]) -> set[Connection]:
        """Those on which something reliable is still on its way."""
        statuses = self.statuses(connections)
        return {each for each, status in zip(connections, statuses, strict=True) if status.unacknowledged}

    def _tend_lingering(self, now: float) -> None:
        if not self._lingering:
            return
        unfinished = self._unfinished(list(self._lingering))
        for connection, lingering in list(self._lingering.items()):
            if connection not in unfinished or now >= lingering.until:
                self._finish(connection, lingering.farewell, lingering.why)

    def shutdown(self) -> None:
        shared = self._library
        if shared is None:
            return
        for connection in list(self._open):
            self.close(connection, Farewell.GOODBYE, linger=True)
        self._say_last_words()
        for connection in shared.owned(self):
            self._finish(connection)
        self._stop(shared)
        for group in (self._lobby, *self._groups):
            shared.net.destroy_poll_group(group)
        self._forget_all()
        library.leave(self, shared)

    def _say_last_words(self) -> None:
        """Give lingering connections a moment: the process may end right after this."""
        for _ in range(round(LAST_WORDS / 0.005)):
            self._net.flush_connections(list(self._lingering))
            self._tend_lingering(self._now)
            if not self._lingering:
                return
            time.sleep(0.005)
        for connection, lingering in list(self._lingering.items()):
            self._finish(connection, lingering.farewell, lingering.why)

    def _forget_all(self) -> None:
        self._library = None
        for each in (self._groups, self._happenings, self._open, self._ended, self._lingering):
            each.clear()


def status_of(row: RealTimeStatus) -> Status:
    """What a session wants to know of the library's figures; a quality below zero is one that it does not know."""
    known = [quality for quality in (row.quality_local, row.quality_remote) if 0 <= quality <= 1]
    loss = 1 - min(known, default=1.0) if row.state is not ConnectionState.NONE else 0.0
    pending = row.pending_unreliable + row.pending_reliable
    return Status(pending, row.pending_reliable + row.sent_unacked_reliable, loss)


def _farewell(change: ConnectionChange) -> Farewell | None:
    """What the other end said; any other reason of an application is a goodbye, and the library's own are none."""
    if change.state is not ConnectionState.CLOSED_BY_PEER or not 1000 <= change.end_reason < 3000:
        return None
    return Farewell(change.end_reason) if change.end_reason in set(Farewell) else Farewell.GOODBYE


def _why_lost(change: ConnectionChange) -> str:
    return change.debug if _farewell(change) is not None else sentences.TIMED_OUT
