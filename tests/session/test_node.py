"""What every node does: messages in order and once, acknowledgements, one batch and one flush a frame."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gamenet.channels import Channel
from gamenet.ids import HOST, PeerId, RoomId
from gamenet.session import patience as p
from gamenet.session.contact import Outgoing
from gamenet.session.envelope import MAX_MESSAGE, VERSION
from gamenet.session.events import Closed, PeerLeft
from gamenet.session.patience import BEHIND_BYTES
from gamenet.session.states import State
from gamenet.session.transports import Parcel, Status
from tests.session.world import World

WEATHERS = ("perfect", "good", "fair", "poor", "terrible")


@pytest.mark.parametrize("link", WEATHERS)
def test_calls_arrive_exactly_once_and_in_order_both_ways(link: str) -> None:
    world = World(link, seed=5)
    host = world.host()
    ada = world.joined()
    world.forget()
    for number in range(200):
        world.say(ada, host, b"up %d" % number, tick=number)
        world.say(host, ada, b"down %d" % number, tick=number)
        world.frame()
    world.run(20)
    assert [each.body for each in world.messages[host]] == [b"up %d" % number for number in range(200)]
    assert [each.body for each in world.messages[ada]] == [b"down %d" % number for number in range(200)]
    assert [each.tick for each in world.messages[ada]] == list(range(200))


@pytest.mark.parametrize("link", WEATHERS)
def test_every_values_message_that_was_taken_is_acknowledged_once(link: str) -> None:
    world = World(link, seed=6)
    host = world.host()
    ada = world.joined()
    world.forget()
    for number in range(1, 200):
        world.say(host, ada, b"v", Channel.VALUES, number=number, tick=1000 + number, early=-3)
        world.frame()
        fresh = world.messages[ada]
        ada.acknowledge(ada.host.id, [each.number for each in fresh if each.channel == Channel.VALUES])
        world.messages[ada] = []
        assert all(each.tick == 1000 + each.number and each.early == -3 for each in fresh)
    world.run(3)
    acks = [number for each in world.messages[host] for number in each.acks]
    assert len(acks) == len(set(acks))
    assert len(acks) > (150 if link != "terrible" else 60)
    assert host.counters["broken"] == ada.counters["broken"] == 0


def test_acknowledgements_ride_in_inputs_when_there_are_some(world: World) -> None:
    host = world.host()
    ada = world.joined()
    world.forget()
    world.say(host, ada, b"v", Channel.VALUES, number=1)
    world.frame()
    ada.acknowledge(ada.host.id, [1])
    world.say(ada, host, b"input", Channel.INPUT, tick=7)
    world.run(0.1)
    assert [(each.body, each.acks, each.tick) for each in world.messages[host]] == [(b"input", (1,), 7)]


def test_values_go_last_so_that_a_refused_one_stops_nothing(world: World) -> None:
    host = world.host()
    ada = world.joined()
    batches: list[list[Channel]] = []
    send = ada._transport.send

    def watched(now: float, batch: Sequence[Parcel]) -> list[int]:
        batches.append([parcel.channel for parcel in batch])
        return send(now, batch)

    ada._transport.send = watched  # type: ignore[method-assign]
    channels = (Channel.VALUES, Channel.INPUT, Channel.CALL)
    world.run(0.3)
    batches.clear()
    world.now += 1  # a probe is due, too
    ada.send(world.now, [Outgoing(ada.host.id, ada.room.id, channel, 1, b"x", number=1) for channel in channels])
    assert batches == [[Channel.CONTROL, Channel.CALL, Channel.INPUT, Channel.VALUES]]
    assert host.state is State.JOINED


def test_one_flush_goes_to_those_who_got_reliable_messages_only(world: World) -> None:
    host = world.host()
    ada, bob, cleo = (world.joined(name) for name in ("Ada", "Bob", "Cleo"))
    flushed: list[Sequence[int]] = []
    host._transport.flush = flushed.append  # type: ignore[method-assign,assignment]
    connection = {node: host._contacts[node.me.id].connection for node in (ada, bob, cleo)}
    for contact in host._contacts.values():
        contact.probe_at = world.now + 1
    room = ada.room.id
    host.send(
        world.now,
        [
            Outgoing(ada.me.id, room, Channel.CALL, 1, b"x"),
            Outgoing(bob.me.id, room, Channel.CALL, 1, b"x"),
            Outgoing(bob.me.id, room, Channel.VALUES, 1, b"x", number=1),
            Outgoing(cleo.me.id, room, Channel.VALUES, 1, b"x", number=1),
        ],
    )
    assert flushed == [[connection[ada]]]


def test_the_moment_of_arrival_is_the_packets_not_the_pumps(world: World) -> None:
    world = World("good", seed=1)
    host = world.host()
    ada = world.joined()
    world.forget()
    sent = world.now
    world.say(host, ada, b"v", Channel.VALUES, number=1)
    world.hung.add(ada)
    world.run(1)
    world.hung.clear()
    world.frame()
    (message,) = [each for each in world.messages[ada] if each.channel == Channel.VALUES]
    assert sent + 0.015 < message.received_at < sent + 0.03


def test_pings_are_measured_on_both_ends() -> None:
    world = World("good", seed=1)
    host = world.host()
    ada = world.joined()
    world.run(5)
    assert ada.host.ping == pytest.approx(0.04, abs=0.01)
    assert host.peers[ada.me.id].ping == pytest.approx(0.04, abs=0.01)
    assert host.me.ping == ada.me.ping == 0.0
    assert ada.host.route == "local"


def test_a_connection_that_is_behind_or_gone_is_told(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    assert host.behind() == frozenset()
    world.network.cut(world.machines[ada])
    world.run(2)
    assert host.behind() == {ada.me.id}
    assert bob.behind() == frozenset()


def test_a_slow_connection_is_behind(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    slow = host._contacts[ada.me.id].connection
    host._transport.statuses = lambda connections: [  # type: ignore[method-assign]
        Status(BEHIND_BYTES + 1 if connection == slow else BEHIND_BYTES, 0) for connection in connections
    ]
    world.now += 1
    host.receive(world.now)
    assert host.behind() == {ada.me.id} and bob.me.id not in host.behind()


def test_the_status_is_asked_for_once_a_frame_at_most(world: World) -> None:
    host = world.host()
    world.joined("Ada")
    asked: list[Sequence[int]] = []
    host._transport.statuses = lambda connections: asked.append(connections) or [Status(0, 0)] * len(connections)  # type: ignore[func-returns-value,method-assign]
    world.now += 1
    host.receive(world.now)
    host.behind()
    host.behind()
    assert len(asked) == 1


def test_letters_that_a_full_transport_refused_are_sent_later_in_order(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    world.forget()
    ada._transport.send_buffer = 250_000  # type: ignore[attr-defined]
    letters = [Outgoing(ada.host.id, ada.room.id, Channel.CALL, 1, bytes([n]) * 100_000) for n in range(10)]
    ada.send(world.now, letters)
    assert ada._contact.link.unacknowledged >= 1_000_000
    world.run(3)
    assert [message.body[0] for message in world.messages[host]] == list(range(10))


def test_what_went_over_the_links_is_counted(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    before = (ada.counts.bytes_out, host.counts.bytes_in, host.counts.messages_in)
    ada._contact.probe_at = host._contacts[ada.me.id].probe_at = world.now + 100
    world.say(ada, host, bytes(984))
    world.run(0.3)
    assert (ada.counts.bytes_out, host.counts.bytes_in) == (before[0] + 1000, before[1] + 1000)
    assert host.counts.messages_in == before[2] + 1


def test_values_for_an_absent_peer_are_not_kept(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    world.network.cut(world.machines[ada])
    world.run(4)
    assert not ada._contact.connection
    world.forget()
    for _ in range(3):
        world.say(ada, host, b"old", Channel.VALUES, number=1)
    world.network.mend(world.machines[ada])
    world.run(3)
    assert ada._contact.connection and world.messages[host] == []


def test_what_is_for_somebody_else_goes_nowhere(world: World) -> None:
    world.host()
    ada = world.joined("Ada")
    elsewhere = [
        Outgoing(PeerId(77), ada.room.id, Channel.CALL, 1, b"x"),
        Outgoing(ada.host.id, RoomId(77), Channel.VALUES, 1, b"x"),
    ]
    before = ada.counts.messages_out
    ada._contact.probe_at = world.now + 100
    ada.send(world.now, elsewhere)
    assert ada.counters["sent to nobody"] == 2 and ada.counts.messages_out == before


@pytest.mark.parametrize("kind", ["host", "joiner"])
def test_any_bytes_from_a_welcomed_peer_are_survived(world: World, kind: str) -> None:
    """The frame goes on, the other peers notice nothing, and only the host removes."""
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    chance = random.Random(5)
    for _ in range(300):
        node, contact = (host, host._contacts.get(ada.me.id)) if kind == "host" else (ada, ada._contacts.get(HOST))
        if contact is None or not contact.connection:
            break
        data = bytes([VERSION << 2 | chance.randrange(4)]) + chance.randbytes(chance.randrange(80))
        node._transport.send(world.now, [Parcel(contact.connection, Channel(chance.randrange(4)), data)])
        world.frame()
    world.run(1)
    assert bob.state is State.JOINED and not world.heard(bob, Closed)
    if kind == "host":
        assert ada.state is State.JOINED and ada.counters["broken"] > 50
    else:
        assert ada.state is State.CLOSED and ada.problem.startswith("it sent ")
        assert [event.peer.name for event in world.heard(bob, PeerLeft)] == ["Ada"]


# The numbers of patience stand in a sensible relation to each other


def test_a_path_is_judged_by_several_probes() -> None:
    assert 3 * p.PROBE_EVERY < p.PATH_PATIENCE < p.RECONNECT_AFTER < p.LINK_PATIENCE


def test_a_stall_is_told_before_the_path_counts_as_lost() -> None:
    assert 2 * p.PROBE_EVERY <= p.GAME_PATIENCE < p.PATH_PATIENCE


def test_numbers_of_sixteen_bits_tell_all_that_is_in_flight_apart() -> None:
    assert p.MOST_IN_FLIGHT + p.MOST_EARLY < 2**15


def test_a_hello_fits_a_message() -> None:
    assert p.MOST_HELLO_BYTES < MAX_MESSAGE
