"""A mesh: members link with each other directly, for values and input; who takes part is the host's word alone."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest

from gamenet.channels import Channel
from gamenet.ids import HOST
from gamenet.session import messages as m
from gamenet.session.contact import Outgoing
from gamenet.session.envelope import Envelope
from gamenet.session.events import Closed, LinkReset, PeerJoined, PeerLeft
from gamenet.session.joining import Joining
from gamenet.session.messages import Greet, encode
from gamenet.session.node import Node
from gamenet.session.patience import MOST_KEPT_BYTES, RENEW_RELAYED
from gamenet.session.states import LinkState, State
from gamenet.session.transports.memory import MemoryTransport
from gamenet.testing.link import Link
from tests.session.world import Stranger, World


def mesh(link: Link | str, *names: str, seed: int = 2) -> tuple[World, list[Joining]]:
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


@pytest.mark.parametrize("who", ["older", "newer"])
def test_a_member_whose_link_to_the_host_begins_anew_does_so_with_all(who: str) -> None:
    world, (ada, bob) = mesh("good", "Ada", "Bob")
    host = world.nodes[0]
    lost, other = (ada, bob) if who == "older" else (bob, ada)
    values(world, lost, other, 7)
    world.run(0.5)
    world.network.cut(world.machines[lost])
    world.run(4)
    world.say(host, lost, bytes(MOST_KEPT_BYTES + 1))
    world.run(0.1)
    world.forget()
    world.network.mend(world.machines[lost])
    world.until(lambda: world.heard(lost, LinkReset) and linked(ada, bob) and linked(bob, ada))
    assert [event.peer for event in world.heard(lost, LinkReset)] == [lost.host]
    assert [event.peer.id for event in world.heard(other, LinkReset)] == [lost.me.id]
    world.forget()
    values(world, lost, other, 1, b"from number one again")
    values(world, other, lost, 1, b"both ways")
    world.run(0.5)
    heard = {node: [(each.number, each.body) for each in world.messages[node]] for node in (lost, other)}
    assert heard == {other: [(1, b"from number one again")], lost: [(1, b"both ways")]}
    assert not world.heard(other, PeerLeft) and not other.counters["broken"] and not lost.counters["broken"]


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
    assert [guest.early for guest in ada._guests.values()]
    stranger.until_closed()
    ada._expect(card)
    assert not ada._guests and ada._contacts[bob.me.id].connection == 0


# Connections that are replaced


class Chatter:
    """Every frame a values message between the members and now and then a call to the host: what comes, and when."""

    def __init__(self, world: World, host: Node, members: list[Joining]) -> None:
        self.world, self.host, self.members = world, host, members
        self.said: dict[Node, int] = defaultdict(int)
        self.numbers: dict[tuple[Node, Node], int] = defaultdict(lambda: 30_000)
        """By sender and receiver; in half an hour they pass what 16 bits can tell apart."""
        self.values: dict[tuple[Node, Node], int] = defaultdict(int)
        """The newest number that came, by receiver and sender."""
        self.acked: dict[tuple[Node, Node], int] = defaultdict(int)
        self.calls: dict[Node, list[int]] = {member: [] for member in members}
        self.values_at: dict[tuple[Node, Node], float] = {}
        self.longest_pause: dict[tuple[Node, Node], float] = defaultdict(float)
        self.away: dict[tuple[Node, Node], float] = {}
        self.longest_away = 0.0
        self.frames = 0
        world.each_frame = self.frame

    def frame(self, node: Node) -> list[Outgoing]:
        self.look(node)
        self.hear(node)
        if node is self.host:
            return []
        self.frames += 1
        room = node.room.id  # type: ignore[attr-defined]
        outgoing = []
        for other in self.members:
            if other is not node:
                self.numbers[node, other] += 1
                number = self.numbers[node, other]
                outgoing.append(Outgoing(other.me.id, room, Channel.VALUES, self.frames, str(number).encode(), number))
        if self.frames % 50 == 0:
            self.said[node] += 1
            outgoing.append(Outgoing(HOST, room, Channel.CALL, self.frames, str(self.said[node]).encode()))
        return outgoing

    def look(self, node: Node) -> None:
        """How long each link was away."""
        for contact in node._contacts.values():
            there = next(each for each in self.world.nodes if each.me.id == contact.peer.id)
            if contact.state is LinkState.OPEN:
                self.away.pop((node, there), None)
            else:
                since = self.away.setdefault((node, there), self.world.now)
                self.longest_away = max(self.longest_away, self.world.now - since)

    def hear(self, node: Node) -> None:
        for message in self.world.messages[node]:
            sender = next(each for each in self.world.nodes if each.me.id == message.peer)
            if message.channel is Channel.CALL:
                self.calls[sender].append(int(message.body))  # type: ignore[index]
            elif message.channel is Channel.VALUES:
                self.take(node, sender, message.number, int(message.body))
            for number in message.acks:
                assert 0 < number <= self.values[sender, node]
                self.acked[node, sender] = max(self.acked[node, sender], number)
        self.world.messages[node].clear()

    def take(self, node: Node, sender: Node, number: int, written: int) -> None:
        assert number == written, "a number was read as another one than was written"
        pair = node, sender
        self.longest_pause[pair] = max(self.longest_pause[pair], self.world.now - self.values_at.get(pair, math.inf))
        self.values_at[pair] = self.world.now
        self.values[pair] = max(self.values[pair], number)
        node.acknowledge(sender.me.id, [number])

    def assert_everything_came_once_and_in_order(self) -> None:
        for member in self.members:
            assert self.calls[member] == list(range(1, self.said[member] + 1))
            assert member.counters["broken"] == 0
        for node in self.world.nodes:
            for contact in node._contacts.values():
                assert contact.link.unacknowledged < 200 and not any(contact.link._early.values())


def ends(node: Node) -> list[str]:
    """The machines that a node has a connection with, one for each connection."""
    assert isinstance(node._transport, MemoryTransport)
    return sorted(end.machine for end in node._transport.ends.values())


def assert_one_connection_per_pair(world: World) -> None:
    for node in world.nodes:
        assert ends(node) == sorted(world.machines[other] for other in world.nodes if other is not node)
        assert not node._guests


def relayed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[MemoryTransport, str]]:
    """Every path goes through a relay. Returns who connects where, from now on."""
    dialled: list[tuple[MemoryTransport, str]] = []
    connect = MemoryTransport.connect

    def counted(self: MemoryTransport, address: str) -> int:
        dialled.append((self, address))
        return connect(self, address)

    monkeypatch.setattr(MemoryTransport, "route", lambda self, connection: "relayed" if connection in self.ends else "")
    monkeypatch.setattr(MemoryTransport, "connect", counted)
    return dialled


@pytest.mark.parametrize(("link", "round_trip"), [("good", 0.1), ("poor", 0.6)])
def test_relayed_play_lasts_half_an_hour_over_ever_new_connections(
    link: str, round_trip: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.session.world.FRAME", 1 / 24)
    dialled = relayed(monkeypatch)
    world, members = mesh(link, "Ada", "Bob")
    dialled.clear()
    chatter = Chatter(world, world.nodes[0], members)
    world.run(1800)
    chatter.frame = lambda node: chatter.hear(node) or []  # type: ignore[method-assign]
    world.each_frame = chatter.frame
    world.run(3)
    assert chatter.longest_away <= round_trip
    ada, bob = members
    for pair in ((ada, bob), (bob, ada)):
        assert chatter.numbers[pair] > 70_000
        assert chatter.values[pair[1], pair[0]] > chatter.numbers[pair] - 20
        assert chatter.acked[pair] > chatter.numbers[pair] - 20
    chatter.assert_everything_came_once_and_in_order()
    renewals = 3 * (1800 // RENEW_RELAYED)
    assert len(dialled) == renewals or (link == "poor" and renewals <= len(dialled) < 2 * renewals)  # and lost paths
    assert_one_connection_per_pair(world)


@pytest.mark.parametrize("link", ["perfect", "good", "fair"])
@pytest.mark.parametrize("with_host", [False, True])
def test_beside_a_dead_connection_another_one_is_sought_and_values_flow_again_soon(link: str, with_host: bool) -> None:
    world, members = mesh(link, "Ada", "Bob", "Cleo")
    host, ada, bob, _ = world.nodes
    chatter = Chatter(world, host, members)
    world.run(3)
    world.network.cut_pair(host._transport if with_host else ada._transport, bob._transport)  # type: ignore[arg-type]
    world.run(15)
    chatter.frame = lambda node: chatter.hear(node) or []  # type: ignore[method-assign]
    world.each_frame = chatter.frame
    world.run(2)
    assert 0.8 < chatter.longest_away + 0.8 < 2
    cut_off = max(chatter.longest_pause.values())
    assert cut_off < (0.5 if with_host else 2.0) and (with_host or cut_off > 0.8)
    chatter.assert_everything_came_once_and_in_order()
    assert not world.heard(host, PeerLeft) and all(node.state is State.JOINED for node in members)
    assert_one_connection_per_pair(world)


def test_a_members_address_that_is_none_ends_nobodys_frame() -> None:
    world = World("perfect", 2)
    host = world.host(name="Hilda", mesh=True)
    ada = world.joined("Ada", mesh=True)
    host._contacts[ada.me.id].address = "no address: at all"
    bob = world.joined("Bob", mesh=True)
    world.run(3)
    assert bob.state is State.JOINED and bob.counters["broken"] == 1
    assert bob._contacts[ada.me.id].state is LinkState.GREETING
    world.forget()
    world.say(bob, host, b"and yet")
    world.run(0.2)
    assert [each.body for each in world.messages[host] if each.channel is Channel.CALL] == [b"and yet"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reorder", [0, 40])
def test_nothing_is_missing_when_another_connection_takes_over(reorder: int, seed: int) -> None:
    """Neither what was on its way on the old one, nor what overtook the greeting on the new one."""
    world, (ada, bob) = mesh(Link(lag_ms=60, reorder=reorder), "Ada", "Bob", seed=seed)
    old = ends(bob)
    numbers = iter(range(1, 10_000))
    sent: list[int] = []

    def speak(node: Node) -> list[Outgoing]:
        if node is not ada or world.now > until:
            return []
        sent.append(next(numbers))
        return [Outgoing(bob.me.id, ada.room.id, Channel.VALUES, sent[-1], b"v", sent[-1])]

    until = world.now + 3.0
    world.each_frame = speak
    world.run(1.0)
    dialler, other = (bob, ada) if ada.me.id < bob.me.id else (ada, bob)
    dialler._dial(dialler._contacts[other.me.id])
    world.run(0.3)
    assert len(ends(bob)) == len(old) + 1, "both are there for a moment"
    world.run(4.0)
    assert ends(bob) == old, "and then one is"
    heard = [each.number for each in world.messages[bob] if each.channel is Channel.VALUES]
    assert sorted(heard) == sent
