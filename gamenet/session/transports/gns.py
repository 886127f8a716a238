"""GameNetworkingSockets as a transport: the only module of the session that knows it.

The library exists once per process; any number of sessions share it (`_Shared`): it opens with the first transport
that needs it and closes with the last. Status changes are drained by whoever polls first and go to the transport that
owns the connection. Connections and groups are the library's own handles; a frame crosses once per verb.

Addresses: "host:port", "host", "[v6]:port", ":port"; without a port it is 27015. A name is looked up by a thread of
its own, so that no frame waits for it; where it has an IPv6 and an IPv4 address both are tried at once.
"""

from __future__ import annotations

import ipaddress
import itertools
import queue
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...channels import CARRIAGE, LANES
from ...errors import AlreadyOpen, InvalidAddress
from ...sockets import (
    Connection,
    ConnectionChange,
    ConnectionState,
    ListenSocket,
    Options,
    PollGroup,
    RealTimeStatus,
    Result,
    Sockets,
)
from .. import sentences
from . import Failed, Farewell, Happening, Lost, Opened, Parcel, Received, Standing, Status

DEFAULT_PORT: Final = 27015

OPTIONS: Final = Options(send_buffer_size=1 << 20, send_rate_min=1 << 20, send_rate_max=1 << 20)
"""The library's estimate of the link is off where minimum and maximum are equal: budgets are replication's business,
and this stands above them."""

_ALL: Final = 1 << 16
"""Messages that are received in one call, more than a frame ever has; what is beyond comes with the next."""

LINGER: Final = 1.0
"""Seconds for which a closing connection still delivers what was sent."""
LAST_WORDS: Final = 0.25
"""Seconds for which `shutdown` waits for that: the only place where a transport waits at all."""

_ENDED: Final = (ConnectionState.CLOSED_BY_PEER, ConnectionState.PROBLEM_DETECTED_LOCALLY)
_WAYS: Final = {channel: (carriage.flags, carriage.lane) for channel, carriage in CARRIAGE.items()}


@dataclass
class _Lingering:
    """A connection that is closed as soon as what was sent has arrived."""

    farewell: Farewell
    why: str
    until: float


class _Shared:
    """The one library of this process, and who owns what in it."""

    def __init__(self) -> None:
        try:
            self.net = Sockets()
        except AlreadyOpen:
            raise AlreadyOpen(
                "a gamenet.sockets.Sockets is open in this process; sessions bring their own, which is shared among "
                "them: close yours before you open a session, or run the two in separate processes"
            ) from None
        self.net.on_connection_changed = self._changed
        self.users: set[GnsTransport] = set()
        self.owners: dict[Connection, GnsTransport] = {}
        self.listening: dict[int, GnsTransport] = {}

    def _changed(self, change: ConnectionChange) -> None:
        owner = self.owners.get(change.connection)
        if owner is None and change.listen_socket is not None and change.state is ConnectionState.CONNECTING:
            owner = self.listening.get(change.listen_socket.handle)
            if owner is not None:
                owner.knocked(change)
        elif owner is not None:
            owner.changed(change)
        elif change.state in _ENDED:
            self.net.close_connection(change.connection)


_shared: _Shared | None = None


def _join_shared(transport: GnsTransport) -> _Shared:
    global _shared
    if _shared is None or _shared.net.closed:
        _shared = _Shared()
    _shared.users.add(transport)
    return _shared


def _leave_shared(transport: GnsTransport, shared: _Shared) -> None:
    global _shared
    shared.users.discard(transport)
    if not shared.users:
        shared.net.close()
        if _shared is shared:
            _shared = None


class GnsTransport:
    """Connections of one session over UDP. See `Transport` for what each word means."""

    patience: float = 10.0

    def __init__(self, options: Options = OPTIONS) -> None:
        """Opens nothing yet: the library opens with the first word that needs it.

        Args:
            options: of every connection.
        """
        self._options = options
        self._library: _Shared | None = None
        self._over = False
        self._listen: ListenSocket | None = None
        self._lobby = PollGroup(0)
        self._groups: set[PollGroup] = set()
        self._happenings: list[Happening] = []
        self._attempts: dict[int, _Attempt] = {}
        self._attempt_of: dict[Connection, _Attempt] = {}
        self._open: set[Connection] = set()
        self._ended: list[int] = []
        self._lingering: dict[Connection, _Lingering] = {}
        self._numbers = itertools.count(1)
        self._resolved: queue.SimpleQueue[tuple[_Attempt, list[str], str]] = queue.SimpleQueue()
        self._now = 0.0

    def _use(self) -> _Shared:
        if self._library is None:
            self._library = _join_shared(self)
            self._lobby = self._library.net.create_poll_group()
        return self._library

    @property
    def _net(self) -> Sockets:
        return self._use().net

    # Listening and connecting

    def standing(self) -> Standing:
        return Standing()

    def listen(self, address: str) -> str:
        host, port = split_address(address, wildcard=True)
        shared = self._use()
        try:
            self._listen = shared.net.create_listen_socket_ip(f"{_numeric(host) or host}:{port}", self._options)
        except Exception:
            self.shutdown()
            raise
        shared.listening[self._listen.handle] = self
        return self._listen.address

    def connect(self, address: str) -> int:
        host, port = split_address(address)
        attempt = _Attempt(next(self._numbers), address, host)
        self._attempts[attempt.number] = attempt
        self._use()
        numeric = _numeric(host)
        if numeric:
            self._try(attempt, [f"{numeric}:{port}"])
        else:
            threading.Thread(target=_resolve, args=(attempt, port, self._resolved), daemon=True).start()
        return attempt.number

    def _try(self, attempt: _Attempt, addresses: Sequence[str]) -> None:
        for address in addresses:
            connection = self._net.connect_by_ip_address(address, self._options)
            attempt.connections.add(connection)
            self._attempt_of[connection] = attempt
            self._adopt(connection)

    def _adopt(self, connection: Connection) -> None:
        """Ours: its changes come to us."""
        shared = self._use()
        shared.owners[connection] = self
        shared.net.configure_connection_lanes(connection, [0] * LANES)

    def knocked(self, change: ConnectionChange) -> None:
        """Somebody connects to our listen socket."""
        self._adopt(change.connection)
        if self._net.accept_connection(change.connection) is not Result.OK:
            self._release(change.connection)
            self._net.close_connection(change.connection)

    def changed(self, change: ConnectionChange) -> None:
        """A connection of ours changed its state."""
        connection = change.connection
        if change.state is ConnectionState.CONNECTED:
            self._connected(connection, change)
        elif change.state in _ENDED:
            if connection in self._attempt_of:
                self._came_to_nothing(connection, change)
            elif connection in self._open:
                self._open.discard(connection)
                self._happenings.append(Lost(connection, _farewell(change), _why_lost(change)))
            else:
                self._finish(connection)

    def _connected(self, connection: Connection, change: ConnectionChange) -> None:
        attempt = self._attempt_of.pop(connection, None)
        if attempt is not None:
            attempt.connections.discard(connection)
            self._attempts.pop(attempt.number, None)
            for other in attempt.connections:  # the same name's other address was slower
                self._attempt_of.pop(other, None)
                self._finish(other)
        self._open.add(connection)
        # Not earlier: what it sends waits on the connection, so that nothing of it is received before `Opened` is told.
        self._net.set_connection_poll_group(connection, self._lobby)
        self._happenings.append(Opened(connection, attempt.number if attempt else 0, change.info.address))

    def _came_to_nothing(self, connection: Connection, change: ConnectionChange) -> None:
        attempt = self._attempt_of.pop(connection)
        attempt.connections.discard(connection)
        self._finish(connection)
        if not attempt.connections and self._attempts.pop(attempt.number, None) is not None:
            told = change.debug if change.state is ConnectionState.CLOSED_BY_PEER else ""
            self._happenings.append(Failed(attempt.number, told or sentences.nobody_answered(attempt.address)))

    # The frame

    def poll(self, now: float) -> list[Happening]:
        self._now = now
        if self._library is None:
            return []
        for connection in self._ended:  # what they still delivered was received after the last poll
            self._finish(Connection(connection))
        while not self._resolved.empty():
            self._looked_up(*self._resolved.get())
        self._net.run_callbacks()
        self._tend_lingering(now)
        happenings, self._happenings = self._happenings, []
        self._ended = [each.connection for each in happenings if isinstance(each, Lost)]
        return happenings

    def _looked_up(self, attempt: _Attempt, addresses: list[str], problem: str) -> None:
        if attempt.number not in self._attempts:
            return
        if addresses:
            self._try(attempt, addresses)
        else:
            del self._attempts[attempt.number]
            self._happenings.append(Failed(attempt.number, problem))

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
        if self._library is None:
            return ""
        return "relayed" if self._net.get_connection_info(Connection(connection)).relayed else "direct"

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

    def _finish(self, connection: Connection, farewell: Farewell = Farewell.GOODBYE, why: str = "") -> None:
        """Close for good."""
        self._release(connection)
        self._net.close_connection(connection, False, farewell, why)

    def _release(self, connection: Connection) -> None:
        self._lingering.pop(connection, None)
        self._use().owners.pop(connection, None)

    def shutdown(self) -> None:
        shared = self._library
        if shared is None:
            return
        for connection in list(self._open):
            self.close(connection, Farewell.GOODBYE, linger=True)
        self._say_last_words()
        for connection in [each for each, owner in shared.owners.items() if owner is self]:
            self._finish(connection)
        if self._listen is not None:
            shared.listening.pop(self._listen.handle, None)
            self._listen.destroy()
        for group in (self._lobby, *self._groups):
            shared.net.destroy_poll_group(group)
        self._forget_all()
        _leave_shared(self, shared)

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
        self._library = self._listen = None
        self._groups.clear()
        self._happenings.clear()
        self._attempts.clear()
        self._attempt_of.clear()
        self._open.clear()
        self._ended.clear()


def status_of(row: RealTimeStatus) -> Status:
    """What a session wants to know of the library's figures; a quality below zero is one that it does not know."""
    known = [quality for quality in (row.quality_local, row.quality_remote) if 0 <= quality <= 1]
    loss = 1 - min(known, default=1.0) if row.state is not ConnectionState.NONE else 0.0
    pending = row.pending_unreliable + row.pending_reliable
    return Status(pending, row.pending_reliable + row.sent_unacked_reliable, loss)


class _Attempt:
    """A connection that is sought, perhaps at two addresses of the same name at once."""

    def __init__(self, number: int, address: str, host: str) -> None:
        self.number, self.address, self.host = number, address, host
        self.connections: set[Connection] = set()


def split_address(address: str, *, wildcard: bool = False) -> tuple[str, int]:
    """Host and port; an IPv6 address keeps its brackets.

    Args:
        wildcard: to listen: without a host it is every interface, and port 0 is any free one.

    Raises:
        InvalidAddress: it cannot be one.
    """
    text = address.strip()
    if text.endswith("]") or ":" not in text:
        host, port = text, str(DEFAULT_PORT)
    else:
        host, _, port = text.rpartition(":")
    if not host and wildcard:
        host = "[::]"
    good = port.isascii() and port.isdigit() and int(port) <= 65535 and (wildcard or int(port) > 0)
    if not good or not _plausible(host):
        raise InvalidAddress(
            f'{address!r} is no address: write "198.51.100.7:27015", "[2001:db8::7]:27015" or a host\'s name'
        )
    return host, int(port)


def _plausible(host: str) -> bool:
    """Whether it is an IP address, or could be the name of a machine."""
    if _numeric(host):
        return True
    labels = host.rstrip(".").split(".")
    fit = all(0 < len(label) < 64 and not set(label) & set(" /:[]@\\\"'") and label.isprintable() for label in labels)
    return fit and len(host) < 254 and not labels[-1].isdigit()


def _numeric(host: str) -> str:
    """The address in its usual spelling when the host is one, or "localhost"; else ""."""
    if host.lower() == "localhost":
        return "127.0.0.1"
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        ip = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        return ""
    if bracketed is not (ip.version == 6):
        return ""
    return f"[{ip}]" if ip.version == 6 else str(ip)


def _resolve(attempt: _Attempt, port: int, resolved: queue.SimpleQueue[tuple[_Attempt, list[str], str]]) -> None:
    """On a thread of its own: the first address of each family, or why there is none."""
    try:
        found = socket.getaddrinfo(attempt.host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as problem:
        temporary = isinstance(problem, socket.gaierror) and problem.errno == socket.EAI_AGAIN
        why = sentences.cannot_look_up(attempt.host) if temporary else sentences.no_such_machine(attempt.host)
        resolved.put((attempt, [], why))
        return
    addresses: dict[int, str] = {}
    for family, _, _, _, (host, *_) in found:
        if family in (socket.AF_INET, socket.AF_INET6) and "%" not in str(host):
            addresses.setdefault(family, f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}")
    resolved.put((attempt, list(addresses.values()), sentences.no_such_machine(attempt.host)))


def _farewell(change: ConnectionChange) -> Farewell | None:
    """What the other end said; any other reason of an application is a goodbye, and the library's own are none."""
    if change.state is not ConnectionState.CLOSED_BY_PEER or not 1000 <= change.end_reason < 3000:
        return None
    return Farewell(change.end_reason) if change.end_reason in set(Farewell) else Farewell.GOODBYE


def _why_lost(change: ConnectionChange) -> str:
    return change.debug if _farewell(change) is not None else sentences.TIMED_OUT
