"""Connections by identity, between transports of one process: they meet over loopback, and the test carries signals.

What needs two processes, as each has one identity, is in tests/loopback/test_p2p_transport.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from gamenet.errors import InvalidAddress
from gamenet.session import sentences
from gamenet.session.transports import Failed, calls, library
from gamenet.session.transports.cards import Card, address_of
from gamenet.session.transports.p2p import P2PTransport
from gamenet.sockets import Authority
from gamenet.testing.conformance import TransportConformance, Yard

Carries = Callable[[str, str, bytes], bool]
"""From, to, what: whether it is carried."""


class Room:
    """A ground where everybody has met everybody, and signals are carried at each step."""

    def __init__(self) -> None:
        self.authority = Authority.generate()
        self.members: list[P2PTransport] = []
        self.introduces = True
        self.carries: Carries = lambda sender, to, data: True

    def transport(self) -> P2PTransport:
        new = P2PTransport()
        certify(new, self.authority)
        if self.introduces:
            for other in self.members:
                other.meet(new.card)
                new.meet(other.card)
        self.members.append(new)
        return new

    def address(self) -> str:
        return ""

    def nobody(self) -> str:
        return "str:nobody/0"

    def unknown(self) -> str:
        return "str:unknown/0"

    def step(self) -> float:
        time.sleep(0.001)
        for sender in [each for each in self.members if each._library is not None]:
            for to, data in sender.signals():
                for member in self.members:
                    if member._library is not None and member.address == to and self.carries(sender.address, to, data):
                        member.receive_signal(sender.address, data)
        return time.monotonic()

    def close(self) -> None:
        assert library.opened() is None, "the last transport closes the library"


def certify(transport: P2PTransport, authority: Authority) -> None:
    request = transport.certificate_request()
    transport.certify(authority.root, authority.issue(request, identity=transport.identity))


class TestInOneRoom(TransportConformance):
    def ground(self) -> Room:
        return Room()

    def test_the_port_that_was_taken_is_told(self) -> None:
        station, address = self._yard.listening()
        assert address.startswith("str:") and address == address_of(station.transport.card)  # type: ignore[attr-defined]

    def test_a_malformed_address_raises_at_once_and_shows_a_good_one(self) -> None:
        transport = self._yard.station().transport
        for address in ("host:27015", "str:/0", "str:a/1", "nonsense"):
            for word in (transport.connect, transport.listen):
                with pytest.raises(InvalidAddress, match=f"{address!r}.*str:kqzwhbvd/0"):
                    word(address)

    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(calls, "ATTEMPT", 3.0)

    def test_nobody_there_is_a_sentence(self) -> None:
        client = self._yard.station()
        client.transport.meet(Card("str:nobody", 0, b"", 0))  # type: ignore[attr-defined]
        attempt = client.transport.connect(self._yard.ground.nobody())
        self._yard.until(lambda: client.happened)
        assert client.happened == [Failed(attempt, sentences.NO_SIGNALS)]

    def test_an_unknown_name_is_a_sentence(self) -> None:
        client = self._yard.station()
        attempt = client.transport.connect(self._yard.ground.unknown())
        self._yard.until(lambda: client.happened)
        assert client.happened == [Failed(attempt, sentences.NO_SIGNALS)]


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def yard(room: Room) -> Iterator[Yard]:
    yard = Yard(room)
    yield yard
    for station in yard.stations:
        station.transport.shutdown()
