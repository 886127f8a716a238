"""`gn.join("lan")`: a transport that first looks around on the local network and then connects as any other.

What the session dials is "lan"; once a game was found that is its address, and dialling again goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...session.transports import Failed, Farewell, Happening, Opened, Parcel, Received, Standing, Status, Transport
from .choosing import choose, why_none
from .looking import Looking

LOOK_PATIENCE: Final = 5.0
"""Seconds after which nothing was found: a host in another window may still be starting."""

_LOOKING: Final = -1
"""The number of an attempt that has no address yet; the other transport's numbers are positive."""


class LanTransport:
    """See `Transport` for what each word means."""

    def __init__(self, transport: Transport, looking: Looking, game: str) -> None:
        """
        Args:
            transport: what connects, once there is an address.
            game: name and version; a game of the same is sought.
        """
        self.patience = LOOK_PATIENCE + transport.patience
        self._transport, self._looking, self._game = transport, looking, game
        self._address = ""
        self._since: float | None = None
        self._sought = False
        self._found: int | None = None
        """The other transport's number of the attempt that began with looking."""

    def standing(self) -> Standing:
        return self._transport.standing()

    def listen(self, address: str) -> str:
        return self._transport.listen(address)

    def connect(self, address: str) -> int:
        if self._address:
            return self._transport.connect(self._address)
        self._sought = True
        return _LOOKING

    def poll(self, now: float) -> list[Happening]:
        failed = self._look(now) if self._sought else []
        return [*failed, *map(self._as_sought, self._transport.poll(now))]

    def _look(self, now: float) -> list[Happening]:
        """Go on looking; with a game found, begin to connect."""
        self._since = now if self._since is None else self._since
        self._looking.tend(now)
        sightings = self._looking.sightings
        chosen = choose(sightings, self._game)
        if chosen is not None:
            self._end_looking()
            self._address = f"{chosen.host}:{chosen.notice.port}"
            self._found = self._transport.connect(self._address)
        elif now - self._since >= LOOK_PATIENCE:
            self._end_looking()
            return [Failed(_LOOKING, why_none(sightings, self._game, self._looking.problem))]
        return []

    def _end_looking(self) -> None:
        self._sought = False
        self._looking.close()

    def _as_sought(self, happening: Happening) -> Happening:
        """The session knows that attempt by the number that it was given."""
        if isinstance(happening, Opened | Failed) and happening.attempt == self._found:
            return happening._replace(attempt=_LOOKING)
        return happening

    def shutdown(self) -> None:
        self._end_looking()
        self._transport.shutdown()

    # All else is the other transport's

    def open_group(self) -> int:
        return self._transport.open_group()

    def close_group(self, group: int) -> None:
        self._transport.close_group(group)

    def assign(self, connection: int, group: int) -> None:
        self._transport.assign(connection, group)

    def receive(self, group: int) -> Sequence[Received]:
        return self._transport.receive(group)

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        return self._transport.send(now, batch)

    def flush(self, connections: Sequence[int]) -> None:
        self._transport.flush(connections)

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        return self._transport.statuses(connections)

    def route(self, connection: int) -> str:
        return self._transport.route(connection)

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        self._transport.close(connection, farewell, why, linger=linger)
