"""GameNetworkingSockets as a transport, by address.

Addresses: "host:port", "host", "[v6]:port", ":port"; without a port it is 27015. A name is looked up by a thread of
its own, so that no frame waits for it; where it has an IPv6 and an IPv4 address both are tried at once.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence
from typing import Final

from ...errors import InvalidAddress
from ...sockets import Connection, ConnectionChange, ConnectionState, ListenSocket, Options, Result
from ...sockets.options import AnyOptions
from .. import sentences
from ..states import Stage
from . import Failed, Happening, Opened, Standing
from .library import ENDED, Library
from .over_library import OverLibrary

DEFAULT_PORT: Final = 27015

OPTIONS: Final = Options(send_buffer_size=1 << 20, send_rate_min=1 << 20, send_rate_max=1 << 20)
"""The library's estimate of the link is off where minimum and maximum are equal: budgets are replication's business,
and this stands above them."""


class GnsTransport(OverLibrary):
    """Connections of one session over UDP. See `Transport` for what each word means."""

    patience: float = 10.0

    def __init__(self, options: AnyOptions = OPTIONS) -> None:
        """Opens nothing yet.

        Args:
            options: of every connection.
        """
        super().__init__()
        self._options = options
        self._listen: ListenSocket | None = None
        self._attempts: dict[int, _Attempt] = {}
        self._attempt_of: dict[Connection, _Attempt] = {}
        self._resolved: queue.SimpleQueue[tuple[_Attempt, list[str], str]] = queue.SimpleQueue()

    def standing(self) -> Standing:
        looking_up = any(not attempt.connections for attempt in self._attempts.values())
        return Standing(stage=Stage.NAME.value if looking_up else "")

    # Listening and connecting

    def listen(self, address: str) -> str:
        host, port = split_address(address, wildcard=True)
        shared = self._use()
        try:
            made = shared.net.create_listen_socket_ip(f"{_numeric(host) or host}:{port}", self._options)
        except Exception:
            self.shutdown()
            raise
        self._listen = shared.listen(made, self)
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

    def knocked(self, change: ConnectionChange) -> None:
        """Somebody connects to our listen socket."""
        self._adopt(change.connection)
        if self._net.accept_connection(change.connection) is not Result.OK:
            self._finish(change.connection)

    def changed(self, change: ConnectionChange) -> None:
        """A connection of ours changed its state."""
        connection = change.connection
        if change.state is ConnectionState.CONNECTED:
            self._connected(connection, change)
        elif change.state in ENDED and connection in self._attempt_of:
            self._came_to_nothing(connection, change)
        elif change.state in ENDED:
            self._lose(connection, change)

    def _connected(self, connection: Connection, change: ConnectionChange) -> None:
        attempt = self._attempt_of.pop(connection, None)
        if attempt is not None:
            attempt.connections.discard(connection)
            self._attempts.pop(attempt.number, None)
            for other in attempt.connections:  # the same name's other address was slower
                self._attempt_of.pop(other, None)
                self._finish(other)
        self._begin(connection)
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
        if self._library is None:
            return []
        while not self._resolved.empty():
            self._looked_up(*self._resolved.get())
        self._pump(now)
        return self._take_happenings()

    def _looked_up(self, attempt: _Attempt, addresses: list[str], problem: str) -> None:
        if attempt.number not in self._attempts:
            return
        if addresses:
            self._try(attempt, addresses)
        else:
            del self._attempts[attempt.number]
            self._happenings.append(Failed(attempt.number, problem))

    def _stop(self, library: Library) -> None:
        if self._listen is not None:
            library.stop_listening(self._listen)
            self._listen = None
        self._attempts.clear()
        self._attempt_of.clear()


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
