"""The conductor: the one place where the session's half and the replicated half meet, once at each end of a frame.

    begin   attributes become the simulated values · one receive · structure, values · then events and RPCs
    (the game's block)
    end     due ticks · changed hooks · collecting · one send, one flush · attributes become the shown values

Each half is entered once per direction. What is to be told to the game is queued in the order in which it happened and
delivered function by function: one that raises ends the frame, not the rest, which comes in the next one.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from .channels import Channel
from .clock import Clock
from .handlers import Handlers
from .ids import PeerId, RoomId
from .peer import Peer
from .replication import happenings as h
from .replication.codec import ValuesMessage
from .replication.replica import Replica
from .rhythm import Follower, Rhythm
from .session import events as e
from .session import sentences
from .session.node import Incoming, Node, Outgoing
from .session.rooms import RoomRecord

if TYPE_CHECKING:
    from .game import Room

log = logging.getLogger("gamenet")

Delivery = Callable[[], object]


class Attendant(Protocol):
    """What goes along with a session, as its announcement on the local network: tended each frame until it is over."""

    def tend(self, now: float) -> None: ...
    def close(self) -> None:
        """May be called several times."""


class Stage:
    """One room as the conductor keeps it: its replica, its rules, its listeners."""

    def __init__(self, room: Room, replica: Replica) -> None:
        self.room, self.replica = room, replica
        self.record: RoomRecord | None = None
        self.rules: list[Callable[[float], object]] = []
        self.handlers = Handlers()
        self.joined = False


class Conductor:
    """Runs the frames of one session."""

    def __init__(
        self,
        node: Node,
        clock: Clock,
        first: Stage,
        make_stage: Callable[[RoomRecord], Stage],
        attendants: Sequence[Attendant] = (),
    ) -> None:
        """
        Args:
            node: the session's half.
            clock: the only time that is read here.
            first: the room that is there from the first line.
            make_stage: a stage for another room of this session, opened or moved to.
            attendants: of who hosts.
        """
        self.node, self.clock, self._attendants = node, clock, attendants
        self.first, self._make_stage = first, make_stage
        self.stages: dict[RoomId, Stage] = {}
        """Rooms by their generation of today, in the order in which they were opened."""
        self.handlers = Handlers()
        self.before: list[Callable[[], object]] = []
        self.after: list[Callable[[], object]] = []
        self.rhythm: Rhythm | None = None
        self._generations: dict[RoomId, Stage] = {}
        self._arrived: deque[e.Event | Incoming] = deque()
        self._batches: dict[RoomId, list[tuple[ValuesMessage, float]]] = {}
        self._queue: deque[Delivery] = deque()
        self._early: dict[PeerId, int] = {}
        self._sent_slot = 0
        self._paused_at: float | None = None
        self.frames = self.messages_in = self.messages_out = self.bytes_in = self.bytes_out = 0
        node.me._room = node.host._room = first.room
        for record in node.rooms.values():
            self._open(record, first)

    # ------------------------------------------------------------------------------------------------------------ begin

    def begin(self) -> None:
        """Messages, then events and RPCs. The first frame is the first time that anything is delivered."""
        self.frames += 1
        now = self.clock.now()
        for stage in self._all_stages():
            stage.replica.begin()
        self._next(*self.before)
        self._arrived.extend(self.node.receive(now).happened)
        self._tend_attendants(now)
        self._drain()  # what a handler that raised kept from being delivered
        self._take_arrived()
        self._follow(now)
        for stage in self._all_stages():
            stage.replica.router.expire(now)
            self._take_happenings(stage)
        self._drain()

    def _tend_attendants(self, now: float) -> None:
        for attendant in self._attendants:
            if self.node.state == "joined":
                attendant.tend(now)
            else:
                attendant.close()

    def _all_stages(self) -> Sequence[Stage]:
        stages = list(self.stages.values())
        return stages if self.first in stages else [self.first, *stages]

    def _take_arrived(self) -> None:
        """In the order in which it came: events and calls one by one, values in one batch behind their structure."""
        for stage in self._all_stages():
            if stage.joined:
                self._take_happenings(stage)  # what the game did since the last frame came before all this
        while self._arrived:
            one = self._arrived.popleft()
            if isinstance(one, Incoming):
                self._message(one)
            else:
                self._take_values(self._batches)
                self._session_event(one)
        self._take_values(self.stages)

    def _message(self, message: Incoming) -> None:
        self.messages_in += 1
        self.bytes_in += len(message.body)
        stage = self.stages.get(message.room)
        peer = stage.replica.world.peer(message.peer) if stage is not None else None
        if stage is None or peer is None:
            return  # of a room that was left, or from somebody who left
        if message.channel is Channel.CALL:
            stage.replica.call(peer, message.body, message.tick)
            self._take_happenings(stage)
            return
        stage.replica.heard(message.peer, message.tick, message.received_at, self.node.tick_rate, self._interval())
        stage.replica.acknowledged(message.peer, message.acks)
        self._note_early(message)
        if message.channel is Channel.VALUES:
            body = ValuesMessage(message.peer, message.tick, message.number, message.body)
            self._batches.setdefault(message.room, []).append((body, message.received_at))

    def _take_values(self, rooms: Iterable[RoomId]) -> None:
        for room in list(rooms):
            batch, stage = self._batches.pop(room, []), self.stages.get(room)
            if stage is not None:
                self._values(stage, batch)

    def _values(self, stage: Stage, batch: list[tuple[ValuesMessage, float]]) -> None:
        numbers: dict[PeerId, list[int]] = {}
        for peer, number in stage.replica.values(batch):
            numbers.setdefault(peer, []).append(number)
        for peer, taken in numbers.items():
            self.node.acknowledge(peer, taken)
        stage.replica.settle()
        self._take_happenings(stage)

    def _note_early(self, message: Incoming) -> None:
        """On the host: how early a peer's ticks arrive. Elsewhere: what the host says of mine."""
        if self.node.me.is_host and self.rhythm is not None:
            early = message.tick - (self.rhythm.tick + 1)  # the next tick is the first that can use it
            self._early[message.peer] = min(early, self._early.get(message.peer, early))
        elif message.early is not None and isinstance(self.rhythm, Follower):
            self.rhythm.early(message.early)

    def _follow(self, now: float) -> None:
        if self.rhythm is None and self.node.state == "joined":
            rate = self.node.tick_rate
            self.rhythm = Rhythm(rate, now) if self.node.me.is_host else Follower(rate, now, self._interval())
        if isinstance(self.rhythm, Follower) and not self.paused:
            seen = self.current.replica.host_tick(now)
            if seen is not None:
                self.rhythm.follow(seen, self.node.host.ping)

    @property
    def paused(self) -> bool:
        """Whether ticks stand still, everywhere."""
        return self._paused_at is not None

    def pause(self, paused: bool) -> None:
        """Ticks stand still, or go on where they stood."""
        if paused != self.paused:
            self._paused_at = self.clock.now() if paused else None
            for stage in self.stages.values():
                stage.replica.resume()

    @property
    def current(self) -> Stage:
        """The room that I am in; on a server the first."""
        return next(iter(self.stages.values()), self.first)

    def _interval(self) -> int:
        return max(1, self.node.tick_rate // self.node.send_rate)

    # ---------------------------------------------------------------------------------------------------- what happened

    def _session_event(self, event: e.Event) -> None:
        match event:
            case e.Joined(room):
                self._enter(room)
            case e.PeerJoined(peer, room):
                self._peer_joined(self._generations[room.id], peer)
            case e.PeerLeft(peer, room, reason):
                self._peer_left(self._generations[room.id], peer, reason)
            case e.Moved(peer, old, new):
                self._moved(peer, old, new)
            case e.RoomReset(old, new):
                self.reset(old, new)
            case e.LinkReset(peer, room):
                self._link_reset(peer, self._generations[room.id])
            case e.Stalled(seconds):
                self._later(self._tell_all, "stalled", seconds)
            case e.Paused(paused):
                self.pause(paused)
            case e.Closed(reason):
                if self.node.problem:
                    log.warning("the session is over: %s", self.node.problem)
                for stage in self._all_stages():
                    stage.replica.router.end_all("the session is closed")
                    self._take_happenings(stage)
                self._later(self._tell_all, "closed", reason)
            case e.Recovered():
                pass

    def _open(self, record: RoomRecord, stage: Stage) -> Stage:
        stage.record = record
        self.stages[record.id] = self._generations[record.id] = stage
        for peer in record.members:
            peer._room = stage.room
        return stage

    def open_room(self, record: RoomRecord) -> Stage:
        """host: a room besides the first."""
        stage = self._open(record, self._make_stage(record))
        stage.joined = True
        return stage

    def _enter(self, record: RoomRecord) -> None:
        """I am in: on the host at once, elsewhere `joined` waits for the whole view."""
        stage = self._generations.get(record.id) or self._open(record, self.first)
        if self.node.me.is_host:
            self._later(self._joined, stage)
        else:
            stage.replica.world.welcomed()
            stage.replica.agree(self.node.agreed, self.node.tick_rate)
            stage.replica.peer_joined(self.node.host)

    def _joined(self, stage: Stage) -> None:
        """`joined`, and then every peer that is there, myself included. Once for each room."""
        if stage.joined:
            return  # a room that began anew was complete once more
        stage.joined = True
        members = stage.record.members if stage.record is not None else []
        self._next(
            partial(self._tell, stage, "joined"), *[partial(self._tell, stage, "peer_joined", peer) for peer in members]
        )

    def _peer_joined(self, stage: Stage, peer: Peer) -> None:
        peer._room = stage.room
        if stage.replica.world.peer(peer.id) is None:
            stage.replica.peer_joined(peer)
        self._take_happenings(stage)
        if stage.joined:
            self._later(self._tell, stage, "peer_joined", peer)

    def _peer_left(self, stage: Stage, peer: Peer, reason: str) -> None:
        """The game hears of it while the peer's entities are still there; then they go."""
        if stage.joined:
            self._later(self._tell, stage, "peer_left", peer, reason)
        self._later(self._without, stage, peer)
        self._drain()

    def _without(self, stage: Stage, peer: Peer) -> None:
        self._early.pop(peer.id, None)
        stage.replica.peer_left(peer)
        self._take_happenings(stage)

    def _moved(self, peer: Peer, old: RoomRecord, new: RoomRecord) -> None:
        if self.node.me.is_host:
            self._peer_left(self._generations[old.id], peer, sentences.MOVED)
            self._peer_joined(self._generations[new.id], peer)
            return
        left = self.stages[old.id]
        for other in old.members:
            if left.joined and not other.is_me:
                self._later(self._tell, left, "peer_left", other, sentences.stayed(old.name))
        self._drain()
        del self.stages[old.id]
        left.replica.router.end_all("moved")
        left.replica.world.clear()
        self._take_happenings(left)
        stage = self._open(new, self._make_stage(new))
        stage.rules, stage.handlers = left.rules, left.handlers
        self.first = stage
        self._enter(new)
        for member in new.members:
            self._peer_joined(stage, member)

    def reset(self, old: RoomRecord, new: RoomRecord) -> None:
        """A room began anew: every entity goes, open calls end."""
        stage = self.stages.get(old.id)
        if stage is None:
            return  # the host has done so already, in the line that asked for it
        stage.replica.router.end_all("moved")
        stage.replica.begin_generation()
        self._take_happenings(stage)
        self.stages = {new.id if room == old.id else room: each for room, each in self.stages.items()}
        self._introduce_again(self._open(new, stage))

    def _introduce_again(self, stage: Stage) -> None:
        """The world begins anew for everybody who is in the room."""
        if not self.node.me.is_host:
            stage.replica.peer_joined(self.node.host)
        for peer in stage.record.members if stage.record is not None else ():
            if not peer.is_me and not peer.is_host:
                stage.replica.peer_joined(peer)

    def _link_reset(self, peer: Peer, stage: Stage) -> None:
        """What was on its way to or from this peer is lost: the world is told anew, open calls end."""
        if self.node.me.is_host:
            stage.replica.router.peer_left(peer)
            stage.replica.restart_peer(peer)
        elif not peer.is_host:
            stage.replica.restart_peer(peer)
        else:
            stage.replica.router.end_all("lost")
            stage.replica.begin_generation()
            self._introduce_again(stage)
        self._take_happenings(stage)

    def _take_happenings(self, stage: Stage) -> None:
        for what in stage.replica.world.take_happened():
            self._later(self._happened, stage, what)
        for due in stage.replica.router.take_due():
            self._later(due.function, due.call)

    # --------------------------------------------------------------------------------------------------------- delivery

    def _later(self, function: Callable[..., object], *args: object) -> None:
        """Behind all that waits to be delivered."""
        self._queue.append(partial(function, *args))

    def _next(self, *deliveries: Delivery) -> None:
        """Before all else: what one delivery consists of."""
        self._queue.extendleft(reversed(deliveries))

    def _drain(self) -> None:
        while self._queue:
            self._queue.popleft()()

    def _tell(self, stage: Stage, event: str, *args: object) -> None:
        """A room's event: to the room's listeners and then the session's."""
        listeners = [*stage.handlers.of(event, *args), *self.handlers.of(event, *args)]
        self._next(*[partial(function, *args) for function in listeners])

    def _tell_all(self, event: str, *args: object) -> None:
        """An event of the session: to every room's listeners and then the session's."""
        heard = [*(stage.handlers for stage in self._all_stages()), self.handlers]
        self._next(*[partial(function, *args) for handlers in heard for function in handlers.of(event, *args)])

    def _happened(self, stage: Stage, what: h.Happening) -> None:
        match what:
            case h.Spawned(entity):
                self._next(entity.spawned, partial(self._tell, stage, "spawned", entity))
            case h.Despawned(entity):
                self._next(entity.despawned, partial(self._tell, stage, "despawned", entity))
            case h.Changed(entity, field, old, new):
                methods = [getattr(entity, name) for name in entity.__gamenet__.changed[field]]
                self._next(*[partial(method, old, new) for method in methods])
            case h.Requested():
                stage.replica.router.run(what)
            case h.ViewComplete():
                self._joined(stage)
            case h.Broken(peer, why):
                self._broken(peer, why)

    def _broken(self, peer: Peer, why: str) -> None:
        """The host removes who sends what no honest peer does; others report it and go on."""
        log.warning("%s sent a message that cannot be read: %s", peer.name, why)
        if self.node.me.is_host and not peer.is_me:
            self.node.kick(self.clock.now(), peer, "It sent a message that cannot be read.")

    # -------------------------------------------------------------------------------------------------------------- end

    def end(self, *, ticks: bool) -> None:
        """Due ticks and all that is sent. `ticks` is False when the game's block raised: then nothing is collected."""
        now = self.clock.now()
        due = self._due(now)
        collected = False
        try:
            if ticks:
                self._run_ticks(due)
                collected = self._collect()
        finally:
            self._send(now, collected)
            self._show(now)
        for function in list(self.after):
            function()

    def _due(self, now: float) -> range:
        if self.rhythm is None or self.node.state not in ("opening", "connecting", "joined"):
            return range(0)  # not yet, or no more: what was closed stands still
        return self.rhythm.advance(now, paused=self.paused)

    def _run_ticks(self, due: range) -> None:
        length = 1 / self.node.tick_rate
        for tick in due:
            for stage in list(self.stages.values()):
                stage.replica.tick(tick, stage.rules if stage.joined else (), length)
        for stage in list(self.stages.values()):
            for change in stage.replica.changes():
                self._later(self._happened, stage, change)
        self._drain()

    def _collect(self) -> bool:
        """Collect when ticks came by that are to be sent; also those that were left out count. Returns whether."""
        tick = self.rhythm.tick if self.rhythm is not None else 0
        slot = tick // self._interval()
        if slot == self._sent_slot:
            return False
        for stage in self.stages.values():
            stage.replica.collect(tick)
        self._sent_slot = slot
        return True

    def _send(self, now: float, snapshot: bool) -> None:
        """One list: what is reliable first, snapshots last for each peer. One send, one flush."""
        outgoing: list[Outgoing] = []
        behind: Collection[PeerId] = self.node.behind() if snapshot else ()
        tick = self.rhythm.tick if self.rhythm is not None else 0
        for room, stage in self.stages.items():
            for peer, bodies in stage.replica.calls().items():
                outgoing += [Outgoing(peer, room, Channel.CALL, tick, body) for body in bodies]
            if snapshot:
                outgoing += self._snapshots(room, stage, tick, behind)
        if snapshot:
            self._early.clear()
        self.messages_out += len(outgoing)
        self.bytes_out += sum(len(message.body) for message in outgoing)
        self.node.send(now, outgoing)

    def close(self, now: float) -> None:
        """What was said before goes before the goodbye."""
        try:
            if self.node.state == "joined":
                self._send(now, False)
        finally:
            self.node.close(now)
            self._tend_attendants(now)

    def _snapshots(self, room: RoomId, stage: Stage, tick: int, behind: Collection[PeerId]) -> list[Outgoing]:
        """Acknowledgements and clock stamps to everybody whom I exchange values with; then the values."""
        early = self._early
        outgoing = [
            Outgoing(peer, room, Channel.INPUT, tick, b"", 0, early.get(peer)) for peer in stage.replica.receivers()
        ]
        outgoing += [
            Outgoing(PeerId(m.peer), room, Channel.VALUES, tick, m.body, m.number, early.get(PeerId(m.peer)))
            for m in stage.replica.values_for(tick, behind)
        ]
        return outgoing

    def _show(self, now: float) -> None:
        fraction = self.rhythm.fraction if self.rhythm is not None else 0.0
        for stage in self.stages.values():
            if stage.record is not None and self.node.me in stage.record.members:  # a dedicated server draws nothing
                stage.replica.show(now if self._paused_at is None else self._paused_at, fraction)
