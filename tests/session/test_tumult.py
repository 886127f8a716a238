"""Anything in any order: what a mesh goes through, seeded, and what must be left of it when it has settled."""

from __future__ import annotations

import random

import pytest

from gamenet.ids import HOST
from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.node import Node
from gamenet.session.patience import MOST_KEPT_BYTES
from gamenet.session.states import LinkState, State
from gamenet.session.transports import Farewell
from tests.session.world import World

MOST = 6
ROOMS = ("main", "attic")


def _rests(node: Node) -> bool:
    """It neither seeks a connection nor is about to end one."""
    sought = any(each.attempt or each.state is not LinkState.OPEN for each in node._contacts.values())
    return not (sought or node._guests or node._retiring)


class Tumult:
    """A host and at most five joiners, to whom things happen."""

    def __init__(self, link: str, seed: int) -> None:
        self.random = random.Random(f"{link} {seed}")
        self.world = World(link, seed)
        self.host: Hosting = self.world.host(name="Hilda", mesh=True, max_peers=MOST)
        self.host.open_room("attic")
        self.names = (f"P{number}" for number in range(1000))
        self.log: list[str] = []

    @property
    def joiners(self) -> list[Joining]:
        """Those whose process lives and who are not out."""
        return [
            node
            for node in self.world.nodes
            if isinstance(node, Joining) and node.state in (State.CONNECTING, State.JOINED)
        ]

    def one(self) -> Joining | None:
        joined = [node for node in self.joiners if node.state is State.JOINED and node.me.id in self.host._contacts]
        return self.random.choice(joined) if joined else None

    # What happens

    def join(self) -> None:
        if len(self.joiners) < MOST - 1:
            self.world.join(next(self.names), self.random.choice(ROOMS), mesh=True)

    def leave(self) -> None:
        if self.joiners:
            self.random.choice(self.joiners).close(self.world.now)

    def vanish(self) -> None:
        if self.joiners:
            self.world.vanish(self.random.choice(self.joiners))

    def kick(self) -> None:
        node = self.one()
        if node is not None:
            self.host.kick(self.world.now, self.host.peers[node.me.id], "out")

    def move(self) -> None:
        node = self.one()
        if node is not None:
            room = self.host.rooms.named(self.random.choice(ROOMS))
            assert room is not None
            self.host.move(self.world.now, self.host.peers[node.me.id], room)

    def there_and_back(self) -> None:
        node = self.one()
        if node is not None:
            peer = self.host.peers[node.me.id]
            old = self.host._contacts[peer.id].room
            other = next(room for room in self.host.rooms.values() if room is not old)
            for room in (other, old):
                self.host.move(self.world.now, peer, room)

    def reset(self) -> None:
        self.host.reset_room(self.random.choice(list(self.host.rooms.values())))

    def break_off(self) -> None:
        """A connection ends at both ends as if it had never been, one a little earlier."""
        node = self.one()
        contacts = [contact for contact in node._contacts.values() if contact.connection] if node is not None else []
        if node is not None and contacts:
            contact = self.random.choice(contacts)
            node._drop(contact, Farewell.DIALLING_AGAIN, "broken off")
            contact.detach(self.world.now)

    def cut(self) -> None:
        node, other = self.one(), self.random.choice(self.world.nodes)
        if node is not None and node is not other:
            self.world.network.cut_pair(node._transport, other._transport)  # type: ignore[arg-type]

    def say_too_much(self) -> None:
        """To whom cannot be reached just now, more than is kept: its link begins anew."""
        node = self.one()
        if node is not None:
            self.world.say(self.host, node, bytes(MOST_KEPT_BYTES + 1))

    def something(self) -> None:
        chances = {
            self.join: 6,
            self.leave: 2,
            self.vanish: 1,
            self.kick: 1,
            self.move: 3,
            self.there_and_back: 2,
            self.reset: 2,
            self.break_off: 4,
            self.cut: 3,
            self.say_too_much: 2,
        }
        what = self.random.choices(list(chances), list(chances.values()))[0]
        self.log.append(f"{self.world.now:.2f} {what.__name__}")
        what()

    def rage(self, seconds: float) -> None:
        until = self.world.now + seconds
        while self.world.now < until:
            for _ in range(self.random.randint(1, 3)):
                self.something()
            self.world.run(self.random.choice([0.02, 0.1, 0.3, 1.0, 3.0]))

    # What is left

    def settle(self) -> None:
        """In bad weather a path may be lost, for a moment, at any time: also when we come to look."""
        self.world.run(40)
        self.world.until(lambda: all(map(_rests, [self.host, *self.joiners])))

    def assert_whole(self) -> None:
        host, inside = self.host, self.joiners
        assert all(node.state is State.JOINED for node in inside), [(str(node.state), node.problem) for node in inside]
        assert set(host._contacts) == {node.me.id for node in inside} == {p for p in host.peers if p != host.me.id}
        for room in host.rooms.values():
            here = [node for node in inside if node.me.id in {peer.id for peer in room.members}]
            for node in here:
                assert (node.room.id, node.room.name, node.room.epoch) == (room.id, room.name, room.epoch)
                assert [peer.id for peer in node.room.members] == [peer.id for peer in room.members]
                self.assert_linked(node, [host, *(other for other in here if other is not node)])
        self.assert_linked(host, inside)
        pairs = {
            tuple(sorted((a.me.id, b.me.id))) for a in inside for b in inside if a is not b and a.room.id == b.room.id
        }
        assert set(host._keys) == pairs
        assert set(host._tokens.values()) == set(host._contacts.values())

    def key(self, node: Node, other: int) -> bytes:
        return next(key for pair, key in self.host._keys.items() if set(pair) == {node.me.id, other})

    def assert_linked(self, node: Node, others: list[Node]) -> None:
        assert set(node._contacts) == {other.me.id for other in others}
        for contact in node._contacts.values():
            assert contact.state is LinkState.OPEN and contact.attempt == 0
            assert contact.peer.id == HOST or node is self.host or contact.key == self.key(node, contact.peer.id)
            assert node._by_connection[contact.connection] is contact
            assert not any(contact.link._early.values()) and contact.link.unacknowledged < 500
        assert len(node._by_connection) == len(node._contacts)
        assert not node._guests and not node._transport._dialling  # type: ignore[attr-defined]
        machines = sorted(end.machine for end in node._transport.ends.values())  # type: ignore[attr-defined]
        assert machines == sorted(self.world.machines[other] for other in others)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("link", ["perfect", "good", "fair", "poor"])
def test_when_it_has_settled_everybody_is_linked_once_with_all_of_the_room_and_nobody_else(
    link: str, seed: int
) -> None:
    tumult = Tumult(link, seed)
    for _ in range(3):
        tumult.rage(30)
        tumult.settle()
        tumult.assert_whole()
        assert all(node.counters["broken"] == 0 for node in tumult.world.nodes)
