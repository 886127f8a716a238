"""One room's replication: everything between its entities and the messages that the session carries.

Down: `begin`, `call`, `values`, `settle` at the start of a frame; `tick`, `changes`, `collect`, `calls`, `values_for`
at its end; `show` at last. It knows no connections and reads no clock: messages, ticks and moments are handed in,
messages and happenings up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, Final

from ..ids import HOST, PeerId
from ..peer import Peer
from .codec import ValuesMessage, Verdict
from .codec.native import NativeDecoder, NativeEncoder, NativeFormat
from .happenings import Broken, Changed, Happening
from .incoming.interpolation import Timeline
from .incoming.receiver import Receiver
from .incoming.structure import StructureReader
from .model.entity import Replicated
from .model.faces import Faces
from .model.packed import pack_rows
from .model.schema import ClassSchema, Protocol
from .model.world import World
from .operations import Malformed
from .outgoing import structure
from .outgoing.changes import Changes
from .outgoing.collect import Collector
from .outgoing.interest import Interest, Rules
from .outgoing.sender import Sender
from .rpc.router import Router
from .stepping import Stepper

MOST_TICK: Final = 1 << 48
"""A hundred thousand years at 60 a second."""


class Replica:
    """The replicated half of a room, from this peer's side."""

    def __init__(
        self,
        room: Replicated,
        classes: Protocol,
        me: Peer,
        host: Peer,
        *,
        mesh: bool,
        strict: bool,
        tick_rate: float = 60,
    ) -> None:
        """Args: tick_rate: ticks a second, as far as it is known: `agree` may say another."""
        self._tick_rate = tick_rate
        self.world = World(room, classes, me, host, strict=strict)
        self.router = Router(self.world)
        self._mesh = mesh
        self._relays = me.is_host and not mesh
        self._faces = Faces()
        self._stepper = Stepper(self.world, self._faces)
        self._timelines: dict[PeerId, Timeline] = {}
        self._hooked: dict[ClassSchema, dict[Replicated, tuple[Any, ...]]] = {}
        self._rules = Rules()
        self._collected = False  # in this frame
        self.forged = 0
        self.begin_generation()

    def begin_generation(self) -> None:
        """A world of its own: every entity goes, the room stays; baselines and samples start anew."""
        self.world.clear()
        self._make_tables()

    def agree(self, agreed: bytes, tick_rate: float) -> None:
        """The host has let me in and said which classes it has (others are not for this session), and its tick rate."""
        classes = self.world.classes.with_host(agreed)
        if classes is not self.world.classes:
            self.world.use(classes)
        elif tick_rate == self._tick_rate:
            return
        self._tick_rate = tick_rate
        self._make_tables()

    def _make_tables(self) -> None:
        tables = [table._replace(tick_rate=self._tick_rate) for table in self.world.classes.tables]
        encoder, decoder = NativeEncoder(tables), NativeDecoder(tables)
        self._pack = NativeFormat(tables).pack
        self._collector = Collector(self.world, encoder, relays=self._relays)
        self._sender = Sender(self.world, encoder, mesh=self._mesh)
        self._changes = Changes(self.world)
        self.interest = Interest(self.world, encoder, self._rules, mesh=self._mesh, tick_rate=self._tick_rate)
        self._receiver = Receiver(self.world, decoder, mesh=self._mesh)
        self._reader = StructureReader(self.world, self._receiver, self.router, self._changes.told)
        self.world.watch_only(self._collector, self._changes, self.interest, self._receiver, self._stepper)
        self.world.install_room()

    # --------------------------------------------------------------------------------------------------------- peers

    def peer_joined(self, peer: Peer) -> None:
        """Somebody else is in the room; the host shows it the world as it is."""
        self.world.peer_joined(peer)
        self._meet(peer)

    def _meet(self, peer: Peer) -> None:
        if self._sender.peer_joined(peer.id):
            self.interest.peer_joined(peer.id)
        if self.world.is_host:
            self.interest.welcome(peer.id)

    def restart_peer(self, peer: Peer) -> None:
        """What this peer knows is lost with its link: it reads all values anew, and the host shows it the world."""
        self._sender.peer_left(peer.id)
        self.interest.peer_left(peer.id)
        self._timelines.pop(peer.id, None)
        if self.world.is_host:
            self._reader.forget(peer)
            self.world.not_for(peer)
        self._meet(peer)

    def peer_left(self, peer: Peer) -> None:
        self.world.peer_left(peer)
        if peer.is_host:
            return  # it plays elsewhere now, and goes on to decide here
        self._sender.peer_left(peer.id)
        self.interest.peer_left(peer.id)
        self.interest.forget(peer.id)
        self._reader.forget(peer)
        self.router.peer_left(peer)
        self._timelines.pop(peer.id, None)

    # -------------------------------------------------------------------------------------------- the frame's beginning

    def begin(self) -> None:
        """Attributes are the simulated values again; what was written where it may not be is undone."""
        self._faces.put_back(self.world.trespass_outside)
        self.world.undo_trespasses()

    def call(self, peer: Peer, body: bytes, tick: int) -> None:
        """A call message; one that no honest peer sends becomes a happening."""
        try:
            if tick >= MOST_TICK:
                raise Malformed("a tick that nobody reaches")
            self._reader.read(peer, body, tick)
        except Malformed as broken:
            self.world.happened.append(Broken(peer, str(broken)))

    def heard(self, peer: PeerId, tick: int, received_at: float, tick_rate: float, interval: int) -> None:
        """Any unreliable message: where its sender's clock is."""
        if peer not in self._timelines:
            self._timelines[peer] = Timeline(tick_rate, interval)
        self._timelines[peer].heard(tick, received_at)

    def acknowledged(self, peer: PeerId, numbers: Sequence[int]) -> None:
        self._sender.acknowledged(peer, numbers)

    def values(self, batch: Sequence[tuple[ValuesMessage, float]]) -> list[tuple[PeerId, int]]:
        """The frame's values messages with their times of arrival; returns what is to be acknowledged."""
        self._receiver.learn()
        taken = []
        verdicts = self._receiver.receive([message for message, _ in batch])
        for (message, received_at), verdict in zip(batch, verdicts, strict=True):
            self.forged += verdict.forged
            if verdict.verdict is Verdict.TAKEN:
                taken.append((PeerId(message.peer), message.number))
                self._timelines[PeerId(message.peer)].snapshot(message.tick, message.number, received_at)
            elif verdict.verdict is Verdict.MALFORMED:
                self._broken(message.peer, verdict.reason)
        return taken

    def _broken(self, peer: int, reason: str) -> None:
        sender = self.world.peer(peer)
        if sender is not None:
            self.world.happened.append(Broken(sender, reason))

    def settle(self) -> None:
        """All that arrived is applied: attributes are the newest values."""
        self._receiver.apply()

    def resume(self) -> None:
        """Ticks stood still, and go on: when which is sent has to be learnt anew."""
        for line in self._timelines.values():
            line.resume()

    def host_tick(self, now: float) -> float | None:
        """The host's tick as seen here; None while nothing was heard of it."""
        line = self._timelines.get(HOST)
        return line.sender_tick(now) if line is not None and line.known else None

    def times(self, now: float) -> tuple[float, float]:
        """Seconds: the age of the host's newest word, and how far the shown moment is behind it; zeros on the host."""
        line = self._timelines.get(HOST)
        return (line.age(now), line.behind) if line is not None else (0.0, 0.0)

    # -------------------------------------------------------------------------------------------------- the frame's end

    def tick(self, tick: int, rules: Iterable[Callable[[float], object]], length: float) -> None:
        """One step of the world: what others compute is placed at this tick, then the rules run."""
        self.world.tick = tick
        if self._relays:
            placed = self._receiver.place([(peer, float(tick)) for peer in self._timelines])
            for one in placed:
                if one.cut:  # what an owner teleported is passed on as that
                    self.world.cut(one.entity)
            self._stepper.place(placed, length)
        self._stepper.step(rules, length)

    def changes(self) -> list[Happening]:
        """Fields with a hook that read otherwise than at the last frame."""
        before, self._hooked = self._hooked, {}
        found: list[Happening] = []
        for kind, entities in self.world.hooked().items():
            names = tuple(kind.changed)
            now = self._hooked[kind] = dict(zip(entities, map(kind.hooked, entities), strict=True))
            if now != (then := before.get(kind, {})):
                found += _changes(names, then, now)
        return found

    def collect(self, tick: int) -> None:
        """A send tick: every row that I send is packed and compared, once for all peers; then who sees what."""
        self.world.undo_trespasses()
        self._collector.collect(tick)
        self._collected = True
        self.interest.look(tick)

    def calls(self) -> dict[PeerId, list[bytes]]:
        """Structure and RPCs told since the last time, for each peer in its order."""
        world = self.world
        world.undo_trespasses()
        self._changes.tell()
        self.interest.address()
        others = [id for id in world.peers if id != world.me.id] if world.is_host else [HOST]
        pack = partial(pack_rows, classes=world.classes, pack=self._pack)
        told = world.told
        messages = structure.messages(told, others, pack)
        world.told = []  # now: what could not be packed is not lost with all the rest
        self.interest.sent(told, collected=self._collected)
        return messages

    def receivers(self) -> Sequence[PeerId]:
        """Whom I exchange values with."""
        return self._sender.receivers

    def values_for(self, tick: int, behind: Collection[PeerId]) -> list[ValuesMessage]:
        """This tick's snapshots: one crossing for all peers."""
        self._collected = False
        return self._sender.send(tick, behind)

    def show(self, now: float, fraction: float) -> None:
        """Write what is to be drawn; inside the next frame the attributes are the simulated values again."""
        if not self._relays:  # who passes on draws between its ticks, also what others compute
            moments = [(peer, line.moment(now)) for peer, line in self._timelines.items()]
            self._receiver.show([(peer, moment) for peer, moment in moments if moment is not None], self._faces)
        self._stepper.show(fraction)
        line = self._timelines.get(HOST)
        self.world.seen = line.shown if line is not None and line.shown is not None else self.world.tick + fraction


def _changes(
    names: tuple[str, ...], before: dict[Replicated, tuple[Any, ...]], now: dict[Replicated, tuple[Any, ...]]
) -> Iterable[Changed]:
    """What reads otherwise than before; what was not there before has not changed."""
    for entity, new in now.items():
        old = before.get(entity, new)
        if old != new:
            yield from (
                Changed(entity, n, _handed(a), _handed(b)) for n, a, b in zip(names, old, new, strict=True) if a != b
            )


def _handed(value: Any) -> Any:
    """A collection as the game's own."""
    return value.copy() if type(value) in (list, dict, set) else value
