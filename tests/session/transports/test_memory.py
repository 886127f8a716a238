"""The network in memory: a transport as any other, and what only it can: weather, plugs, virtual time."""

from __future__ import annotations

import pytest

from gamenet.channels import Channel
from gamenet.errors import AddressInUse
from gamenet.session.transports import Lost, Parcel, Transport
from gamenet.session.transports.memory import TIMEOUT, Network
from gamenet.testing.conformance import Ground, TransportConformance, Yard
from gamenet.testing.link import Link, weather


class MemoryGround:
    """Processes on one machine, on virtual time."""

    def __init__(self, link: Link | str = "perfect", seed: int = 1, *, apart: bool = False) -> None:
        """`apart`: each on a machine of its own, 10.0.0.1 and so on."""
        self.network = Network(weather(link, seed))
        self._machine = "" if apart else "machine"
        self._now = 0.0

    def transport(self) -> Transport:
        return self.network.transport(self._machine)

    def address(self) -> str:
        return ":0"

    def nobody(self) -> str:
        return "machine:27099"

    def unknown(self) -> str:
        return "no-such-machine:27015"

    def step(self) -> float:
        self._now += 1 / 60
        return self._now

    def close(self) -> None: ...


class TestInPerfectWeather(TransportConformance):
    def ground(self) -> Ground:
        return MemoryGround()


class TestInPoorWeather(TransportConformance):
    """All of it holds in any weather, except that unreliable messages may be lost or come twice."""

    def ground(self) -> Ground:
        return MemoryGround("poor")

    test_unreliable_messages_arrive_with_their_moment = None  # type: ignore[assignment]


class TestWhereMessagesComeInAnotherOrder(TransportConformance):
    def ground(self) -> Ground:
        return MemoryGround(Link(lag_ms=30, jitter_ms=20, reorder=30, duplicate=10))

    test_unreliable_messages_arrive_with_their_moment = None  # type: ignore[assignment]


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    def run(seed: int) -> list[tuple[bytes, float]]:
        yard = Yard(MemoryGround("fair", seed))
        server, _, client, near = yard.pair()
        for number in range(200):
            client.transport.send(yard.now, [Parcel(near, Channel.VALUES, bytes([number]))])
            yard.step()
        return [(each.data, each.received_at) for each in server.received]

    assert run(1) == run(1) != run(2)


def test_a_message_arrives_at_its_moment_however_late_it_is_pumped() -> None:
    yard = Yard(MemoryGround(Link(lag_ms=25)))
    server, _, client, near = yard.pair()
    sent = yard.now
    client.transport.send(sent, [Parcel(near, Channel.VALUES, b"x")])
    server.transport.poll(sent + 3)
    (message,) = server.transport.receive(0)
    assert message.received_at == pytest.approx(sent + 0.025)


def test_who_pulls_the_plug_is_silent_and_then_lost() -> None:
    ground = MemoryGround(apart=True)
    yard = Yard(ground)
    server, far, client, near = yard.pair()
    ground.network.cut("10.0.0.2")
    started = yard.now
    yard.send(client, near, b"x")
    yard.until(lambda: server.happenings(Lost) and client.happenings(Lost))
    assert server.received == [] and server.happenings(Lost)[0].farewell is None
    assert server.happenings(Lost)[0].connection == far
    assert yard.now - started == pytest.approx(TIMEOUT, abs=1.5)
    assert server.happenings(Lost)[0].reason == "The connection timed out: nothing was heard for 10 seconds."


def test_a_plug_that_is_put_back_delivers_what_waited() -> None:
    ground = MemoryGround(apart=True)
    yard = Yard(ground)
    server, _, client, near = yard.pair()
    ground.network.cut("10.0.0.2")
    yard.send(client, near, b"x")
    for _ in range(300):
        yard.step()
    assert client.transport.statuses([near])[0].unacknowledged == 1
    ground.network.mend("10.0.0.2")
    yard.until(lambda: server.received)
    assert not server.happenings(Lost) and not client.happenings(Lost)


def test_an_idle_connection_stays_even_in_terrible_weather() -> None:
    yard = Yard(MemoryGround("terrible"))
    server, _, client, _ = yard.pair()
    for _ in range(60 * 120):
        yard.step()
    assert not server.happenings(Lost) and not client.happenings(Lost)


def test_processes_on_one_machine_share_its_ports() -> None:
    network = Network()
    network.transport("host").listen(":27015")
    with pytest.raises(AddressInUse, match="port 27015 is in use on host"):
        network.transport("host").listen(":27015")
    assert network.transport("other").listen(":27015") == "other:27015"
