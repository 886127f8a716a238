"""What every transport does, as a class of tests: a third transport inherits it and is held to the same behaviour.

    class TestMine(TransportConformance):
        def ground(self) -> Ground:
            return MyGround()

Only the ground differs: how a transport is made, where one can listen, and how time passes. The tests wait for
conditions, never for times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import pytest

from ..channels import Channel
from ..errors import AddressInUse, InvalidAddress
from ..session.transports import Failed, Farewell, Happening, Lost, Opened, Parcel, Received, Status, Transport

H = TypeVar("H", Opened, Failed, Lost)


class Ground(Protocol):
    """Where transports are tried."""

    def transport(self) -> Transport:
        """A new one."""

    def address(self) -> str:
        """Where the next transport can listen: with port 0 where the transport chooses ports."""

    def nobody(self) -> str:
        """An address that could be reached, where nobody listens."""

    def unknown(self) -> str:
        """An address whose host's name means nothing."""

    def step(self) -> float:
        """Let a little time pass. Returns the moment."""

    def close(self) -> None:
        """The test is over."""


class Station:
    """A transport that is pumped, and what came of it."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.groups = [0]
        self.happened: list[Happening] = []
        self.received: list[Received] = []

    def pump(self, now: float) -> None:
        self.happened += self.transport.poll(now)
        for group in self.groups:
            self.received += self.transport.receive(group)

    def happenings(self, kind: type[H]) -> list[H]:
        return [each for each in self.happened if isinstance(each, kind)]

    def data(self, connection: int) -> list[bytes]:
        return [each.data for each in self.received if each.connection == connection]

    def rests(self, connection: int) -> bool:
        """Whether nothing of the connection is on its way, or it has ended."""
        (status,) = self.transport.statuses([connection])
        return (status.pending, status.unacknowledged) == (0, 0)


class Yard:
    """A ground with its stations."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.stations: list[Station] = []
        self.now = ground.step()

    def station(self) -> Station:
        self.stations.append(Station(self.ground.transport()))
        return self.stations[-1]

    def step(self) -> None:
        self.now = self.ground.step()
        for station in self.stations:
            station.pump(self.now)

    def until(self, condition: Callable[[], object], steps: int = 20_000) -> None:
        """Step until it holds."""
        for _ in range(steps):
            if condition():
                return
            self.step()
        happened = [station.happened for station in self.stations]
        raise AssertionError(f"it did not come to that; happened: {happened}")

    def listening(self) -> tuple[Station, str]:
        station = self.station()
        return station, station.transport.listen(self.ground.address())

    def connect(self, server: Station, address: str) -> tuple[Station, int, int]:
        """A client, its connection, and the server's end of it."""
        client = self.station()
        before = len(server.happenings(Opened))
        client.transport.connect(address)
        self.until(lambda: client.happenings(Opened) and len(server.happenings(Opened)) > before)
        return client, client.happenings(Opened)[0].connection, server.happenings(Opened)[-1].connection

    def pair(self) -> tuple[Station, int, Station, int]:
        """A server and a client with their ends of one connection."""
        server, address = self.listening()
        client, near, far = self.connect(server, address)
        return server, far, client, near

    def send(self, station: Station, connection: int, data: bytes, channel: Channel = Channel.CALL) -> list[int]:
        refused = station.transport.send(self.now, [Parcel(connection, channel, data)])
        station.transport.flush([connection])
        return refused


class TransportConformance:
    """Inherit it, say the ground, and pytest runs the tests below."""

    def ground(self) -> Ground:
        raise NotImplementedError("return the ground on which your transport is tried")

    _yard: Yard

    def setup_method(self) -> None:
        self._yard = Yard(self.ground())

    def teardown_method(self) -> None:
        for station in self._yard.stations:
            station.transport.shutdown()
        self._yard.ground.close()

    # Opening

    def test_a_connection_opens_at_both_ends_and_names_the_attempt(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        client = yard.station()
        attempt = client.transport.connect(address)
        yard.until(lambda: server.happened and client.happened)
        (here,), (there,) = client.happened, server.happened
        assert isinstance(here, Opened) and isinstance(there, Opened)
        assert here.attempt == attempt != 0 and there.attempt == 0
        assert here.connection and there.connection and there.address

    def test_many_clients_connect_to_one_server(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        clients = [yard.station() for _ in range(5)]
        for client in clients:
            client.transport.connect(address)
        yard.until(lambda: len(server.happenings(Opened)) == 5 and all(client.happened for client in clients))
        assert len({opened.connection for opened in server.happenings(Opened)}) == 5

    def test_the_port_that_was_taken_is_told(self) -> None:
        _, address = self._yard.listening()
        assert int(address.rpartition(":")[2]) > 0

    def test_a_port_in_use_raises(self) -> None:
        _, address = self._yard.listening()
        second = self._yard.station().transport
        with pytest.raises(AddressInUse, match=address.rpartition(":")[2]):
            second.listen(address)

    def test_a_malformed_address_raises_at_once_and_shows_a_good_one(self) -> None:
        transport = self._yard.station().transport
        for address in ("host:many", "host:99999", "host:", "a host:1", "host:-1"):
            for word in (transport.connect, transport.listen):
                with pytest.raises(InvalidAddress, match=f"{address!r}.*:27015"):
                    word(address)

    def test_nobody_there_is_a_sentence(self) -> None:
        client = self._yard.station()
        attempt = client.transport.connect(self._yard.ground.nobody())
        self._yard.until(lambda: client.happened)
        (failed,) = client.happened
        assert isinstance(failed, Failed) and failed.attempt == attempt
        assert failed.reason.startswith(f"Nobody answered at {self._yard.ground.nobody()}")

    def test_an_unknown_name_is_a_sentence(self) -> None:
        client, address = self._yard.station(), self._yard.ground.unknown()
        attempt = client.transport.connect(address)
        self._yard.until(lambda: client.happened)
        (failed,) = client.happened
        assert isinstance(failed, Failed) and failed.attempt == attempt
        assert f'"{address.rpartition(":")[0]}"' in failed.reason

    # Messages

    def test_reliable_messages_of_any_size_arrive_once_and_in_order(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        sizes = (0, 1, 100, 1200, 1201, 5000, 300_000, 3)
        sent = [index.to_bytes(2, "big") + bytes(size) for index, size in enumerate(sizes)]
        for station, connection in ((client, near), (server, far)):
            parcels = [Parcel(connection, Channel.CALL, data) for data in sent]
            assert station.transport.send(yard.now, parcels) == []
            station.transport.flush([connection])
        yard.until(lambda: len(server.data(far)) == len(client.data(near)) == len(sent))
        assert server.data(far) == client.data(near) == sent

    def test_call_and_control_keep_one_order(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        channels = [Channel.CALL, Channel.CONTROL, Channel.CONTROL, Channel.CALL] * 25
        batch = [Parcel(near, channel, bytes([index])) for index, channel in enumerate(channels)]
        client.transport.send(yard.now, batch)
        client.transport.flush([near])
        yard.until(lambda: len(server.data(far)) == 100)
        assert server.data(far) == [bytes([index]) for index in range(100)]

    def test_unreliable_messages_arrive_with_their_moment(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        before = yard.now
        for channel in (Channel.VALUES, Channel.INPUT):
            assert client.transport.send(yard.now, [Parcel(near, channel, bytes([channel]) * 1000)]) == []
        yard.until(lambda: len(server.received) == 2)
        assert sorted(server.data(far)) == [bytes([0]) * 1000, bytes([1]) * 1000]
        assert all(before <= each.received_at <= yard.now for each in server.received)

    def test_an_empty_batch_and_an_empty_flush_are_nothing(self) -> None:
        _, _, client, _ = self._yard.pair()
        assert client.transport.send(self._yard.now, []) == []
        client.transport.flush([])
        assert client.transport.statuses([]) == []

    def test_what_cannot_be_sent_is_told_by_its_index_and_stops_nobody_else(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        gone = 1 if near != 1 else 2
        parcels = [Parcel(gone, Channel.CALL, b"x"), Parcel(near, Channel.CALL, b"y"), Parcel(gone, Channel.CALL, b"z")]
        assert client.transport.send(yard.now, parcels) == [0, 2]
        yard.until(lambda: server.received)
        assert server.data(far) == [b"y"]

    def test_a_full_buffer_refuses_and_loses_no_order(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        batch = [Parcel(near, Channel.CALL, bytes([index]) + bytes(200_000)) for index in range(20)]
        refused = client.transport.send(yard.now, batch)
        assert refused == list(range(20 - len(refused), 20)) and 0 < len(refused) < 20
        client.transport.flush([near])
        yard.until(lambda: len(server.data(far)) == 20 - len(refused))
        assert [data[0] for data in server.data(far)] == list(range(20 - len(refused)))

    def test_statuses_fall_to_zero_when_all_has_arrived(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        yard.send(client, near, bytes(100_000))
        assert client.transport.statuses([near])[0].unacknowledged >= 100_000
        yard.until(lambda: client.rests(near))
        assert server.data(far) == [bytes(100_000)]

    def test_one_hears_its_own_connections_only(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        ada, near_a, far_a = yard.connect(server, address)
        bob, near_b, far_b = yard.connect(server, address)
        yard.send(ada, near_a, b"ada")
        yard.send(server, far_b, b"to bob")
        yard.until(lambda: server.received and bob.received)
        assert server.data(far_a) == [b"ada"] and bob.data(near_b) == [b"to bob"]
        assert ada.received == [] and len(ada.happened) == len(bob.happened) == 1

    # Groups

    def test_connections_are_received_by_group(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        ada, near_a, far_a = yard.connect(server, address)
        bob, near_b, far_b = yard.connect(server, address)
        arena = server.transport.open_group()
        server.transport.assign(far_b, arena)
        yard.send(ada, near_a, b"ada")
        yard.send(bob, near_b, b"bob")
        yard.until(lambda: server.received)
        assert server.data(far_a) == [b"ada"] and server.data(far_b) == []
        server.groups.append(arena)
        yard.until(lambda: server.data(far_b))
        assert server.data(far_b) == [b"bob"]

    def test_what_waits_moves_with_its_connection(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        server.groups.clear()
        yard.send(client, near, b"waits")
        yard.until(lambda: client.rests(near))
        arena = server.transport.open_group()
        server.transport.assign(far, arena)
        assert [each.data for each in server.transport.receive(0)] == []
        assert [each.data for each in server.transport.receive(arena)] == [b"waits"]
        server.transport.assign(far, 0)
        server.transport.close_group(arena)
        yard.send(client, near, b"again")
        server.groups.append(0)
        yard.until(lambda: server.received)

    # Ending

    def test_a_farewell_arrives_with_its_words(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        for farewell in Farewell:
            client, near, far = yard.connect(server, address)
            client.transport.close(near, farewell, f"words of {farewell.name}")
            yard.until(lambda far=far: any(lost.connection == far for lost in server.happenings(Lost)))  # type: ignore[misc]
            assert server.happenings(Lost)[-1] == Lost(far, farewell, f"words of {farewell.name}")
            assert client.happenings(Lost) == []

    def test_long_words_are_cut_between_characters(self) -> None:
        server, far, client, near = self._yard.pair()
        client.transport.close(near, Farewell.GOODBYE, "ä" * 500)
        self._yard.until(lambda: server.happenings(Lost))
        (lost,) = server.happenings(Lost)
        assert lost.connection == far and set(lost.reason) == {"ä"} and 55 <= len(lost.reason) <= 70

    def test_with_linger_what_was_sent_is_delivered_first(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        yard.send(client, near, bytes(300_000))
        yard.send(client, near, b"last words")
        client.transport.close(near, Farewell.REFUSED, "full", linger=True)
        yard.until(lambda: server.happenings(Lost))
        assert server.data(far) == [bytes(300_000), b"last words"]
        assert server.happenings(Lost) == [Lost(far, Farewell.REFUSED, "full")]

    def test_after_closing_nothing_is_received_or_sent(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        yard.send(server, far, b"too late")
        yard.until(lambda: server.rests(far) or client.received)
        client.received.clear()
        client.transport.close(near, Farewell.GOODBYE)
        client.transport.close(near, Farewell.GOODBYE)
        assert yard.send(client, near, b"x") == [0]
        yard.until(lambda: server.happenings(Lost))
        assert client.received == [] and client.transport.statuses([near]) == [Status(0, 0)]

    def test_shutting_down_says_goodbye_and_delivers_what_was_sent(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        client, near, far = yard.connect(server, address)
        yard.send(client, near, b"last words")
        client.transport.shutdown()
        yard.until(lambda: server.happenings(Lost))
        assert server.data(far) == [b"last words"]
        assert server.happenings(Lost)[0].farewell is Farewell.GOODBYE

    def test_a_server_that_shuts_down_says_goodbye_to_all_and_frees_its_port(self) -> None:
        yard = self._yard
        server, address = yard.listening()
        clients = [yard.connect(server, address)[0] for _ in range(3)]
        server.transport.shutdown()
        yard.until(lambda: all(client.happenings(Lost) for client in clients))
        assert {client.happenings(Lost)[0].farewell for client in clients} == {Farewell.GOODBYE}
        assert yard.station().transport.listen(address) == address

    def test_after_shutdown_every_word_is_harmless(self) -> None:
        yard = self._yard
        server, far, client, near = yard.pair()
        client.transport.shutdown()
        client.transport.shutdown()
        assert client.transport.poll(yard.now) == [] and list(client.transport.receive(0)) == []
        assert client.transport.send(yard.now, [Parcel(near, Channel.CALL, b"x")]) == [0]
        client.transport.flush([near])
        client.transport.close(near, Farewell.GOODBYE)
        assert client.transport.statuses([near]) == [Status(0, 0)]
        yard.until(lambda: server.happenings(Lost))
        assert server.happenings(Lost)[0].connection == far
