"""A bare UDP socket: one datagram for each message, no handshake, nothing reliable, nothing encrypted."""

from __future__ import annotations

import socket

from .adapter import Peer

BUFFER = 8 << 20
"""Bytes that the system is asked to keep for a socket; it grants what it grants anybody."""


class Udp:
    note = "one datagram for each message through Python's socket, unreliable whatever is asked, not encrypted"

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.homes: dict[Peer, socket.socket] = {}
        self.port = 0
        self.serving = False

    def _open(self, port: int) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        made.bind(("127.0.0.1", port))
        made.setblocking(False)
        self.sockets.append(made)
        return made

    def listen(self, port: int) -> None:
        self.serving = True
        self._open(port)

    def connect(self, port: int) -> Peer:
        """Nothing is asked for: the server knows a peer by the first datagram that it sends."""
        made = self._open(0)
        made.connect(("127.0.0.1", port))
        self.homes[made.fileno()] = made
        return made.fileno()

    def poll(self) -> list[tuple[Peer, bytes]]:
        got: list[tuple[Peer, bytes]] = []
        for made in self.sockets:
            try:
                while True:
                    data, address = made.recvfrom(2048)
                    got.append((address if self.serving else made.fileno(), data))
            except BlockingIOError:
                pass
        return got

    def send(self, peer: Peer, data: bytes, reliable: bool) -> None:
        try:
            if self.serving:
                self.sockets[0].sendto(data, peer)  # type: ignore[arg-type]
            else:
                self.homes[peer].send(data)
        except BlockingIOError:
            pass  # the system's buffer is full: a datagram that is lost

    def flush(self) -> None:
        """Everything left already."""
