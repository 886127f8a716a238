"""gamenet on the trace: the real half of a host's room, entities as a game has them, acknowledgements three ticks late.

Timed are, each for itself: *collect* (attributes to quantised rows), *structure* (spawns, lost sight, names: Python),
*encode* (who sees what, acknowledgements, priorities, messages of all clients), and on a client *decode* and *write*
(attributes).
Counted are the bodies of all messages that clients get, structure included; headers and acknowledgements stand beside.
Some clients are whole: at the end their worlds must be the host's.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import gamenet as gn
from gamenet.channels import Channel
from gamenet.ids import HOST, PeerId
from gamenet.peer import Peer
from gamenet.replication.codec import ValuesMessage
from gamenet.replication.model.schema import Protocol
from gamenet.replication.model.world import World
from gamenet.replication.replica import Replica
from gamenet.session.envelope import HEADER_SIZE

from .figures import Result, best_of
from .trace import RATE, TICKS, WARM, Columns, Trace

LATE: Final = 3
"""Ticks until an acknowledgement is back."""
SETTLED: Final = 10
"""Ticks after which every client has what there is."""
WATCHED: Final = 8
"""Clients with a world of their own; the others only acknowledge."""


def ship_class(along: bool, sight: Any = None) -> type[Any]:
    """The trace's ship; with its rotation declared to follow its motion or not."""
    turned = gn.angle(0, step=1, along=("vx", "vy")) if along else gn.angle(0, step=1)
    said = {} if sight is None else {"sight": sight}

    class Ship(gn.Entity, **said):
        x: float = gn.coord(0, low=0, high=4096, step=1 / 16, velocity="vx")
        y: float = gn.coord(0, low=0, high=4096, step=1 / 16, velocity="vy")
        rot: float = turned
        vx: float = gn.number(0, low=-512, high=512, step=1 / 8)
        vy: float = gn.number(0, low=-512, high=512, step=1 / 8)
        hp: int = gn.integer(100, low=0, high=100)
        state: int = gn.integer(0, low=0, high=7)
        name: str = gn.text("", longest=16)

    return Ship


class _Client:
    """Who gets messages and acknowledges them; `replica` is its world, when it has one."""

    def __init__(self, id: int, classes: Protocol) -> None:
        self.peer = Peer(id, f"client {id}")
        self.size = 0
        self.replica: Replica | None = None
        if id <= WATCHED:
            me = Peer(id, f"client {id}", me=True)
            self.host = Peer(HOST, "host", host=True)
            self.replica = Replica(gn.Room(), classes, me, self.host, mesh=False, strict=False, tick_rate=RATE)
            self.replica.peer_joined(self.host)


class Host:
    """A room's replica on the host, with the trace's clients."""

    def __init__(self, trace: Trace, along: bool) -> None:
        self.trace = trace
        self.ship = ship_class(along, gn.nearest(trace.size.seen) if trace.size.seen else None)
        classes = Protocol([gn.Room, self.ship])
        me = Peer(HOST, "host", me=True, host=True)
        self.replica = Replica(gn.Room(), classes, me, me, mesh=False, strict=False, tick_rate=RATE)
        self.ships: list[Any] = [None] * trace.size.entities
        self.ids = [0] * trace.size.entities
        self.clients = [_Client(id, classes) for id in range(1, trace.size.clients + 1)]
        for client in self.clients:
            self.replica.peer_joined(client.peer)
        self._late: deque[list[tuple[PeerId, int]]] = deque([[] for _ in range(LATE - 1)])

    def assign(self, tick: Columns) -> None:
        """What a game does: attributes."""
        world = self.replica.world
        names = ("id", "x", "y", "rot", "vx", "vy", "hp", "st")
        rows = zip(*(tick[name].tolist() for name in names), strict=True)
        for slot, (id, x, y, rot, vx, vy, hp, state) in enumerate(rows):
            if id != self.ids[slot]:
                if self.ids[slot]:
                    world.despawn(self.ships[slot])
                self.ids[slot] = id
                self.ships[slot] = world.spawn(self.ship(name=self.trace.text(id)), self._owner(slot))
            ship = self.ships[slot]
            ship.x, ship.y, ship.rot, ship.vx, ship.vy, ship.hp, ship.state = x, y, rot, vx, vy, hp, state

    def _owner(self, slot: int) -> Peer | None:
        """Where not all see all, each client has a ship, and looks from there."""
        client, off = divmod(slot, self.trace.size.entities // self.trace.size.clients)
        return self.clients[client].peer if self.trace.size.seen and not off else None

    def step(self, number: int) -> None:
        """The tick's rules, which are the game's: there are none."""
        self.replica.tick(number, (), 1 / RATE)

    def acknowledge(self) -> None:
        """What was sent three ticks ago is known to have arrived."""
        for peer, message in self._late.popleft():
            self.replica.acknowledged(peer, [message])

    def sent(self, messages: Iterable[ValuesMessage]) -> None:
        self._late.append([(PeerId(message.peer), message.number) for message in messages])


class _Times:
    """Seconds of each stage, tick by tick."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {}
        self._since = 0.0

    def start(self) -> None:
        self._since = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages.setdefault(stage, []).append(now - self._since)
        self._since = now

    def forget(self) -> None:
        """The warm-up is over."""
        self.stages.clear()

    def best_ms(self) -> dict[str, float]:
        return {f"{stage}_ms": best_of(seconds) * 1e3 for stage, seconds in self.stages.items()}


class _Count:
    """Bytes by what they carry, and how often a moving entity was seen."""

    def __init__(self) -> None:
        self.values = self.structure = self.messages = self.movers = 0

    def per_mover(self) -> dict[str, float]:
        return {
            "bytes_per_mover": (self.values + self.structure) / self.movers,
            "values_per_mover": self.values / self.movers,
            "structure_per_mover": self.structure / self.movers,
            "headers_per_mover": (self.messages * HEADER_SIZE[Channel.VALUES]) / self.movers,
        }


def measure(trace: Trace, along: bool, ticks: int = TICKS) -> Result:
    """All stages and bytes; `wrong` counts entities that a whole client has otherwise than the host at the end."""
    host, times, count = Host(trace, along), _Times(), _Count()
    for number in range(ticks):
        if number == WARM:
            times.forget()
            count = _Count()
        tick = trace.tick(number)
        host.assign(tick)
        host.step(number)
        _send(host, number, times, count)
        count.movers += _movers(tick, trace)
    found = {**times.best_ms(), **count.per_mover()}
    for number in range(ticks, ticks + SETTLED):  # the world stands still: what was on its way arrives
        host.step(number)
        _send(host, number, times, count)
    return {**found, "wrong": _wrong(host)}


def _send(host: Host, number: int, times: _Times, count: _Count) -> None:
    times.start()
    host.replica.collect(number)
    times.stop("collect")
    calls = host.replica.calls()
    times.stop("structure")
    host.acknowledge()
    values = host.replica.values_for(number, ())
    times.stop("encode")
    host.sent(values)
    count.structure += sum(len(body) for bodies in calls.values() for body in bodies)
    count.values += sum(len(message.body) for message in values)
    count.messages += len(values)
    for client in host.clients[:WATCHED]:
        mine = [message for message in values if message.peer == client.peer.id]
        _receive(client, number, calls.get(client.peer.id, []), mine, times)


def _receive(client: _Client, number: int, calls: list[bytes], values: list[ValuesMessage], times: _Times) -> None:
    replica = client.replica
    assert replica is not None
    replica.begin()
    for body in calls:
        replica.call(client.host, body, number)
    replica.heard(HOST, number, number / RATE, RATE, 1)
    arrived = [(message._replace(peer=HOST), number / RATE) for message in values]
    times.start()
    taken = replica.values(arrived)
    times.stop("decode")
    replica.settle()
    times.stop("write")
    assert len(taken) == len(arrived)


def _movers(tick: Columns, trace: Trace) -> int:
    if trace.size.seen:
        return int(tick["moving"][tick["vis"]].sum())
    return int(tick["moving"].sum()) * trace.size.clients


def _wrong(host: Host) -> int:
    """Entities of whole clients that are not what the host has to half a step, or should not be there."""
    return sum(_differing(host, client.replica.world) for client in host.clients[:WATCHED] if client.replica)


def _differing(host: Host, world: World) -> int:
    ships = world.all(gn.Entity)
    missing = abs(len(ships) - (host.trace.size.seen or len(host.ships)))
    return missing + sum(not _alike(host.replica.world.entity(ship._id or 0), ship) for ship in ships)


def _alike(true: Any, ship: Any) -> bool:
    if true is None or (true.hp, true.state, true.name) != (ship.hp, ship.state, ship.name):
        return False
    turn = (true.rot - ship.rot + 180) % 360 - 180
    half_steps = (
        (true.x - ship.x, 32),
        (true.y - ship.y, 32),
        (turn, 2),
        (true.vx - ship.vx, 16),
        (true.vy - ship.vy, 16),
    )
    return all(abs(off) * each <= 1.001 for off, each in half_steps)
