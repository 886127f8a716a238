"""GameNetworkingSockets as a transport, over loopback: as any other, and its addresses."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

from gamenet.errors import AlreadyOpen, InvalidAddress
from gamenet.session.transports import Failed, Farewell, Lost, Opened, Status, Transport, gns, library
from gamenet.session.transports.gns import OPTIONS, GnsTransport, split_address
from gamenet.session.transports.over_library import status_of
from gamenet.sockets import ConnectionState, RealTimeStatus, Sockets
from gamenet.testing.conformance import Ground, TransportConformance, Yard


class Loopback:
    """Real time, real packets."""

    def transport(self) -> Transport:
        return GnsTransport(replace(OPTIONS, timeout_initial=500))

    def address(self) -> str:
        return "127.0.0.1:0"

    def nobody(self) -> str:
        return "127.0.0.1:9"

    def unknown(self) -> str:
        return "no-such-machine.invalid:27015"

    def step(self) -> float:
        time.sleep(0.001)
        return time.monotonic()

    def close(self) -> None:
        assert library.opened() is None, "the last transport closes the library"


class TestOverLoopback(TransportConformance):
    def ground(self) -> Ground:
        return Loopback()


@pytest.fixture
def yard() -> Yard:
    return Yard(Loopback())


def test_the_library_is_open_while_anyone_needs_it() -> None:
    first, second = GnsTransport(), GnsTransport()
    assert library.opened() is None
    first.listen("127.0.0.1:0")
    shared = library.opened()
    second.listen("127.0.0.1:0")
    assert library.opened() is shared is not None
    first.shutdown()
    assert library.opened() is shared and not shared.net.closed
    second.shutdown()
    assert library.opened() is None and shared.net.closed


def test_sockets_beside_a_session_are_refused_with_advice_in_either_order() -> None:
    with (
        Sockets(),
        pytest.raises(AlreadyOpen, match=r"sessions bring their own.*close yours before you open a session"),
    ):
        GnsTransport().listen("127.0.0.1:0")
    transport = GnsTransport()
    transport.listen("127.0.0.1:0")
    with pytest.raises(AlreadyOpen, match="open in this process already"):
        Sockets()
    transport.shutdown()
    Sockets().close()


def test_a_listen_that_fails_leaves_nothing_open() -> None:
    with pytest.raises(InvalidAddress):
        GnsTransport().listen("nowhere:x")
    assert library.opened() is None


def test_localhost_and_ipv6_reach_a_host_that_listens_everywhere(yard: Yard) -> None:
    server = yard.station()
    port = server.transport.listen(":0").rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]"):
        yard.connect(server, f"{host}:{port}")
    for station in yard.stations:
        station.transport.shutdown()


def test_a_name_with_two_addresses_gives_one_connection(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    server = yard.station()
    port = int(server.transport.listen(":0").rpartition(":")[2])
    found = [(10, 2, 17, "", ("::1", port, 0, 0)), (2, 2, 17, "", ("127.0.0.1", port))]
    monkeypatch.setattr(gns.socket, "getaddrinfo", lambda *args, **more: found)
    client = yard.station()
    client.transport.connect(f"host.example:{port}")
    yard.until(lambda: client.happenings(Opened) and server.happenings(Opened))
    (opened,) = client.happened
    yard.stations.remove(client)
    client.transport.shutdown()
    assert isinstance(opened, Opened) and opened.attempt == 1
    server.transport.shutdown()


def test_without_a_network_a_name_cannot_be_looked_up(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise gns.socket.gaierror(gns.socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(gns.socket, "getaddrinfo", refuse)
    client = yard.station()
    attempt = client.transport.connect("host.example")
    yard.until(lambda: client.happened)
    assert client.happened == [Failed(attempt, '"host.example" could not be looked up: is there a network?')]
    client.transport.shutdown()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1:5", ("192.0.2.1", 5)),
        ("192.0.2.1", ("192.0.2.1", 27015)),
        ("[2001:db8::7]:5", ("[2001:db8::7]", 5)),
        ("[::1]", ("[::1]", 27015)),
        ("play.example.org:5", ("play.example.org", 5)),
        (" localhost ", ("localhost", 27015)),
        ("münchen.example", ("münchen.example", 27015)),
    ],
)
def test_an_address_is_split_into_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


BAD = (
    "",
    ":5",
    "a:0",
    "a:b",
    "a:70000",
    "2001:db8::7",
    "[nonsense]:5",
    "300.1.1.1",
    "a b",
    "a..b",
    "x" * 300,
    "a/b:5",
    "[::1",
)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_shows_good_ones(text: str) -> None:
    with pytest.raises(InvalidAddress, match=r"is no address: write \"198.51.100.7:27015\""):
        split_address(text)


def test_to_listen_host_and_port_may_be_left_to_the_system() -> None:
    assert split_address(":0", wildcard=True) == ("[::]", 0)
    assert split_address(":27015", wildcard=True) == ("[::]", 27015)


def test_nothing_of_a_connection_is_received_before_it_was_told_that_it_opened(yard: Yard) -> None:
    """A client that speaks at once, while the library's own thread accepts: its words wait for `Opened`."""
    server, address = yard.listening()
    shared = library.opened()
    assert shared is not None
    for _ in range(60):
        connection = shared.net.connect_by_ip_address(address)
        shared.net.send_message_to_connection(connection, b"at once", 9)
    while len(server.received) < 60:
        server.happened += server.transport.poll(time.monotonic())
        told = {opened.connection for opened in server.happenings(Opened)}
        server.received += server.transport.receive(0)
        assert {each.connection for each in server.received} <= told
    server.transport.shutdown()


def test_what_a_lost_connection_delivered_is_received_even_if_another_session_polled_first(yard: Yard) -> None:
    server, address = yard.listening()
    client, near, far = yard.connect(server, address)
    other = yard.station()
    other.transport.listen("127.0.0.1:0")
    yard.stations.remove(server)
    yard.send(client, near, b"last words")
    client.transport.close(near, Farewell.GOODBYE, linger=True)
    shared = library.opened()
    assert shared is not None
    yard.until(lambda: server.transport._happenings)  # type: ignore[attr-defined]
    server.pump(yard.now)
    assert server.data(far) == [b"last words"] and server.happenings(Lost)
    for station in (server, client, other):
        station.transport.shutdown()


def test_a_frame_crosses_once_per_verb_whatever_the_number_of_peers(yard: Yard) -> None:
    from gamenet import _bridge
    from gamenet.channels import Channel
    from gamenet.session.transports import Parcel

    server, address = yard.listening()
    counts = []
    for peers in (1, 6):
        while len(server.happenings(Opened)) < peers:
            yard.connect(server, address)
        connections = [opened.connection for opened in server.happenings(Opened)]
        batch = [Parcel(c, channel, b"x") for c, channel in itertools.product(connections, Channel)]
        with _bridge.counting() as count:
            server.transport.poll(yard.now)
            server.transport.receive(0)
            server.transport.send(yard.now, batch)
            server.transport.flush(connections)
            server.transport.statuses(connections)
        counts.append(dict(count))
    for station in yard.stations:
        station.transport.shutdown()
    assert counts[0] == counts[1] and sum(counts[0].values()) == 5


@pytest.mark.parametrize(
    ("local", "remote", "loss"), [(-1, -1, 0.0), (0.75, -1, 0.25), (1.0, 0.5, 0.5), (0.75, 1.0, 0.25), (1.0, 1.0, 0.0)]
)
def test_loss_is_that_of_the_worse_direction_and_nothing_while_it_is_not_known(
    local: float, remote: float, loss: float
) -> None:
    row = RealTimeStatus(ConnectionState.CONNECTED, 0.05, 0.0, local, remote, 1, 2, 3, 4, 0.0, 5, 100, 20, 3)
    assert status_of(row) == Status(120, 23, loss)


def test_a_connection_that_is_gone_loses_nothing() -> None:
    assert status_of(RealTimeStatus(ConnectionState.NONE, *[0.0] * 9, 0, 0, 0, 0)) == Status(0, 0, 0.0)


def test_how_far_the_other_end_is_gets_known(yard: Yard) -> None:
    server, address = yard.listening()
    shared = library.opened()
    assert shared is not None
    shared.net.set_option("FakePacketLag_Send", 20)
    client, connection, _ = yard.connect(server, address)
    transport = client.transport
    assert isinstance(transport, GnsTransport)
    yard.until(lambda: transport.ping(connection) > 0)
    assert 0.02 <= transport.ping(connection) < 10.0
    for station in yard.stations:
        station.transport.shutdown()
    assert transport.ping(connection) == 0.0
