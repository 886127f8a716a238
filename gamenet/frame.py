"""The conductor: the one place where the session's half and the replicated half meet, once at each end of a frame.

    begin   attributes become the simulated values · one receive · structure, values · then events and RPCs
    (the game's block)
    end     due ticks · changed hooks · collecting · one send, one flush · attributes become the shown values

Each half is entered once per direction. What is to be told to the game is queued in the order in which it happened and
delivered one by one: a handler that raises ends the delivery, not the rest, which comes in the next frame.
"""
from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

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
from .session.node import Incoming, Node, Outgoing
from .session.rooms import RoomRecord

if TYPE_CHECKING:
    from .game import Room

log = logging.getLogger("gamenet")

Delivery = Callable[[], object]


class Stage:
    """One room as the conductor keeps it: its replica, its rules, its listeners."""

    def __init__(self, room: Room, replica: Replica) -> None:
        self.room, self.replica = room, replica
        self.record: RoomRecord | None = None
        self.rules: list[Callable[[float], object]] = []
        self.handlers = Handlers()
        self.joined = False

    def fire(self, event: str, *args: object) -> None:
        self.handlers.fire(event, *args)


class Conductor:
    """Runs the frames of one session."""

    def __init__(self, node: Node, clock: Clock, first: Stage, make_stage: Callable[[RoomRecord], Stage]) -> None:
        """
        Args:
            node: the session's half.
            clock: the only time that is read here.
            first: the room that is there from the first line.
            make_stage: a stage for another room of this session, opened or moved to.
        """
        self.node, self.clock = node, clock
        self.first, self._make_stage = first, make_stage
        self.stages: dict[RoomId, Stage] = {}
        self.handlers = Handlers()
        self.after: list[Callable[[], object]] = []
        self.rhythm: Rhythm | None = None
        self._queue: deque[Delivery] = deque()
        self._early: dict[PeerId, int] = {}
        self.paused = False
        self.frames = self.messages_in = self.messages_out = self.bytes_in = self.bytes_out = 0
        for record in node.rooms.values():
            self._open(record, first)

    # ------------------------------------------------------------------------------------------------------------ begin

    def begin(self) -> None:
        """Messages, then events and RPCs. The first frame is the first time that anything is delivered."""
        self.frames += 1
        now = self.clock.now()
        for stage in self._all_stages():
            stage.replica.begin()
        arrivals = self.node.receive(now)
        for event in arrivals.events:
            self._session_event(event)
        self._messages(arrivals.messages)
        self._follow(now)
        for stage in self._all_stages():
            stage.replica.router.expire(now)
        self._deliver()

    def _all_stages(self) -> Sequence[Stage]:
        stages = list(self.stages.values())
        return stages if self.first in stages else [self.first, *stages]

    def _messages(self, messages: Sequence[Incoming]) -> None:
        """Hand each room its messages: calls in order, values in one batch."""
        values: dict[RoomId, list[tuple[ValuesMessage, float]]] = {room: [] for room in self.stages}
        interval = self._interval()
        self.messages_in += len(messages)
        for message in messages:
            self.bytes_in += len(message.body)
            stage = self.stages.get(message.room)
            peer = stage.replica.world.peer(message.peer) if stage is not None else None
            if stage is None or peer is None:
                continue  # of a room that was left, or from somebody who left
            if message.channel is Channel.CALL:
                stage.replica.call(peer, message.body, message.tick)
                self._take_happenings(stage)
                continue
            stage.replica.heard(message.peer, message.tick, message.received_at, self.node.tick_rate, interval)
            stage.replica.acknowledged(message.peer, message.acks)
            self._note_early(message)
            if message.channel is Channel.VALUES:
                body = ValuesMessage(message.peer, message.tick, message.number, message.body)
                values[message.room].append((body, message.received_at))
        for room, batch in values.items():
            self._values(self.stages[room], batch)

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
        if isinstance(self.rhythm, Follower):
            seen = self.current.replica.host_tick(now)
            if seen is not None:
                self.rhythm.follow(seen, self.node.host.ping)
        if self.rhythm is not None:
            self.rhythm.paused = self.paused

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
                self._peer_joined(self.stages[room.id], peer)
            case e.PeerLeft(peer, room, reason):
                self._peer_left(self.stages[room.id], peer, reason)
            case e.Moved(peer, old, new):
                self._moved(peer, old, new)
            case e.RoomReset(old, new):
                self.reset(old, new)
            case e.LinkReset(peer, room):
                self._link_reset(peer, room)
            case e.Stalled(seconds):
                self._queue.append(partial(self._fire, self.current, "stalled", seconds))
            case e.Paused(paused):
                self.paused = paused
            case e.Closed(reason):
                self.current.replica.router.end_all("the session is closed")
                self._take_happenings(self.current)
                self._queue.append(partial(self._fire, self.current, "closed", reason))
            case e.Recovered():
                pass

    def _open(self, record: RoomRecord, stage: Stage) -> Stage:
        stage.record = record
        self.stages[record.id] = stage
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
        stage = self.stages.get(record.id) or self._open(record, self.first)
        if self.node.me.is_host:
            self._queue.append(partial(self._joined, stage))
        else:
            stage.replica.world.welcomed()
            stage.replica.agree(self.node.agreed)
            stage.replica.peer_joined(self.node.host)

    def _joined(self, stage: Stage) -> None:
        """`joined`, and then every peer that is there, myself included."""
        stage.joined = True
        self._fire(stage, "joined")
        for peer in list(stage.record.members) if stage.record else ():
            self._fire(stage, "peer_joined", peer)

    def _peer_joined(self, stage: Stage, peer: Peer) -> None:
        peer._room = stage.room
        if not peer.is_me and not (peer.is_host and not self.node.me.is_host):
            stage.replica.peer_joined(peer)
        self._take_happenings(stage)
        if stage.joined:
            self._queue.append(partial(self._fire, stage, "peer_joined", peer))

    def _peer_left(self, stage: Stage, peer: Peer, reason: str) -> None:
        if stage.joined:
            self._queue.append(partial(self._fire, stage, "peer_left", peer, reason))
        stage.replica.peer_left(peer)
        self._take_happenings(stage)

    def _moved(self, peer: Peer, old: RoomRecord, new: RoomRecord) -> None:
        if self.node.me.is_host:
            self._peer_left(self.stages[old.id], peer, f"moved to {new.name}")
            self._peer_joined(self.stages[new.id], peer)
            return
        left = self.stages.pop(old.id)
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
        if old.id not in self.stages:
            return  # the host has done so already, in the line that asked for it
        stage = self.stages.pop(old.id)
        stage.replica.router.end_all("moved")
        stage.replica.begin_generation()
        self._take_happenings(stage)
        self._open(new, stage)
        self._introduce_again(stage)

    def _introduce_again(self, stage: Stage) -> None:
        """The world begins anew for everybody who is in the room."""
        me = self.node.me
        others = stage.record.members if stage.record else []
        if not me.is_host:
            stage.replica.peer_joined(self.node.host)
        for peer in others:
            if not peer.is_me and not peer.is_host:
                stage.replica.peer_joined(peer)

    def _link_reset(self, peer: Peer, record: RoomRecord) -> None:
        """What was on its way to or from this peer is lost: the world is told anew, open calls end."""
        stage = self.stages[record.id]
        if self.node.me.is_host:
            stage.replica.router.peer_left(peer)
            stage.replica.restart_peer(peer)
        else:
            stage.replica.router.end_all("lost")
            stage.replica.begin_generation()
            self._introduce_again(stage)
        self._take_happenings(stage)

    def _take_happenings(self, stage: Stage) -> None:
        self._queue.extend(partial(self._happened, stage, what) for what in stage.replica.world.take_happened())
        self._queue.extend(partial(due.function, due.call) for due in stage.replica.router.take_due())

    # --------------------------------------------------------------------------------------------------------- delivery

    def _deliver(self) -> None:
        for stage in self._all_stages():
            self._take_happenings(stage)
        while self._queue:
            self._queue.popleft()()

    def _fire(self, stage: Stage, event: str, *args: object) -> None:
        stage.fire(event, *args)
        self.handlers.fire(event, *args)

    def _happened(self, stage: Stage, what: h.Happening) -> None:
        match what:
            case h.Spawned(entity):
                entity.spawned()
                self._fire(stage, "spawned", entity)
            case h.Despawned(entity):
                entity.despawned()
                self._fire(stage, "despawned", entity)
            case h.Changed():
                for method in what.entity.__gamenet__.changed[what.field]:
                    getattr(what.entity, method)(what.old, what.new)
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
        due = self.rhythm.advance(now) if self.rhythm is not None else range(0)
        try:
            if ticks:
                self._run_ticks(due)
        finally:
            self._send(now, self._is_send_tick(due) if ticks else False)
            self._show(now)
        for function in list(self.after):
            function()

    def _is_send_tick(self, due: range) -> bool:
        interval = self._interval()
        return any(tick % interval == 0 for tick in due)

    def _run_ticks(self, due: range) -> None:
        length = 1 / self.node.tick_rate
        for tick in due:
            for stage in list(self.stages.values()):
                stage.replica.tick(tick, stage.rules, length)
        for stage in list(self.stages.values()):
            for change in stage.replica.changes():
                self._happened(stage, change)

    def _send(self, now: float, snapshot: bool) -> None:
        """One list: what is reliable first, snapshots last for each peer. One send, one flush."""
        outgoing: list[Outgoing] = []
        behind: Collection[PeerId] = self.node.behind() if snapshot else ()
        tick = self.rhythm.tick if self.rhythm is not None else 0
        for room, stage in self.stages.items():
            if snapshot:
                stage.replica.collect(tick)
            for peer, bodies in stage.replica.calls().items():
                outgoing += [Outgoing(peer, room, Channel.CALL, tick, body) for body in bodies]
            if snapshot:
                outgoing += self._snapshots(room, stage, tick, behind)
        self.messages_out += len(outgoing)
        self.bytes_out += sum(len(message.body) for message in outgoing)
        self.node.send(now, outgoing)

    def _snapshots(self, room: RoomId, stage: Stage, tick: int, behind: Collection[PeerId]) -> list[Outgoing]:
        """Acknowledgements and clock stamps to everybody whom I exchange values with; then the values."""
        early, self._early = self._early, {}
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
            stage.replica.show(now, fraction)
