"""What leaves in a pump: one batch, one flush, and then the connections that are to be closed after it."""

from __future__ import annotations

from collections.abc import Iterable

from ..channels import Channel
from ..session.transports import Farewell, Parcel, Transport
from .messages import FROM_SERVICE, FromService


class Mail:
    """Messages to connections, until `ship`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._batch: list[Parcel] = []
        self._parting: dict[int, tuple[Farewell, str]] = {}

    def tell(self, connection: int, message: FromService) -> None:
        self.tell_all((connection,), message)

    def tell_all(self, connections: Iterable[int], message: FromService) -> None:
        """The same to each: encoded once."""
        data = FROM_SERVICE.encode(message)
        self._batch += [Parcel(connection, Channel.CONTROL, data) for connection in connections]

    def part(self, connection: int, farewell: Farewell, why: str) -> None:
        """Close it, after what it was told."""
        self._parting[connection] = farewell, why

    def ship(self, now: float) -> list[int]:
        """Send everything.

        Returns:
            Connections that did not take theirs, in order: so much already waits for them.
        """
        batch, self._batch = self._batch, []
        parting, self._parting = self._parting, {}
        refused = self._transport.send(now, batch) if batch else []
        self._transport.flush(list(dict.fromkeys(parcel.connection for parcel in batch)))
        for connection, (farewell, why) in parting.items():
            self._transport.close(connection, farewell, why, linger=True)
        return [each for each in dict.fromkeys(batch[index].connection for index in refused) if each not in parting]
