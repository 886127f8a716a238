"""What every node does: messages in order and once, acknowledgements, pings, who is behind, what is counted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gamenet.channels import Channel
from gamenet.ids import PeerId, RoomId
from gamenet.session import patience as p
from gamenet.session.contact import Outgoing
from gamenet.session.envelope import MAX_MESSAGE
from gamenet.session.patience import BEHIND_BYTES
from gamenet.session.transports import Status
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


def test_a_peers_loss_is_that_of_its_connection_and_goes_with_it(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    lossy = host._contacts[ada.me.id].connection
    host._transport.statuses = lambda connections: [  # type: ignore[method-assign]
        Status(0, 0, 0.25 if connection == lossy else 0.0) for connection in connections
    ]
    world.now += 1
    host.receive(world.now)
    losses = [host.peers[each.me.id].loss for each in (ada, bob)]
    world.network.cut(world.machines[ada])
    world.run(15)
    assert losses == [0.25, 0.0] and host.peers[ada.me.id].route == "" and host.peers[ada.me.id].loss == 0.0


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


def test_what_went_over_the_links_is_counted(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    before = (ada.counts.bytes_out, host.counts.bytes_in, host.counts.messages_in)
    ada._contact.probe_at = host._contacts[ada.me.id].probe_at = world.now + 100
    world.say(ada, host, bytes(984))
    world.run(0.3)
    assert (ada.counts.bytes_out, host.counts.bytes_in) == (before[0] + 1000, before[1] + 1000)
    assert host.counts.messages_in == before[2] + 1


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


# The numbers of patience stand in a sensible relation to each other


def test_a_path_is_judged_by_several_probes() -> None:
    assert 3 * p.PROBE_EVERY < p.PATH_PATIENCE < p.RECONNECT_AFTER < p.LINK_PATIENCE


def test_a_stall_is_told_before_the_path_counts_as_lost() -> None:
    assert 2 * p.PROBE_EVERY <= p.GAME_PATIENCE < p.PATH_PATIENCE


def test_numbers_of_sixteen_bits_tell_all_that_is_in_flight_apart() -> None:
    assert p.MOST_IN_FLIGHT + p.MOST_EARLY < 2**15


def test_a_hello_fits_a_message() -> None:
    assert p.MOST_HELLO_BYTES < MAX_MESSAGE
