"""The joiner's node: what a player reads when it does not work, and that a broken path is mended silently."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gamenet.channels import Channel
from gamenet.errors import InvalidAddress
from gamenet.ids import NOBODY
from gamenet.session.contact import Outgoing
from gamenet.session.events import Closed, LinkReset, PeerJoined, PeerLeft, Recovered, Stalled
from gamenet.session.joining import Joining
from gamenet.session.messages import Welcome
from gamenet.session.patience import LINK_PATIENCE, MOST_KEPT_BYTES, PATH_PATIENCE
from gamenet.session.settings import Settings
from gamenet.session.states import State
from gamenet.session.transports import Parcel
from tests.session.world import Stranger, World, hello

WEATHERS = ("perfect", "good", "fair", "poor", "terrible")


# Getting in


@pytest.mark.parametrize("link", WEATHERS)
def test_one_gets_in_through_any_weather(link: str) -> None:
    world = World(link, seed=3)
    world.host()
    ada = world.joined()
    assert ada.state is State.JOINED and ada.problem == ""


def test_before_the_welcome_one_is_nobody_and_the_host_is_there(world: World) -> None:
    world.host()
    ada = world.join()
    assert ada.state is State.CONNECTING
    assert (ada.me.id, ada.me.name, ada.me.is_me) == (NOBODY, "Ada", True) and ada.host.is_host


def test_one_object_is_me_for_the_life_of_the_session(world: World) -> None:
    world.host()
    ada = world.join()
    me = ada.me
    world.until(lambda: ada.state is State.JOINED)
    assert ada.me is me and me in ada.room.members and me.id == 1


def test_nobody_there_is_said_in_a_sentence(world: World) -> None:
    world.network.transport("host")
    ada = world.join()
    world.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "Nobody answered at host:27015: is the host running there, and its UDP port open?"
    assert world.events[ada] == [Closed(ada.problem)]


def test_an_unknown_machine_is_said_in_a_sentence(world: World) -> None:
    ada = world.join()
    world.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == 'There is no machine called "host".'


def test_a_malformed_address_raises_at_once(world: World) -> None:
    with pytest.raises(InvalidAddress, match="is no address; a good one is"):
        Joining(world.network.transport(), "host:", "", Settings())


def test_a_host_that_never_answers_is_said_in_a_sentence(world: World) -> None:
    mute = world.network.transport("host")
    mute.listen(":27015")
    ada = world.join()
    world.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "The host does not answer: it may be starting, overloaded, or not a gamenet host."


def test_after_the_end_nothing_is_handed_up_and_nothing_raises(world: World) -> None:
    host = world.host()
    ada = world.joined()
    host.close(world.now)
    world.run(0.5)
    world.forget()
    ada.close(world.now)
    ada.send(world.now, [Outgoing(ada.host.id, ada.room.id, Channel.CALL, 1, b"late")])
    world.run(1)
    assert world.events[ada] == world.messages[ada] == []


# Messages


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


# Vanishing and coming back


def test_a_peer_that_vanishes_has_left_ten_seconds_after_its_path_was_lost(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    world.vanish(ada)
    took = world.until(lambda: world.heard(bob, PeerLeft))
    assert took == pytest.approx(PATH_PATIENCE + LINK_PATIENCE, abs=0.3)
    for node in (host, bob):
        assert [(e.peer.name, e.reason) for e in world.heard(node, PeerLeft)] == [("Ada", "lost the connection")]
    assert world.heard(bob, Stalled) == []


def test_a_peer_that_vanishes_and_starts_again_at_once_gets_a_number(world: World) -> None:
    world.host()
    world.vanish(world.joined("Ada"))
    assert world.joined("Ada").me.name == "Ada 2"


def test_when_the_host_vanishes_one_reads_so_after_some_seconds(world: World) -> None:
    host = world.host()
    ada = world.joined()
    world.vanish(host)
    took = world.until(lambda: ada.state is State.CLOSED)
    assert took == pytest.approx(PATH_PATIENCE + LINK_PATIENCE, abs=0.3)
    assert ada.problem == "The connection to the host was lost."


@pytest.mark.parametrize("seconds", [0.3, 1.5, 4.0, 9.0])
@pytest.mark.parametrize("link", ["perfect", "fair", "poor"])
def test_a_path_that_comes_back_in_time_loses_and_doubles_nothing(link: str, seconds: float) -> None:
    world = World(link, seed=8)
    host = world.host()
    ada = world.joined()
    world.forget()
    machine = world.machines[ada]
    for number in range(round((seconds + 8) * 60)):
        if number == 60:
            world.network.cut(machine)
        if number == 60 + round(seconds * 60):
            world.network.mend(machine)
        if number % 6 == 0:
            world.say(ada, host, b"%d" % number)
            world.say(host, ada, b"%d" % number)
        world.frame()
    world.run(5)
    expected = [b"%d" % number for number in range(0, round((seconds + 8) * 60), 6)]
    for node in (host, ada):
        assert [each.body for each in world.messages[node] if each.channel == Channel.CALL] == expected
        assert not world.heard(node, PeerLeft) and not world.heard(node, PeerJoined) and not world.heard(node, Closed)
    assert ada.state is State.JOINED


def test_control_told_during_the_absence_is_heard_afterwards(world: World) -> None:
    world.host()
    ada = world.joined("Ada")
    world.network.cut(world.machines[ada])
    world.run(3)
    world.joined("Bob")
    world.network.mend(world.machines[ada])
    world.run(3)
    assert [event.peer.name for event in world.heard(ada, PeerJoined)] == ["host", "Ada", "Bob"]


def test_who_is_away_for_too_long_reads_so_even_when_the_path_is_back(world: World) -> None:
    world.host()
    ada = world.joined()
    world.network.cut(world.machines[ada])
    world.run(20)
    world.network.mend(world.machines[ada])
    world.run(5)
    assert ada.state is State.CLOSED and ada.problem == "The connection to the host was lost."


@pytest.mark.parametrize("who", ["host", "joiner"])
def test_too_much_for_an_absent_end_resets_the_link_at_both(world: World, who: str) -> None:
    host = world.host()
    ada = world.joined("Ada")
    world.network.cut(world.machines[ada])
    world.run(4)
    sender, receiver = (host, ada) if who == "host" else (ada, host)
    world.say(sender, receiver, bytes(MOST_KEPT_BYTES + 1))
    world.joined("Bob")
    world.forget()
    world.network.mend(world.machines[ada])
    world.run(4)
    assert [event.peer.id for event in world.heard(host, LinkReset)] == [ada.me.id]
    assert [event.peer for event in world.heard(ada, LinkReset)] == [ada.host]
    assert [peer.name for peer in ada.room.members] == ["host", "Ada", "Bob"]
    assert [event.peer.name for event in world.heard(ada, PeerJoined)] == ["Bob"]
    world.forget()
    world.say(sender, receiver, b"after")
    world.run(0.5)
    assert [each.body for each in world.messages[receiver]] == [b"after"]


def test_a_hello_whose_welcome_was_lost_is_no_second_participant(world: World) -> None:
    """The host welcomed, the joiner never read it, and says hello again with the same token."""
    host = world.host()
    stranger = Stranger(world)
    stranger.send(hello(token=b"t" * 16))
    world.until(lambda: stranger.poll() or stranger.received)
    again = Stranger(world)
    again.send(hello(token=b"t" * 16))
    world.until(lambda: again.poll() or again.received)
    first, second = stranger.received[0], again.received[0]
    assert isinstance(first, Welcome) and isinstance(second, Welcome)
    assert first.id == second.id and second.fresh
    assert [member.name for member in second.members] == ["host", "Eve"]
    assert len(world.heard(host, PeerJoined)) == 2


# Stalling


def test_a_host_that_hangs_is_a_stall_told_every_second_and_then_recovered(world: World) -> None:
    host = world.host()
    ada = world.joined()
    world.forget()
    world.hung.add(host)
    world.run(5)
    world.hung.clear()
    world.run(1)
    stalls = [event.seconds for event in world.heard(ada, Stalled)]
    assert stalls == [pytest.approx(0.5 + second, abs=0.3) for second in range(len(stalls))] and len(stalls) == 5
    assert world.events[ada][-1] == Recovered()
    assert ada.state is State.JOINED and not world.heard(host, PeerLeft)


def test_a_joiner_that_hangs_hears_nothing_of_it_and_stays(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    world.forget()
    world.hung.add(ada)
    world.run(8)
    world.hung.clear()
    world.run(1)
    assert world.events[ada] == world.events[bob] == world.events[host] == []


def test_a_connection_that_is_behind_or_gone_is_told(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    assert host.behind() == frozenset()
    world.network.cut(world.machines[ada])
    world.run(2)
    assert host.behind() == {ada.me.id}
    assert bob.behind() == frozenset()
