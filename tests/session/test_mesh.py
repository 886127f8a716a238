"""A mesh: members link with each other directly, for values and input; who takes part is the host's word alone."""

from __future__ import annotations

import pytest

from gamenet.channels import Channel
from gamenet.session import messages as m
from gamenet.session.contact import Outgoing
from gamenet.session.envelope import Envelope
from gamenet.session.events import Closed, PeerJoined, PeerLeft
from gamenet.session.joining import Joining
from gamenet.session.messages import Greet, encode
from gamenet.session.states import LinkState, State
from tests.session.world import Stranger, World


def mesh(link: str, *names: str, seed: int = 2) -> tuple[World, list[Joining]]:
    world = World(link, seed)
    world.host(name="Hilda", mesh=True)
    members = [world.joined(name, mesh=True) for name in names]
    world.until(lambda: all(linked(a, b) for a in members for b in members if a is not b))
    return world, members


def linked(here: Joining, there: Joining) -> bool:
    contact = here._contacts.get(there.me.id)
    return contact is not None and contact.state is LinkState.OPEN


def values(world: World, sender: Joining, receiver: Joining, number: int, body: bytes = b"v") -> None:
    sender.send(world.now, [Outgoing(receiver.me.id, sender.room.id, Channel.VALUES, 10, body, number)])


@pytest.mark.parametrize("link", ["perfect", "fair", "poor", "terrible"])
def test_every_member_links_with_every_other(link: str) -> None:
    world, members = mesh(link, "Ada", "Bob", "Cleo")
    for node in members:
        assert [event.peer.name for event in world.heard(node, PeerJoined)] == ["Hilda", "Ada", "Bob", "Cleo"]
        assert set(node._contacts) == {0, 1, 2, 3} - {node.me.id}


def test_members_measure_each_other() -> None:
    world, (ada, _) = mesh("good", "Ada", "Bob")
    world.run(3)
    there = next(peer for peer in ada.room.members if peer.name == "Bob")
    assert there.ping == pytest.approx(0.04, abs=0.015) and there.route == "local"


def test_values_and_their_acknowledgements_go_directly() -> None:
    world, (ada, bob) = mesh("perfect", "Ada", "Bob")
    world.forget()
    values(world, ada, bob, 1, b"directly")
    world.run(0.1)
    assert [(each.peer, each.body) for each in world.messages[bob]] == [(ada.me.id, b"directly")]
    bob.acknowledge(ada.me.id, [1])
    world.run(0.1)
    assert [(each.peer, each.acks) for each in world.messages[ada] if each.acks] == [(bob.me.id, (1,))]
    assert world.messages[world.nodes[0]] == []


def test_who_leaves_is_gone_for_all_and_its_links_with_it() -> None:
    world, (ada, bob, cleo) = mesh("perfect", "Ada", "Bob", "Cleo")
    bob.close(world.now)
    world.run(0.5)
    for node in (ada, cleo):
        assert [(e.peer.name, e.reason) for e in world.heard(node, PeerLeft)] == [("Bob", "left the game")]
        assert bob.me.id not in node._contacts
    assert linked(ada, cleo)


def test_a_late_member_links_with_all_who_are_there() -> None:
    world, (ada, bob) = mesh("fair", "Ada", "Bob")
    world.run(5)
    cleo = world.joined("Cleo", mesh=True)
    world.until(lambda: all(linked(cleo, other) and linked(other, cleo) for other in (ada, bob)))


def test_a_broken_link_between_two_members_is_no_leaving_and_is_mended() -> None:
    world, (ada, bob) = mesh("perfect", "Ada", "Bob")
    world.forget()
    ada._transport.close(ada._contacts[bob.me.id].connection, 1003)  # type: ignore[arg-type]
    ada._contacts[bob.me.id].detach(world.now)
    world.until(lambda: bob._contacts[ada.me.id].state is LinkState.AWAY)
    world.until(lambda: linked(ada, bob) and linked(bob, ada))
    assert world.events[ada] == world.events[bob] == []
    values(world, ada, bob, 1, b"again")
    world.run(0.2)
    assert [each.body for each in world.messages[bob]] == [b"again"]


def test_when_the_host_leaves_the_session_ends_for_all_with_its_reason() -> None:
    world, members = mesh("perfect", "Ada", "Bob")
    world.nodes[0].close(world.now, "Good night.")
    world.run(0.5)
    for node in members:
        assert world.events[node][-1] == Closed("Good night.") and node.state is State.CLOSED


def test_without_the_key_that_the_host_gave_nobody_is_taken_for_a_member() -> None:
    world, (ada, bob) = mesh("perfect", "Ada", "Bob")
    stranger = Stranger(world, at=ada._listening)
    stranger.send(Envelope(Channel.CONTROL, body=encode(Greet(bob.me.id, b"guessed!"))).pack())
    assert stranger.until_closed().reason == "it sent a wrong key"
    assert linked(ada, bob)


def test_what_only_the_host_says_is_ignored_from_a_member() -> None:
    from gamenet.session.messages import Kick

    world, (ada, bob) = mesh("perfect", "Ada", "Bob")
    bob._tell(bob._contacts[ada.me.id], Kick("you"))
    world.run(0.3)
    assert ada.state is State.JOINED and ada.counters["broken"] == 1
    assert linked(ada, bob)


def test_a_reset_room_counts_values_anew_on_every_link() -> None:
    world, (ada, bob) = mesh("perfect", "Ada", "Bob")
    host = world.nodes[0]
    for number in (20_000, 40_000):
        values(world, ada, bob, number)
    world.run(0.2)
    host.reset_room(next(iter(host.rooms.values())))
    world.run(0.3)
    world.forget()
    values(world, ada, bob, 1)
    world.run(0.2)
    assert [each.number for each in world.messages[bob]] == [1]


def test_a_greeting_that_came_long_before_the_host_told_of_its_sender_is_forgotten() -> None:
    """Its connection was closed meanwhile: whoever has the key now has another one."""
    world, (ada, bob) = mesh("perfect", "Ada", "Bob")
    contact = ada._contacts[bob.me.id]
    key, card = contact.key, m.Member(bob.me.id, "Bob", contact.address, contact.key)
    world.hung.add(bob)
    ada._unlink(contact.peer)
    stranger = Stranger(world, at=f"{world.machines[ada]}:{ada._listening.rpartition(':')[2]}")
    stranger.send(Envelope(Channel.CONTROL, body=encode(Greet(bob.me.id, key))).pack())
    world.run(0.2)
    assert ada._early_greets
    stranger.until_closed()
    ada._expect(card)
    assert ada._early_greets == {} and ada._contacts[bob.me.id].connection == 0
