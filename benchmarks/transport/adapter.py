"""The one shape that each Python transport is benched through."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

Peer = Hashable


class Adapter(Protocol):
    """One endpoint: `listen()` once, or `connect()` once or more. Nothing blocks but these two."""

    note: str
    """How the library is used, for the report."""

    def listen(self, port: int) -> None: ...

    def connect(self, port: int) -> Peer:
        """One more connection to 127.0.0.1, usable on return."""

    def poll(self) -> list[tuple[Peer, bytes]]:
        """Receives: what came since the last call."""

    def send(self, peer: Peer, data: bytes, reliable: bool) -> None: ...

    def flush(self) -> None:
        """Puts on the wire what `send` queued."""
