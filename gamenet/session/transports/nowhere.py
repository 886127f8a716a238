"""The transport of a session that reaches nobody: one player alone, or a way that does not exist."""

from __future__ import annotations

from collections.abc import Sequence

from . import Failed, Farewell, Happening, Parcel, Received, Standing, Status


class Nowhere:
    """Nobody comes; who goes out fails with a sentence."""

    patience: float = 10.0

    def __init__(self, reason: str = "") -> None:
        self._reason = reason
        self._failed: list[Happening] = []
        self._attempts = 0

    def standing(self) -> Standing:
        return Standing()

    def listen(self, address: str) -> str:
        return ""

    def connect(self, address: str) -> int:
        self._attempts += 1
        self._failed.append(Failed(self._attempts, self._reason))
        return self._attempts

    def poll(self, now: float) -> list[Happening]:
        failed, self._failed = self._failed, []
        return failed

    def open_group(self) -> int:
        return 0

    def close_group(self, group: int) -> None: ...

    def assign(self, connection: int, group: int) -> None: ...

    def receive(self, group: int) -> list[Received]:
        return []

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        return []

    def flush(self, connections: Sequence[int]) -> None: ...

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        return [Status(0, 0) for _ in connections]

    def route(self, connection: int) -> str:
        return ""

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None: ...

    def shutdown(self) -> None: ...
