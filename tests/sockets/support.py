"""What the tests of gamenet.sockets share: pumping until something is so, and a connected pair on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gamenet.sockets import AnyOptions, Connection, ConnectionChange, ConnectionState, ListenSocket, Message, Sockets
from gamenet.sockets.states import CHANGES

NOBODY = Connection(4_000_000_000)
"""A number that no connection of a test has."""
PATIENCE = 20.0
"""Seconds until a condition that must come true is given up: only a failing test waits that long."""


def wait_until(condition: Callable[[], object]) -> None:
    """Waits until `condition()`, without pumping; fails after `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {condition}"
        time.sleep(0.0005)


@dataclass
class Pumped:
    """A library that is pumped, with all that it told; connections that come in are accepted."""

    net: Sockets
    accepts: bool = True
    changes: list[ConnectionChange] = field(default_factory=list)
    accepted: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.net.on_connection_changed = self._changed

    def _changed(self, change: ConnectionChange) -> None:
        self.changes.append(change)
        assert (change.old_state, change.state) in CHANGES, change
        if self.accepts and change.listen_socket is not None and change.state is ConnectionState.CONNECTING:
            self.net.accept_connection(change.connection)
            self.accepted.append(change.connection)

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Pumps until `condition()`; fails after `PATIENCE`."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.net.run_callbacks()
            if condition():
                return
            assert time.monotonic() < deadline, f"waited in vain for {what or condition}; told: {self.changes}"
            time.sleep(0.0005)

    def told(self, connection: Connection, state: ConnectionState) -> ConnectionChange | None:
        """The change of `connection` to `state`, if it was told."""
        found = (each for each in self.changes if each.connection == connection and each.state is state)
        return next(found, None)

    def expect(self, connection: Connection, state: ConnectionState) -> ConnectionChange:
        """Pumps until that change was told."""
        self.until(lambda: self.told(connection, state), f"{connection} to become {state.name}")
        change = self.told(connection, state)
        assert change is not None
        return change

    def receive(self, connection: Connection, count: int) -> list[Message]:
        """Pumps until `count` messages have come on `connection`."""
        got: list[Message] = []

        def enough() -> bool:
            got.extend(self.net.receive_messages_on_connection(connection, 1000))
            return len(got) >= count

        self.until(enough, f"{count} messages")
        return got


@dataclass
class Pair(Pumped):
    """`client` is connected to `server`, over UDP on loopback, in one process."""

    client: Connection = NOBODY
    server: Connection = NOBODY
    listen: ListenSocket | None = None


def connect(net: Sockets, options: AnyOptions = None) -> Pair:
    """A connected pair; `options` are those of both ends."""
    pair = Pair(net)
    pair.listen = net.create_listen_socket_ip("127.0.0.1:0", options)
    pair.client = net.connect_by_ip_address(pair.listen.address, options)
    pair.expect(pair.client, ConnectionState.CONNECTED)
    pair.until(lambda: pair.accepted, "a connection to come in")
    pair.server = pair.accepted[0]
    pair.expect(pair.server, ConnectionState.CONNECTED)
    return pair
