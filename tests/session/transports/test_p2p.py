"""Connections by identity, between transports of one process: they meet over loopback, and the test carries signals.

What needs two processes, as each has one identity, is in tests/loopback/test_p2p_transport.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from gamenet.errors import AddressInUse, InvalidAddress, InvalidCertificate
from gamenet.session import sentences
from gamenet.session.transports import Failed, Farewell, Lost, Opened, library
from gamenet.session.transports.cards import Card, address_of
from gamenet.session.transports.gns import GnsTransport
from gamenet.session.transports.p2p import P2PTransport
from gamenet.sockets import Authority
from gamenet.testing.conformance import Station, TransportConformance, Yard

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
        new = P2PTransport({"TimeoutInitial": 3000})
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

    def test_a_server_that_shuts_down_says_goodbye_to_all_and_frees_its_port(self) -> None:
        """Free, but not given to the next at once: those who knew the last one there may still take it for that."""
        yard = self._yard
        server, address = yard.listening()
        clients = [yard.connect(server, address)[0] for _ in range(3)]
        server.transport.shutdown()
        yard.until(lambda: all(client.happenings(Lost) for client in clients))
        assert {client.happenings(Lost)[0].farewell for client in clients} == {Farewell.GOODBYE}
        shared = library.opened()
        assert shared is not None and int(address.rpartition("/")[2]) not in shared.ports
        assert yard.station().transport.listen("") not in (address, *(each.transport.listen("") for each in clients))

    def test_a_malformed_address_raises_at_once_and_shows_a_good_one(self) -> None:
        transport = self._yard.station().transport
        for address in ("host:27015", "str:/0", "str:a/1", "nonsense"):
            for word in (transport.connect, transport.listen):
                with pytest.raises(InvalidAddress, match=f"{address!r}.*str:kqzwhbvd/0"):
                    word(address)

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


class Member:
    """A station in the room."""

    def __init__(self, station: Station) -> None:
        assert isinstance(station.transport, P2PTransport)
        self.station, self.transport = station, station.transport

    @property
    def opened(self) -> Opened:
        return self.station.happenings(Opened)[-1]


def two(yard: Yard) -> tuple[Member, Member]:
    """The one who calls, and the other one."""
    here, there = sorted((Member(yard.station()), Member(yard.station())), key=lambda member: member.transport.address)
    return here, there


def test_both_at_once_is_one_connection_that_answers_both_attempts(yard: Yard) -> None:
    here, there = two(yard)
    attempts = here.transport.connect(there.transport.address), there.transport.connect(here.transport.address)
    yard.until(lambda: here.station.happened and there.station.happened)
    assert [member.opened.attempt for member in (here, there)] == list(attempts)
    assert here.opened.address == there.transport.address and there.opened.address == here.transport.address
    yard.send(there.station, there.opened.connection, b"to you")
    yard.until(lambda: here.station.received)
    assert here.station.data(here.opened.connection) == [b"to you"]


def test_who_is_met_late_is_connected_to_then(room: Room, yard: Yard) -> None:
    room.introduces = False
    here, there = two(yard)
    attempt = here.transport.connect(there.transport.address)
    for _ in range(50):
        yard.step()
    assert here.station.happened == [] and here.transport.how(attempt) == "signals"
    here.transport.meet(there.transport.card)
    there.transport.meet(here.transport.card)
    yard.until(lambda: here.station.happened and there.station.happened)
    assert here.opened.attempt == attempt and here.transport.how(attempt) == ""


def test_whom_we_did_not_meet_is_closed_unheard_and_counted(room: Room, yard: Yard) -> None:
    room.introduces = False
    here, there = two(yard)
    here.transport.meet(there.transport.card)
    here.transport.connect(there.transport.address)
    yard.until(lambda: there.transport.counters["stranger"])
    assert there.station.happened == here.station.happened == []


def test_signals_of_those_we_did_not_meet_and_nonsense_are_counted(yard: Yard) -> None:
    here, there = two(yard)
    here.transport.receive_signal("str:eve/0", b"\x00knock")
    assert here.transport.counters["signals of strangers"] == 1
    here.transport.receive_signal(there.transport.address, b"nonsense")
    here.transport.receive_signal(there.transport.address, b"")
    assert here.transport.counters["bad signal"] == 2
    here.transport.receive_signal(there.transport.address, b"\x00nonsense")
    yard.step()
    assert here.station.happened == []


def test_who_parts_is_no_longer_sought(room: Room, yard: Yard) -> None:
    here, there = two(yard)
    room.carries = lambda sender, to, data: False
    attempt = there.transport.connect(here.transport.address)
    there.transport.part(here.transport.card)
    yard.step()
    assert there.station.happened == [Failed(attempt, sentences.WENT_AWAY)]


def test_parting_leaves_what_is_open_and_a_new_meeting_begins_anew(yard: Yard) -> None:
    here, there = two(yard)
    here.transport.connect(there.transport.address)
    yard.until(lambda: here.station.happened and there.station.happened)
    for one, other in ((here, there), (there, here)):
        one.transport.part(other.transport.card)
        one.transport.meet(other.transport.card)
    yard.send(here.station, here.opened.connection, b"still")
    yard.until(lambda: there.station.received)
    attempt = there.transport.connect(here.transport.address)
    yard.until(lambda: len(there.station.happened) > 1 and len(here.station.happened) > 1)
    assert there.opened.attempt == attempt


def test_a_card_that_is_none_is_counted(yard: Yard) -> None:
    here, _ = two(yard)
    for card in (Card("ip:1.2.3.4", 0, b"", 0), Card("str:a", 1, b"", 0), here.transport.card):
        here.transport.meet(card)
    assert here.transport.counters["bad card"] == 3


def test_first_words_that_are_none_close_the_connection(yard: Yard) -> None:
    """Somebody whom we met, with a good certificate, who does not say who it is: here, over loopback."""
    _, there = two(yard)
    shared = library.opened()
    assert shared is not None
    raw = shared.net.connect_by_ip_address(f"127.0.0.1:{there.transport.card.local}", {"IP_AllowWithoutAuth": 0})
    for _ in range(200):
        yard.step()
        shared.net.send_message_to_connection(raw, b"let me in", 9)
        if there.transport.counters["first words"]:
            break
    assert there.transport.counters["first words"] == 1 and there.station.happened == []
    shared.net.close_connection(raw)


def test_two_transports_of_a_process_have_one_identity_and_addresses_of_their_own(yard: Yard) -> None:
    here, there = two(yard)
    assert here.transport.identity == there.transport.identity
    assert here.transport.listen("") == here.transport.listen(":0") == here.transport.listen(here.transport.address)
    with pytest.raises(AddressInUse):
        here.transport.listen(there.transport.address)
    with pytest.raises(InvalidAddress, match="cannot be chosen"):
        here.transport.listen("str:eve/0")
    with pytest.raises(InvalidAddress, match="our own address"):
        here.transport.connect(here.transport.address)


def test_a_certificate_that_is_none_raises(room: Room) -> None:
    transport = P2PTransport()
    with pytest.raises(InvalidCertificate):
        transport.certify(room.authority.root, b"none")
    with pytest.raises(InvalidCertificate):
        transport.certify("no root", b"none")
    assert transport.card.local == 0
    transport.shutdown()


def test_one_after_the_other_may_have_certificates_of_different_authorities() -> None:
    rooms, keeper = (Room(), Room()), GnsTransport()
    keeper.listen("127.0.0.1:0")  # the library stays open, with one identity
    for room in rooms:
        yard = Yard(room)
        here, there = two(yard)
        here.transport.connect(there.transport.address)
        yard.until(lambda: here.station.happened and there.station.happened)  # noqa: B023
        assert here.opened.address == there.transport.address
        for station in yard.stations:
            station.transport.shutdown()
    keeper.shutdown()


def test_its_card_is_whole_once_it_is_certified(room: Room) -> None:
    transport = P2PTransport()
    before = transport.card
    certify(transport, room.authority)
    assert (before.identity, before.port) == (transport.card.identity, transport.card.port)
    assert before.local == 0 and transport.card.local and transport.card.machine
    certify(transport, room.authority)
    transport.shutdown()


def test_nothing_of_a_connection_is_received_before_it_was_told(yard: Yard) -> None:
    """The caller speaks as soon as it may; in no frame of the other one's is a message ahead of its `Opened`."""
    here, there = two(yard)
    here.transport.connect(there.transport.address)
    yard.until(lambda: here.station.happened)
    yard.send(here.station, here.opened.connection, b"at once")
    while not there.station.received:
        there.station.happened += there.transport.poll(yard.ground.step())
        told = {opened.connection for opened in there.station.happenings(Opened)}
        there.station.received += there.transport.receive(0)
        assert {each.connection for each in there.station.received} <= told


def test_goodbyes_are_told_to_who_knows_the_peer_even_after_the_end(room: Room, yard: Yard) -> None:
    here, there = two(yard)
    here.transport.connect(there.transport.address)
    yard.until(lambda: here.station.happened and there.station.happened)
    here.transport.shutdown()
    assert here.transport.signals() == []  # over loopback the goodbye needs none
    yard.until(lambda: there.station.happenings(Lost))


def test_who_goes_away_while_servers_are_looked_up_is_not_answered(yard: Yard) -> None:
    _, there = two(yard)
    there.transport._servers._asked += 1
    shared = library.opened()
    assert shared is not None
    raw = shared.net.connect_by_ip_address(f"127.0.0.1:{there.transport.card.local}", {"IP_AllowWithoutAuth": 0})
    for _ in range(100):
        yard.step()
        if there.transport._waiting:
            break
    assert there.transport._waiting
    shared.net.close_connection(raw)
    for _ in range(100):
        yard.step()
        if not there.transport._waiting:
            break
    assert there.transport._waiting == {}
    there.transport._servers._asked -= 1
    yard.step()
    assert there.transport._knocks == {} and there.station.happened == []


def test_who_connects_and_says_nothing_does_not_stay(yard: Yard) -> None:
    _, there = two(yard)
    shared = library.opened()
    assert shared is not None
    options = {"IP_AllowWithoutAuth": 0}
    raw = shared.net.connect_by_ip_address(f"127.0.0.1:{there.transport.card.local}", options)
    for _ in range(200):
        yard.step()
        if any(knock.up for knock in there.transport._knocks.values()):
            break
    assert there.transport._knocks
    there.transport.poll(yard.ground.step() + 60)
    assert there.transport._knocks == {} and there.station.happened == []
    shared.net.close_connection(raw)


def test_a_way_over_loopback_that_leads_nowhere_is_replaced_by_one_other(room: Room, yard: Yard) -> None:
    here, there = two(yard)
    room.carries = lambda sender, to, data: False
    here.transport.part(there.transport.card)
    here.transport.meet(there.transport.card._replace(local=9))
    here.transport.connect(there.transport.address)
    now = yard.ground.step()
    for moment in (0.0, 0.1, 1.2, 1.5, 1.8):
        here.transport.poll(now + moment)
    assert len(here.transport._dials) == len(here.transport._far) == 1
