"""A network in memory on virtual time: the same behaviour as GameNetworkingSockets, any weather, no packet leaves.

Every transport of one `Network` stands at an address of its own, like a machine. All time is handed in: `poll` and
`send` move the network's clock, and what was due by then has happened, in order of its moment.

    path       one direction between two addresses; decides for each packet when it arrives, or that it does not
    packet     what the weather sees; a reliable message is repeated until one arrives
    lane       reliable messages of a lane are handed on in order, exactly once

What a real machine does while its game hangs (acknowledge, keep alive, notice a dead path) the network does by itself.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol

from ...channels import CARRIAGE, Channel
from ...errors import AddressInUse, InvalidAddress
from .. import sentences
from . import Failed, Farewell, Happening, Lost, Opened, Parcel, Received, Standing, Status

TIMEOUT: Final = 10.0
"""Seconds without a packet after which a connection, or an attempt, is given up."""
KEEP_ALIVE: Final = 1.0
REPEAT_AFTER: Final = 0.05
"""The shortest time after which a lost reliable packet is sent again; else twice the path's delay."""
FRAGMENT: Final = 1200
"""Bytes of a packet: longer messages are several, and an unreliable one is lost with any of them."""
FIRST_PORT: Final = 49152


class _Message(NamedTuple):
    """A `Received`."""

    connection: int
    data: bytes
    received_at: float


class Path(Protocol):
    """One direction between two machines."""

    def packet(self, now: float, size: int) -> Sequence[float]:
        """The moments at which a packet of `size` bytes, sent now, arrives: none when it is lost, two when doubled."""

    @property
    def delay(self) -> float:
        """What a packet needs as a rule, in seconds: when to repeat depends on it."""


class PerfectPath:
    """No delay, no loss."""

    delay = 0.0

    def packet(self, now: float, size: int) -> Sequence[float]:
        return (now,)


class Network:
    """The machines, the paths between them, and what is under way."""

    def __init__(self, path: Callable[[str, str], Path] = lambda source, target: PerfectPath()) -> None:
        """`path(source, target)` makes the path from one machine to another, once for each pair."""
        self.now = 0.0
        self._new_path = path
        self._paths: dict[tuple[str, str], Path] = {}
        self.machines: set[str] = set()
        self.listening: dict[str, MemoryTransport] = {}
        """By address, port included."""
        self._cut: set[str] = set()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def transport(self, machine: str = "") -> MemoryTransport:
        """A transport on a machine, by default on one of its own; the name is the host part of its addresses."""
        machine = machine or f"10.0.0.{len(self.machines) + 1}"
        self.machines.add(machine)
        return MemoryTransport(self, machine)

    def cut(self, machine: str) -> None:
        """Pull a machine's plug: nothing leaves or reaches it, and nobody says so."""
        self._cut.add(machine)

    def mend(self, machine: str) -> None:
        """Put the plug back in."""
        self._cut.discard(machine)

    def cut_pair(self, here: MemoryTransport, there: MemoryTransport) -> None:
        """The connections between these two are dead from now on, as when a router forgets them: nobody says so.

        What they make anew lives.
        """
        for end in (*here.ends.values(), *there.ends.values()):
            if end.twin is not None and {end.owner, end.twin.owner} == {here, there}:
                end.dead = True

    def advance(self, now: float) -> None:
        """Let everything happen that is due by then."""
        while self._events and self._events[0][0] <= now:
            moment, _, action = heapq.heappop(self._events)
            self.now = max(self.now, moment)
            action()
        self.now = max(self.now, now)

    def at(self, moment: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), action))

    def path(self, source: str, target: str) -> Path:
        path = self._paths.get((source, target))
        if path is None:
            path = self._paths[source, target] = self._new_path(source, target)
        return path

    def carry(self, source: str, target: str, size: int, arrived: Callable[[], None]) -> bool:
        """Send one packet. Returns whether it will arrive, which only the network itself may use."""
        if source in self._cut or target in self._cut:
            return False
        moments = self.path(source, target).packet(self.now, size)
        for moment in moments:
            self.at(moment, lambda: self._deliver(source, target, arrived))
        return bool(moments)

    def carry_surely(
        self, source: str, target: str, size: int, arrived: Callable[[], None], alive: Callable[[], bool]
    ) -> None:
        """Send a packet again and again until it has arrived once, as long as `alive` says that it is wanted."""
        done = False

        def once() -> None:
            nonlocal done
            if not done:
                done = True
                arrived()

        def attempt() -> None:
            if not done and alive():
                self.carry(source, target, size, once)
                wait = self.path(source, target).delay + self.path(target, source).delay
                self.at(self.now + max(REPEAT_AFTER, 1.5 * wait), attempt)

        attempt()

    def _deliver(self, source: str, target: str, arrived: Callable[[], None]) -> None:
        if source not in self._cut and target not in self._cut:
            arrived()


class _End:
    """One end of a connection."""

    def __init__(self, owner: MemoryTransport, number: int, machine: str, attempt: int) -> None:
        self.owner, self.number, self.machine, self.attempt = owner, number, machine, attempt
        self.twin: _End | None = None
        self.open = False
        self.over = False
        self.dead = False
        """Its path is cut: see `Network.cut_pair`."""
        self.heard_at = owner.network.now
        self.group = 0
        self.unacknowledged = 0
        self.closing: tuple[Farewell, str] | None = None
        self.inbox: deque[_Message] = deque()
        self._sent = dict.fromkeys(range(2), 0)
        self._next = dict.fromkeys(range(2), 1)
        self._early: dict[tuple[int, int], tuple[bytes, float]] = {}

    # Sending

    def send(self, channel: Channel, data: bytes) -> bool:
        """Give a message to the network. Returns whether it was taken."""
        twin = self.twin
        if not self.open or twin is None:
            return False
        carriage = CARRIAGE[channel]
        if carriage.reliable:
            return self._send_surely(twin, carriage.lane, data)
        pieces = _Pieces(len(data), lambda: twin.hear(data))
        for number, size in enumerate(pieces.sizes):
            self.network.carry(self.owner.machine, self.machine, size, self._through(partial(pieces.arrived, number)))
        return True

    def _send_surely(self, twin: _End, lane: int, data: bytes) -> bool:
        if self.unacknowledged + len(data) > self.owner.send_buffer:
            return False
        self._sent[lane] += 1
        number = self._sent[lane]
        self.unacknowledged += len(data)
        pieces = _Pieces(len(data), lambda: self._arrived(twin, lane, number, data))
        for piece, size in enumerate(pieces.sizes):
            self.network.carry_surely(
                self.owner.machine,
                self.machine,
                size,
                self._through(partial(pieces.arrived, piece)),
                lambda: not self.over,
            )
        return True

    def _arrived(self, twin: _End, lane: int, number: int, data: bytes) -> None:
        twin.hear_in_order(lane, number, data)
        self.network.carry_surely(
            self.machine,
            self.owner.machine,
            50,
            self._through(lambda: self._acknowledged(len(data))),
            lambda: not self.over,
        )

    def _through(self, arrived: Callable[[], None]) -> Callable[[], None]:
        """Nothing arrives on a dead connection."""
        return lambda: None if self.dead else arrived()

    def _acknowledged(self, size: int) -> None:
        self.unacknowledged -= size
        self.heard_at = self.network.now
        if self.unacknowledged == 0 and self.closing is not None:
            self.say_goodbye(*self.closing)

    # Receiving

    def hear(self, data: bytes) -> None:
        self.heard_at = self.network.now
        if not self.over:
            self.inbox.append(_Message(self.number, data, self.network.now))

    def hear_in_order(self, lane: int, number: int, data: bytes) -> None:
        self.heard_at = self.network.now
        if self.over or number < self._next[lane]:
            return
        self._early[lane, number] = data, self.network.now
        while (lane, self._next[lane]) in self._early:
            ready, _ = self._early.pop((lane, self._next[lane]))
            self._next[lane] += 1
            self.inbox.append(_Message(self.number, ready, self.network.now))

    # Living and ending

    @property
    def network(self) -> Network:
        return self.owner.network

    def opened(self) -> None:
        self.open = True
        self.heard_at = self.network.now
        self.owner.happened(Opened(self.number, self.attempt, self.machine))
        self._keep_alive()

    def _keep_alive(self) -> None:
        """As the real library's thread: tell the twin that we live, notice when it does not."""
        if self.over or self.twin is None:
            return
        if self.network.now - self.heard_at > TIMEOUT:
            self.lost(None, sentences.TIMED_OUT)
            return
        self.network.carry_surely(
            self.owner.machine, self.machine, 50, self._through(self.twin.alive), lambda: not self.over
        )
        self.network.at(self.network.now + KEEP_ALIVE, self._keep_alive)

    def alive(self) -> None:
        self.heard_at = self.network.now

    def close(self, farewell: Farewell, why: str, linger: bool) -> None:
        """From our side."""
        if linger and self.unacknowledged and not self.over:
            self.closing = farewell, why
            self.inbox.clear()
            return
        self.say_goodbye(farewell, why)

    def say_goodbye(self, farewell: Farewell, why: str) -> None:
        """Over here; the twin hears of it as soon as a packet gets through."""
        if self.over:
            return
        self.over = True
        twin, owner = self.twin, self.owner
        owner.ends.pop(self.number, None)
        if twin is not None:
            told = why.encode()[:120].decode(errors="ignore")
            self.network.carry_surely(
                owner.machine,
                self.machine,
                50,
                self._through(lambda: twin.lost(farewell, told)),
                lambda: not twin.over,
            )

    def lost(self, farewell: Farewell | None, reason: str) -> None:
        """From the other side, or from none. What has arrived can still be received."""
        if not self.over:
            self.over = True
            self.open = False
            if self.closing is None:
                self.owner.happened(Lost(self.number, farewell, reason))
            else:
                self.owner.ends.pop(self.number, None)


class _Pieces:
    """A message in several packets: whole when each has arrived."""

    def __init__(self, size: int, whole: Callable[[], None]) -> None:
        self.sizes = [min(FRAGMENT, size - start) for start in range(0, max(size, 1), FRAGMENT)]
        self._missing = set(range(len(self.sizes)))
        self._whole = whole

    def arrived(self, number: int) -> None:
        """A doubled packet of a short message delivers it twice, as a real unreliable one may be."""
        if len(self.sizes) == 1:
            self._whole()
        elif number in self._missing:
            self._missing.discard(number)
            if not self._missing:
                self._whole()


class MemoryTransport:
    """A process on a machine of a `Network`. See `Transport` for what each word means."""

    patience: float = 10.0

    def __init__(self, network: Network, machine: str) -> None:
        self.network, self.machine = network, machine
        self.ends: dict[int, _End] = {}
        self.send_buffer = 1024 * 1024
        self._happenings: list[Happening] = []
        self._dialling: set[int] = set()
        self._numbers = itertools.count(1)
        self._groups = {0}

    def standing(self) -> Standing:
        return Standing()

    def listen(self, address: str) -> str:
        host, port = _parse(address, self.machine)
        if host not in (self.machine, "", "[::]", "0.0.0.0", "localhost", "127.0.0.1"):
            raise InvalidAddress(f"{address!r} is not an address of this machine, which is {self.machine}")
        taken = f"{self.machine}:{port or self._free_port()}"
        if taken in self.network.listening:
            raise AddressInUse(f"port {port} is in use on {self.machine}")
        self.network.listening[taken] = self
        return taken

    def _free_port(self) -> int:
        return next(p for p in itertools.count(FIRST_PORT) if f"{self.machine}:{p}" not in self.network.listening)

    def connect(self, address: str) -> int:
        host, port = _parse(address, self.machine)
        attempt = next(self._numbers)
        self._dialling.add(attempt)
        target = f"{self.machine if host in ('localhost', '127.0.0.1') else host}:{port}"
        machine = _parse(target)[0]
        network = self.network
        if machine not in network.machines:
            network.at(network.now, lambda: self._failed(attempt, sentences.no_such_machine(host)))
            return attempt
        end = _End(self, attempt, machine, attempt)
        network.carry_surely(
            self.machine, machine, 500, lambda: self._knock(end, target), lambda: attempt in self._dialling
        )
        network.at(network.now + TIMEOUT, lambda: self._failed(attempt, sentences.nobody_answered(address)))
        return attempt

    def _knock(self, end: _End, target: str) -> None:
        """On the other machine: our request has arrived."""
        host = self.network.listening.get(target)
        if host is None:
            return  # nobody listens there: as with real UDP, the attempt times out
        twin = _End(host, next(host._numbers), self.machine, 0)
        twin.twin, end.twin = end, twin
        host.ends[twin.number] = twin
        twin.opened()
        self.network.carry_surely(host.machine, self.machine, 500, lambda: self._answered(end), lambda: not twin.over)

    def _answered(self, end: _End) -> None:
        if end.attempt in self._dialling:
            self._dialling.discard(end.attempt)
            self.ends[end.number] = end
            end.opened()

    def _failed(self, attempt: int, reason: str) -> None:
        if attempt in self._dialling:
            self._dialling.discard(attempt)
            self.happened(Failed(attempt, reason))

    def happened(self, happening: Happening) -> None:
        self._happenings.append(happening)

    def poll(self, now: float) -> list[Happening]:
        self.network.advance(now)
        happenings, self._happenings = self._happenings, []
        return happenings

    def open_group(self) -> int:
        group = next(self._numbers)
        self._groups.add(group)
        return group

    def close_group(self, group: int) -> None:
        self._groups.discard(group)

    def assign(self, connection: int, group: int) -> None:
        end = self.ends.get(connection)
        if end is not None:
            end.group = group

    def receive(self, group: int) -> Sequence[Received]:
        received: list[_Message] = []
        for end in list(self.ends.values()):
            if end.group == group and end.closing is None:
                received += end.inbox
                end.inbox.clear()
                if end.over:
                    del self.ends[end.number]
        return received

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        self.network.advance(now)
        refused: list[int] = []
        full: set[int] = set()
        for index, (connection, channel, data) in enumerate(batch):
            end = self.ends.get(connection)
            if end is None or connection in full or not end.send(channel, data):
                refused.append(index)
                if CARRIAGE[channel].reliable:
                    full.add(connection)
        return refused

    def flush(self, connections: Sequence[int]) -> None:
        """Nothing waits for company here."""

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        return [self._status(self.ends.get(connection)) for connection in connections]

    def _status(self, end: _End | None) -> Status:
        return Status(0, 0) if end is None else Status(0, end.unacknowledged)

    def route(self, connection: int) -> str:
        return "local"

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        self._dialling.discard(connection)
        end = self.ends.get(connection)
        if end is not None:
            end.close(farewell, why, linger)

    def shutdown(self) -> None:
        self._dialling.clear()
        for address in [each for each, owner in self.network.listening.items() if owner is self]:
            del self.network.listening[address]
        for end in list(self.ends.values()):
            if end.closing is None:
                end.close(Farewell.GOODBYE, "", linger=True)


def _parse(address: str, here: str = "") -> tuple[str, int]:
    """Host and port of "host:port", "host", ":port" or ""; the default port is 27015, 0 lets the network choose."""
    host, colon, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
    if not colon:
        host, port = address, "27015"
    if not port.isascii() or not port.isdigit() or int(port) > 65535 or " " in host:
        raise InvalidAddress(f"{address!r} is no address; a good one is {here or '10.0.0.1'}:27015")
    return host, int(port)
