"""Nodes on a network in memory, on virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gamenet.channels import Channel
from gamenet.session import messages as m
from gamenet.session.contact import Incoming, Outgoing
from gamenet.session.envelope import Envelope
from gamenet.session.events import Event
from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.node import Node
from gamenet.session.settings import Settings
from gamenet.session.states import State
from gamenet.session.transports import Lost, Opened, Parcel
from gamenet.session.transports.memory import MemoryTransport, Network
from gamenet.testing.link import Link, weather

E = TypeVar("E")
N = TypeVar("N", bound=Node)
FRAME = 1 / 60


class World:
    """A host, joiners, and what each of them was handed up."""

    def __init__(self, link: Link | str = "perfect", seed: int = 1) -> None:
        self.network = Network(weather(link, seed))
        self.now = self.network.now = 100.0
        self.nodes: list[Node] = []
        self.hung: set[Node] = set()
        self.events: dict[Node, list[Event]] = {}
        self.messages: dict[Node, list[Incoming]] = {}
        self.machines: dict[Node, str] = {}
        self.each_frame: Callable[[Node], list[Outgoing]] = lambda node: []

    def host(self, *, mesh: bool = False, **settings: object) -> Hosting:
        transport = self.network.transport("host")
        return self.add(Hosting(transport, ":27015", Settings(**settings), mesh=mesh), transport)  # type: ignore[arg-type]

    def join(self, name: str = "Ada", room: str = "", *, mesh: bool = False, **settings: object) -> Joining:
        transport = self.network.transport()
        node = Joining(transport, "host:27015", room, Settings(name=name, **settings), mesh=mesh)  # type: ignore[arg-type]
        return self.add(node, transport)

    def joined(self, name: str = "Ada", room: str = "", **settings: object) -> Joining:
        node = self.join(name, room, **settings)  # type: ignore[arg-type]
        self.until(lambda: node.state is State.JOINED)
        self.run(0.5)
        return node

    def add(self, node: N, transport: MemoryTransport) -> N:
        self.nodes.append(node)
        self.events[node], self.messages[node] = [], []
        self.machines[node] = transport.machine
        return node

    def vanish(self, node: Node) -> None:
        """Its process dies without a word."""
        self.network.cut(self.machines[node])
        self.nodes.remove(node)

    def frame(self) -> None:
        self.now += FRAME
        for node in [node for node in self.nodes if node not in self.hung]:
            arrivals = node.receive(self.now)
            self.events[node] += arrivals.events
            self.messages[node] += arrivals.messages
            node.send(self.now, self.each_frame(node))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.frame()

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> float:
        """Run until it holds. Returns how long that took."""
        started = self.now
        while not condition():
            assert self.now - started < seconds, "it did not come to that"
            self.frame()
        return self.now - started

    def heard(self, node: Node, kind: type[E]) -> list[E]:
        return [event for event in self.events[node] if isinstance(event, kind)]

    def forget(self) -> None:
        """What was handed up so far is no longer of interest."""
        for node in self.events:
            self.events[node], self.messages[node] = [], []

    def say(self, sender: Node, receiver: Node, body: bytes, channel: Channel = Channel.CALL, **more: int) -> None:
        """Send one message in the sender's next frame."""
        room = next(iter(receiver.rooms)) if isinstance(receiver, Joining) else next(iter(sender.rooms))
        outgoing = Outgoing(receiver.me.id, room, channel, more.pop("tick", 1), body, **more)
        sender.send(self.now, [outgoing])


class Stranger:
    """A raw client: bytes over a connection, no node."""

    def __init__(self, world: World, at: str = "host:27015") -> None:
        self.world = world
        self.transport: MemoryTransport = world.network.transport()
        self.transport.connect(at)
        self.connection = 0
        self.lost: Lost | None = None
        self.received: list[m.Message | str] = []
        world.until(lambda: self.poll() or self.connection)

    def poll(self) -> None:
        for happening in self.transport.poll(self.world.now):
            if isinstance(happening, Opened):
                self.connection = happening.connection
            elif isinstance(happening, Lost):
                self.lost = happening
        self.received += [m.decode(received.data[16:]) for received in self.transport.receive(0)]

    def send(self, data: bytes, channel: Channel = Channel.CONTROL) -> None:
        self.transport.send(self.world.now, [Parcel(self.connection, channel, data)])

    def until_closed(self) -> Lost:
        self.world.until(lambda: self.poll() or self.lost)
        assert self.lost is not None
        return self.lost


def hello(**changes: object) -> bytes:
    fields = {
        "game": "",
        "name": "Eve",
        "room": "",
        "password": "",
        "protocol": b"",
        "token": bytes(16),
        "watch": False,
        "data": {},
        "address": "",
        "joined": False,
    }
    return Envelope(Channel.CONTROL, body=m.encode(m.Hello(**{**fields, **changes}))).pack()  # type: ignore[arg-type]
