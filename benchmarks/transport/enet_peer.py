"""pyenet: reliable on channel 0, unreliable (sequenced, as is ENet's default) on channel 1, not encrypted."""

from __future__ import annotations

from typing import Any

import enet

from .adapter import Peer


class Enet:
    note = "its defaults, its own packet throttle; one service() and check_events() per turn, not encrypted"

    def __init__(self) -> None:
        self.hosts: list[Any] = []
        self.peers: dict[Peer, Any] = {}
        self.serving = False

    def listen(self, port: int) -> None:
        self.serving = True
        self.hosts = [enet.Host(enet.Address(b"127.0.0.1", port), 1000, 2, 0, 0)]

    def connect(self, port: int) -> Peer:
        host = enet.Host(None, 1, 2, 0, 0)
        peer = host.connect(enet.Address(b"127.0.0.1", port), 2)
        for _ in range(1000):
            if host.service(10).type == enet.EVENT_TYPE_CONNECT:
                self.hosts.append(host)
                self.peers[len(self.hosts)] = peer
                return len(self.hosts)
        raise TimeoutError("pyenet does not connect")

    def poll(self) -> list[tuple[Peer, bytes]]:
        got: list[tuple[Peer, bytes]] = []
        for number, host in enumerate(self.hosts, 1):
            event = host.service(0)
            while event is not None and event.type:
                key = event.peer.incomingPeerID if self.serving else number
                if event.type == enet.EVENT_TYPE_RECEIVE:
                    got.append((key, event.packet.data))
                elif event.type == enet.EVENT_TYPE_CONNECT:
                    self.peers[key] = event.peer
                event = host.check_events()
        return got

    def send(self, peer: Peer, data: bytes, reliable: bool) -> None:
        if reliable:
            self.peers[peer].send(0, enet.Packet(data, enet.PACKET_FLAG_RELIABLE))
        else:
            self.peers[peer].send(1, enet.Packet(data, 0))

    def flush(self) -> None:
        for host in self.hosts:
            host.flush()
