"""gamenet.sockets: one batch down and one up for each turn of the loop, encrypted as always."""

from __future__ import annotations

import time
from operator import itemgetter

from gamenet.sockets import Connection, ConnectionChange, ConnectionState, SendFlags, Sockets

from .adapter import Peer

WIDE = {
    "SendRateMin": 200_000_000,
    "SendRateMax": 200_000_000,
    "SendBufferSize": 16 << 20,
    "RecvBufferSize": 16 << 20,
    "RecvBufferMessages": 100_000,
}
"""Limits that a benchmark does not run into; the Rust side has the same."""


FLAGS = (int(SendFlags.UNRELIABLE_NO_NAGLE), int(SendFlags.RELIABLE_NO_NAGLE))
PEER_AND_DATA = itemgetter(0, 1)


class Gamenet:
    note = "one send_messages and one receive_batch per turn, encrypted"

    def __init__(self) -> None:
        self.net = Sockets()
        for name, value in WIDE.items():
            self.net.set_option(name, value)
        self.net.on_connection_changed = self._changed
        self.group = self.net.create_poll_group()
        self.up: set[Connection] = set()
        self.queue: list[tuple[Connection, bytes, int]] = []

    def _changed(self, change: ConnectionChange) -> None:
        if change.state is ConnectionState.CONNECTING and change.listen_socket is not None:
            self.net.accept_connection(change.connection)
            self.net.set_connection_poll_group(change.connection, self.group)
        elif change.state is ConnectionState.CONNECTED:
            self.up.add(change.connection)

    def listen(self, port: int) -> None:
        self.net.create_listen_socket_ip(f"127.0.0.1:{port}")

    def connect(self, port: int) -> Peer:
        connection = self.net.connect_by_ip_address(f"127.0.0.1:{port}")
        self.net.set_connection_poll_group(connection, self.group)
        while connection not in self.up:
            self.net.run_callbacks()
            time.sleep(0.0002)
        return connection

    def poll(self) -> list[tuple[Peer, bytes]]:
        self.net.run_callbacks()
        return list(map(PEER_AND_DATA, self.net.receive_batch(self.group).rows()))

    def send(self, peer: Peer, data: bytes, reliable: bool) -> None:
        self.queue.append((peer, data, FLAGS[reliable]))  # type: ignore[arg-type]

    def flush(self) -> None:
        self.net.send_messages(self.queue)
        self.queue.clear()
