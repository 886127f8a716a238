"""Sessions with an invite code on virtual time: the real service and lobby, and paths in memory that need signals."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from gamenet.channels import Channel
from gamenet.errors import InvalidCertificate
from gamenet.rendezvous.lobby import Entry, LobbyTransport, Offer
from gamenet.rendezvous.service import Service
from gamenet.session.contact import Incoming, Outgoing
from gamenet.session.events import Event
from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.listing import Listing
from gamenet.session.node import Node
from gamenet.session.settings import Settings
from gamenet.session.states import LinkState, State
from gamenet.session.transports import Failed, Farewell, Happening, Opened, Parcel, Received, Standing, Status
from gamenet.session.transports.cards import Card, address_of
from gamenet.session.transports.memory import Network
from gamenet.sockets import TurnServer
from gamenet.testing.link import Link, weather
from tests.rendezvous.world import Issuer

E = TypeVar("E")
N = TypeVar("N", bound=Node)

FRAME = 1 / 60
SERVICE = "service:27020"


class MemoryPaths:
    """What `P2PTransport` does, in memory: a connection is had after a call and its answer went as signals."""

    patience: float = 20.0

    def __init__(self, network: Network, identity: str, port: int = 0) -> None:
        self.identity, self.port = identity, port
        self.root = ""
        self.bad_roots: set[str] = set()
        self.certificate = b""
        self.given: tuple[Sequence[str], Sequence[TurnServer]] = ([], [])
        self.met: dict[str, Card] = {}
        self.deaf = False
        """Its signals are not answered."""
        self.gullible = False
        """It takes connections of those whom it has not met."""
        self._network = network
        self._net = network.transport(address_of(self.card))
        self._numbers = itertools.count(1)
        self._out: list[tuple[str, bytes]] = []
        self._calls: dict[int, tuple[str, float]] = {}
        self._dials: dict[int, int] = {}
        self._happenings: list[Happening] = []

    @property
    def card(self) -> Card:
        return Card(self.identity, self.port, bytes(16), 4000 if self.certificate else 0)

    # Of its own

    def certificate_request(self) -> bytes:
        return b"request"

    def certify(self, root: str, certificate: bytes) -> None:
        if root in self.bad_roots:
            raise InvalidCertificate("another authority is trusted already")
        self.root, self.certificate = root, certificate

    def servers(self, stun: Sequence[str], turn: Sequence[TurnServer]) -> None:
        self.given = stun, turn

    def meet(self, card: Card) -> None:
        self.met[address_of(card)] = card

    def part(self, card: Card) -> None:
        del self.met[address_of(card)]

    def signals(self) -> list[tuple[str, bytes]]:
        out, self._out = self._out, []
        return out

    def receive_signal(self, sender: str, data: bytes) -> None:
        word, _, number = data.decode().partition(" ")
        if sender not in self.met or not self.certificate or self.deaf:
            return
        if word == "call":
            self._out.append((sender, f"answer {number}".encode()))
        elif int(number) in self._calls:
            del self._calls[int(number)]
            self._dials[self._net.connect(f"{sender}:1")] = int(number)

    def how(self, attempt: int) -> str:
        return "direct" if attempt in self._dials.values() else "signals"

    # Of a transport

    def standing(self) -> Standing:
        return Standing()

    def listen(self, address: str) -> str:
        self._net.listen(f"{address_of(self.card)}:1")
        return address_of(self.card)

    def connect(self, address: str) -> int:
        assert address in self.met and self.certificate
        number = next(self._numbers)
        self._calls[number] = address, self._network.now + self.patience
        self._out.append((address, f"call {number}".encode()))
        return number

    def poll(self, now: float) -> list[Happening]:
        happenings = [translated for each in self._net.poll(now) for translated in self._translate(each)]
        for number, (_, until) in list(self._calls.items()):
            if now >= until:
                del self._calls[number]
                happenings.append(Failed(number, "The host does not answer through the service."))
        return happenings

    def _translate(self, happening: Happening) -> Iterator[Happening]:
        if isinstance(happening, Opened):
            number = self._dials.pop(happening.attempt, 0)
            if happening.address in self.met or self.gullible:
                yield happening._replace(attempt=number)
            else:
                self._net.close(happening.connection, Farewell.REFUSED)
        elif isinstance(happening, Failed):
            yield happening._replace(attempt=self._dials.pop(happening.attempt))
        else:
            yield happening

    def open_group(self) -> int:
        return self._net.open_group()

    def close_group(self, group: int) -> None:
        self._net.close_group(group)

    def assign(self, connection: int, group: int) -> None:
        self._net.assign(connection, group)

    def receive(self, group: int) -> Sequence[Received]:
        return self._net.receive(group)

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        return self._net.send(now, batch)

    def flush(self, connections: Sequence[int]) -> None: ...

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        return self._net.statuses(connections)

    def route(self, connection: int) -> str:
        return "direct"

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        self._net.close(connection, farewell, why, linger=linger)

    def shutdown(self) -> None:
        for address in self.met:
            self._out.append((address, b"answer 0"))  # stands for a goodbye, which is a signal
        self._net.shutdown()


class Town:
    """A service, hosts and joiners, and what each of them was handed up."""

    def __init__(self, link: Link | str = "perfect", seed: int = 1, *, service: bool = True) -> None:
        self.network = Network(weather(link, seed))
        self.now = self.network.now = 100.0
        self.service: Service | None = None
        self.nodes: list[Node] = []
        self.events: dict[Node, list[Event]] = {}
        self.messages: dict[Node, list[Incoming]] = {}
        self.paths: dict[Node, MemoryPaths] = {}
        self.lobbies: dict[Node, LobbyTransport] = {}
        self.stages: dict[Node, list[str]] = {}
        self.authority = Issuer()
        self.network.transport("service")
        if service:
            self.start_service()

    def start_service(self, **given: Any) -> None:
        self.service = Service(self.network.transport("service"), ":27020", authority=self.authority, **given)  # type: ignore[arg-type]

    def stop_service(self) -> None:
        assert self.service is not None
        self.service._transport.shutdown()
        self.service = None

    # Who plays

    def transport(
        self, name: str, wish: Offer | Entry, port: int = 0, service: str = SERVICE
    ) -> tuple[LobbyTransport, MemoryPaths]:
        paths = MemoryPaths(self.network, f"str:{name.lower()}", port)
        return LobbyTransport(self.network.transport(f"home of {name}"), paths, service, wish), paths

    def host(
        self,
        name: str = "Hilda",
        *,
        port: int = 0,
        locked: bool = False,
        listing: Listing | None = None,
        **settings: Any,
    ) -> Hosting:
        said = Settings(name=name, **settings)
        offer = Offer("", "", name, said.max_peers, locked, listing or Listing("invite", {}))
        transport, paths = self.transport(name, offer, port)
        return self.add(Hosting(transport, "", said, mesh=True), transport, paths)

    def hosted(self, name: str = "Hilda", **more: Any) -> Hosting:
        node = self.host(name, **more)
        self.until(lambda: node.standing().code)
        return node

    def join(self, code: str, name: str = "Ada", *, port: int = 0, service: str = SERVICE, **settings: Any) -> Joining:
        said = Settings(name=name, **settings)
        transport, paths = self.transport(name, Entry(name, bool(said.password)), port, service)
        return self.add(Joining(transport, code, "", said, mesh=True), transport, paths)

    def joined(self, host: Node, name: str = "Ada", **settings: Any) -> Joining:
        node = self.join(host.standing().code, name, **settings)
        self.until(lambda: node.state is State.JOINED)
        return node

    def refused(self, code: str, name: str = "Ada", **settings: Any) -> Joining:
        node = self.join(code, name, **settings)
        self.until(lambda: node.state is State.CLOSED, 60)
        return node

    def add(self, node: N, transport: LobbyTransport, paths: MemoryPaths) -> N:
        self.nodes.append(node)
        self.events[node], self.messages[node], self.stages[node] = [], [], [node.standing().stage]
        self.paths[node], self.lobbies[node] = paths, transport
        return node

    def vanish(self, node: Node) -> None:
        """Its process dies without a word."""
        self.network.cut(address_of(self.paths[node].card))
        self.network.cut(f"home of {node.me.name}")
        self.nodes.remove(node)

    # Time

    def frame(self) -> None:
        self.now += FRAME
        if self.service is not None:
            self.service.pump(self.now)
        for node in self.nodes:
            arrivals = node.receive(self.now)
            self.events[node] += arrivals.events
            self.messages[node] += arrivals.messages
            node.send(self.now, [])
            if self.stages[node][-1] != node.standing().stage:
                self.stages[node].append(node.standing().stage)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.frame()

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> float:
        """Run until it holds. Returns how long that took."""
        started = self.now
        while not condition():
            problems = [(node.me.name, str(node.state), node.problem, node.standing()) for node in self.nodes]
            assert self.now - started < seconds, f"it did not come to that: {problems}"
            self.frame()
        return self.now - started

    # What came of it

    def heard(self, node: Node, kind: type[E]) -> list[E]:
        return [event for event in self.events[node] if isinstance(event, kind)]

    def seats(self, node: Node) -> list[str]:
        """Names of who is in the room, as the service told this node."""
        client = self.lobbies[node]._client
        assert client is not None
        return [seat.name for seat in client.members]

    def linked(self, here: Node, there: Node) -> bool:
        contact = here._contacts.get(there.me.id)
        return contact is not None and contact.state is LinkState.OPEN

    def say(self, sender: Joining, receiver: Node, body: bytes) -> None:
        sender.send(self.now, [Outgoing(receiver.me.id, sender.room.id, Channel.CALL, 1, body)])
