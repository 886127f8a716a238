"""The joiner's node: what a player reads when it does not work, and that a broken path is mended silently."""

from __future__ import annotations

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
