"""A UDP relay in the way of a connection, which counts packets and drops or changes those that a test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType

from typing_extensions import Self

Judge = Callable[[bytes], bool]
Change = Callable[[bytes], bytes]


class Relay:
    """Packets to `address` go to `port` as `changes(packet)` if `passes(packet)`, and answers back as they are.

    A `with` block ends its threads.
    """

    def __init__(self, port: int) -> None:
        self.sizes: list[int] = []
        """Bytes of each packet towards `port`, dropped ones too."""
        self.passes: Judge = lambda packet: True
        self.changes: Change = lambda packet: packet
        self._near = self._socket()
        self._far = self._socket()
        self._far.connect(("127.0.0.1", port))
        self._client: tuple[str, int] | None = None
        self._open = True
        self._threads = [threading.Thread(target=self._run, args=(way,)) for way in (self._there, self._back)]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.settimeout(0.05)
        return made

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._near.getsockname()[1]}"

    def _run(self, way: Callable[[], None]) -> None:
        while self._open:
            try:
                way()
            except (TimeoutError, ConnectionError):
                continue

    def _there(self) -> None:
        packet, self._client = self._near.recvfrom(65536)
        self.sizes.append(len(packet))
        if self.passes(packet):
            self._far.send(self.changes(packet))

    def _back(self) -> None:
        packet = self._far.recv(65536)
        if self._client is not None:
            self._near.sendto(packet, self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._open = False
        for thread in self._threads:
            thread.join()
        self._near.close()
        self._far.close()
