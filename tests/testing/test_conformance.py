"""The conformance test notices a transport that does not keep its word. (That it accepts good ones is seen where they
are tested: tests/session/transports.)"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gamenet.session.transports import Farewell, Parcel, Received, Transport
from gamenet.session.transports.memory import MemoryTransport, Network
from gamenet.testing.conformance import Ground, TransportConformance
from gamenet.testing.link import weather


class Reversed(MemoryTransport):
    def receive(self, group: int) -> Sequence[Received]:
        return list(reversed(super().receive(group)))


class Doubling(MemoryTransport):
    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        return super().send(now, [parcel for parcel in batch for _ in range(2)])


class OneGroup(MemoryTransport):
    def assign(self, connection: int, group: int) -> None: ...


class Silent(MemoryTransport):
    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        super().close(connection, farewell, "", linger=linger)


class Hasty(MemoryTransport):
    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        super().close(connection, farewell, why, linger=False)


class Field:
    def __init__(self, kind: type[MemoryTransport]) -> None:
        self.network, self.kind = Network(weather("fair", 1)), kind
        self.network.machines.add("machine")
        self.now = 0.0

    def transport(self) -> Transport:
        return self.kind(self.network, "machine")

    def address(self) -> str:
        return ":0"

    def nobody(self) -> str:
        return "machine:9"

    def unknown(self) -> str:
        return "unknown:9"

    def step(self) -> float:
        self.now += 1 / 60
        return self.now

    def close(self) -> None: ...


def run(kind: type[MemoryTransport], test: str) -> None:
    class Suite(TransportConformance):
        def ground(self) -> Ground:
            return Field(kind)

    suite = Suite()
    suite.setup_method()
    getattr(suite, test)()


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        (Reversed, "test_call_and_control_keep_one_order"),
        (Doubling, "test_reliable_messages_of_any_size_arrive_once_and_in_order"),
        (OneGroup, "test_connections_are_received_by_group"),
        (Silent, "test_a_farewell_arrives_with_its_words"),
        (Hasty, "test_with_linger_what_was_sent_is_delivered_first"),
    ],
)
def test_it_fails_for_a_transport_that_does_not_keep_its_word(kind: type[MemoryTransport], test: str) -> None:
    run(MemoryTransport, test)
    with pytest.raises((AssertionError, IndexError)):
        run(kind, test)
