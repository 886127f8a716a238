"""What a game sees of both halves: `Session` and `Room`.

Declaring entities and rooms needs neither half: the conductor and what stands below it are imported when a session
opens, so that `import gamenet` stays short.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, cast, overload

from typing_extensions import Self, TypeVar, dataclass_transform

from .clock import Clock
from .errors import BadArgument, NotAuthoritative, SeveralRooms
from .ids import EntityId
from .peer import Peer
from .replication.model.entity import Entity, Replicated
from .replication.model.schema import Protocol

if TYPE_CHECKING:
    from .frame import Attendant, Stage
    from .replication.model.world import World
    from .replication.outgoing.interest import Interest
    from .session.listing import Listing, Visibility
    from .session.node import Node
    from .session.rooms import RoomRecord

log = logging.getLogger("gamenet")

State = Literal["opening", "connecting", "joined", "closing", "closed"]
E = TypeVar("E", bound=Entity)
RoomT = TypeVar("RoomT", bound="Room", default="Room", covariant=True)
AnyRoom = TypeVar("AnyRoom", bound="Room")

_Nothing = TypeVar("_Nothing", bound=Callable[[], object])
_OnPeer = TypeVar("_OnPeer", bound=Callable[[Peer], object])
_OnPeerReason = TypeVar("_OnPeerReason", bound=Callable[[Peer, str], object])
_OnText = TypeVar("_OnText", bound=Callable[[str], object])
_OnSeconds = TypeVar("_OnSeconds", bound=Callable[[float], object])
_OnEntity = TypeVar("_OnEntity", bound=Callable[[Entity], object])


def _finite(number: object) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and isfinite(number)


class Shared:
    """What a room offers, and a session passes on to its room."""

    def _only_stage(self) -> Stage:
        raise NotImplementedError  # both who inherit say how

    def _handlers(self) -> Any:
        raise NotImplementedError

    @property
    def _world(self) -> World:
        return self._only_stage().replica.world

    @property
    def peers(self) -> Sequence[Peer]:
        """Everybody in the room in order of joining, me included; a dedicated server is not among them. Until joined I
        am there alone, so that whoever owns an entity is among them."""
        stage = self._only_stage()
        return tuple(stage.record.members) if stage.record is not None else (stage.replica.world.me,)

    def spawn(self, entity: E, *, owner: Peer | None = None) -> E:
        """Put an entity into the world: here at once, for others as soon as the session has joined.

        Args:
            entity: a new instance of a `gn.Entity` class.
            owner: who steers it. Without it I do, if its class has `authority="owner"`; a host's class has no owner.

        Raises:
            BadArgument: no entity, one that is in a world already, or a value that cannot be sent.
            NotAuthoritative: this peer does not decide about that class or owner.
        """
        return self._world.spawn(entity, owner)

    def despawn(self, entity: Entity) -> None:
        """Take an entity out of the world; a second time does nothing.

        Raises:
            BadArgument: no entity, or one of another room or session.
            NotAuthoritative: this peer neither is the host nor computes the entity.
        """
        self._world.despawn(entity)

    def all(self, kind: type[E]) -> list[E]:
        """Every entity of that class, subclasses included, in order of spawning; safe to despawn from."""
        return self._world.all(kind)

    def mine(self, kind: type[E]) -> E | None:
        """The first of that class that is mine."""
        return self._world.mine(kind)

    @overload
    def get(self, entity: E, /) -> E | None: ...
    @overload
    def get(self, entity: EntityId, /) -> Entity | None: ...
    def get(self, entity: Any, /) -> Any:
        """This session's copy of another session's entity, or the entity of an id; None when there is none here."""
        id = entity.id if isinstance(entity, Entity) else entity
        if id is None:
            return entity if isinstance(entity, Entity) and entity._home is self._world else None
        found = self._world.entity(id)
        alike = not isinstance(entity, Entity) or (found is not None and found.__gamenet__ is entity.__gamenet__)
        return found if isinstance(found, Entity) and alike else None

    def view(self, peer: Peer, *, x: float | None = None, y: float | None = None) -> None:
        """host: from where a peer looks, for classes with `sight=gn.nearest(…)`, `gn.within(…)` or `gn.grid(…)`.

        Without `x` and `y` it is again what it is by default: where its first entity with x and y is, or was last; for
        who never had one 0, 0.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: a peer that is not in this room, or no place.
        """
        interest = self._interest("says from where peers look")
        if not isinstance(peer, Peer) or self._world.peer(peer.id) is not peer:
            raise BadArgument(f"view() takes a peer of this room, not {peer!r}")
        if (x is None) != (y is None) or not all(_finite(each) for each in (x, y) if each is not None):
            raise BadArgument(f"view() takes x and y, two finite numbers, or neither; not {x!r} and {y!r}")
        interest.look_from(peer, None if x is None or y is None else (float(x), float(y)))

    def group(self, entity: Entity, peers: Iterable[Peer]) -> None:
        """host: who sees an entity of a class with `sight=gn.group`, beside its owner and the host; at first nobody.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: another class, an entity that is not in this room, or somebody who is not.
        """
        interest, world, peers = self._interest("says who sees what"), self._world, list(peers)
        if not isinstance(entity, Entity) or entity._home is not world:
            raise BadArgument(f"group() takes an entity of this room, not {entity!r}")
        if wrong := [peer for peer in peers if not isinstance(peer, Peer) or world.peer(peer.id) is not peer]:
            raise BadArgument(f"group() takes peers of this room, not {wrong[0]!r}")
        interest.show_to(entity, peers)

    def sight(self, kind: type[E], function: Callable[[Peer], Iterable[E | EntityId]], *, every: float = 0.2) -> None:
        """host: a rule of your own says who sees the entities of a class and of those that inherit it.

        Args:
            kind: the class.
            function: is called for each peer, and returns what that one sees, as entities or ids.
            every: seconds between two calls.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: no entity class, or no time.
        """
        interest = self._interest("says who sees what")
        if not (isinstance(kind, type) and issubclass(kind, Entity) and callable(function)):
            raise BadArgument(f"sight() takes an entity class and a function, not {kind!r} and {function!r}")
        if not _finite(every) or every < 0:
            raise BadArgument(f"sight(…, every=) takes seconds, not {every!r}")
        interest.rule_for(kind, function, float(every))

    def _interest(self, does: str) -> Interest:
        if not self._world.is_host:
            raise NotAuthoritative(f"only the host {does}: `if net.is_host:` before it")
        return self._only_stage().replica.interest

    def each_tick(self, function: Callable[[float], object]) -> Callable[[float], object]:
        """A decorator: the function runs once a tick on every peer, with the tick's length in seconds."""
        self._only_stage().rules.append(function)
        return function

    @overload
    def on(self, event: Literal["joined"], /) -> Callable[[_Nothing], _Nothing]: ...
    @overload
    def on(self, event: Literal["peer_joined", "host_changed"], /) -> Callable[[_OnPeer], _OnPeer]: ...
    @overload
    def on(self, event: Literal["peer_left"], /) -> Callable[[_OnPeerReason], _OnPeerReason]: ...
    @overload
    def on(self, event: Literal["spawned", "despawned"], /) -> Callable[[_OnEntity], _OnEntity]: ...
    @overload
    def on(
        self, event: Literal["spawned", "despawned"], kind: type[E], /
    ) -> Callable[[Callable[[E], object]], Callable[[E], object]]: ...
    @overload
    def on(self, event: Literal["stalled"], /) -> Callable[[_OnSeconds], _OnSeconds]: ...
    @overload
    def on(self, event: Literal["closed"], /) -> Callable[[_OnText], _OnText]: ...
    def on(self, event: str, kind: type[Any] | None = None, /) -> Any:
        """A decorator that registers a function for an event; events are delivered inside a frame only.

        joined() · peer_joined(peer) · peer_left(peer, reason) · spawned(entity) · despawned(entity) ·
        host_changed(peer) · stalled(seconds) · closed(reason)

        Raises:
            UnknownEvent: with the list of those that exist.
        """
        return self._handlers().on(event, kind)


@dataclass_transform(kw_only_default=True, eq_default=False)
class Room(Replicated, Shared):
    """A set of peers that share a world. Subclass it for what there is one of, as a ball; the host decides it."""

    def _only_stage(self) -> Stage:
        if "_stage" not in self.__dict__:
            raise BadArgument(
                f"this {type(self).__name__} belongs to no session: a session makes its room itself (room=)"
            )
        return cast("Stage", self.__dict__["_stage"])

    @property
    def _session(self) -> Session[Any]:
        return cast("Session[Any]", self.__dict__["_its_session"])

    def _handlers(self) -> Any:
        return self._only_stage().handlers

    @property
    def name(self) -> str:
        """What it was opened as; "" until joined."""
        record = self._only_stage().record
        return record.name if record is not None else ""

    def reset(self) -> None:
        """host: begin a new generation: every entity goes, everywhere at once; the room's own fields stay.

        Raises:
            NotAuthoritative: this peer is not the host.
        """
        self._session._reset(self._only_stage())

    def save(self) -> bytes:
        """A tick-consistent checkpoint of every field of the room and its entities."""
        from .replication import checkpoint

        return checkpoint.save(self._world)

    def load(self, data: bytes) -> None:
        """host: begin a new generation with what `save` returned.

        Owners who are in the room keep what was theirs; what belonged to others has no owner.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: not a checkpoint of this protocol; nothing was changed then.
        """
        from .replication import checkpoint

        saved = checkpoint.read(data, self._world)
        self.reset()
        checkpoint.restore(saved, self._world)


@dataclass
class Stats:
    """Messages of snapshots, inputs, structure and RPCs, without headers; and what was wrong with them."""

    frames: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    forged: int = 0
    """Rows and wishes that were not their sender's to say: ignored."""
    wire_in: int = 0
    """Bytes of all that came, the session's own messages and all headers of gamenet's included."""
    wire_out: int = 0


class Times(NamedTuple):
    """How fresh the world is that I see, in seconds; on the host, and until the first snapshot came, zeros."""

    snapshot: float
    """Since the newest snapshot of the host arrived, or its word that nothing has changed."""
    behind: float
    """By how much what is shown of others was behind the host's world as known here, in the last frame."""


class Session(Shared, Generic[RoomT]):
    """One player's, host's or server's part in a game: made by `gn.open`, `host`, `join`, `serve` and `solo`."""

    def __init__(
        self,
        node: Node,
        clock: Clock,
        room: type[Room],
        classes: Protocol,
        *,
        strict: bool,
        mesh: bool,
        attendants: Sequence[Attendant] = (),
        listing: Listing | None = None,
    ) -> None:
        from .frame import Conductor
        from .session.listing import Listing

        self._listing = listing or Listing("invite", {})
        self._node, self._clock, self._classes, self._strict, self._mesh = node, clock, classes, strict, mesh
        self._room_class = room
        self._conductor = Conductor(node, clock, self._make_stage(None), self._make_stage, attendants)
        self._in_frame = False

    def _make_stage(self, record: RoomRecord | None) -> Stage:
        from .frame import Stage
        from .replication.replica import Replica

        room = self._room_class()
        node = self._node
        shape = {"mesh": self._mesh, "strict": self._strict}
        replica = Replica(room, self._classes, node.me, node.host, tick_rate=node.tick_rate, **shape)
        replica.router.expire(self._clock.now())  # calls are timed from now on
        stage = Stage(room, replica)
        room.__dict__.update(_stage=stage, _its_session=self)
        return stage

    def _only_stage(self) -> Stage:
        stages = self._conductor.stages
        if len(stages) > 1:
            names = ", ".join(stage.room.name for stage in stages.values())
            raise SeveralRooms(f"this session has several rooms ({names}): say which, as in net.rooms[…].all(…)")
        return self._conductor.current

    def _handlers(self) -> Any:
        return self._conductor.handlers

    # -------------------------------------------------------------------------------------------------------- the frame

    @contextmanager
    def frame(self, dt: float) -> Iterator[None]:
        """One frame of the game: messages, events and RPCs on entry; due ticks, one send and one flush on exit.

        Args:
            dt: seconds since the last frame, the game's own; the network has its own clock.
        """
        if self._in_frame:
            raise BadArgument("net.frame() inside net.frame(): one frame ends before the next begins")
        self._in_frame = True
        completed = False
        try:
            self._conductor.begin()
            yield
            completed = True
        finally:
            try:
                self._conductor.end(ticks=completed)
            finally:
                self._in_frame = False

    def pump(self, dt: float) -> None:
        """A frame with nothing in it: for loops that write to what they decide outside it."""
        with self.frame(dt):
            pass

    def _before_frame(self, function: Callable[[], object]) -> None:
        """For engines: called at the beginning of each frame, before what came with it is told."""
        self._conductor.before.append(function)

    def _after_frame(self, function: Callable[[], object]) -> None:
        """For engines: called at the end of each frame, when attributes are the shown values."""
        self._conductor.after.append(function)

    # ------------------------------------------------------------------------------------------------------------ state

    @property
    def state(self) -> State:
        """opening connecting joined closing closed; "joined" once all that I may see of the room is here."""
        state = str(self._node.state)
        waiting = state == "joined" and not self._node.me.is_host and not self._conductor.current.joined
        return cast(State, "connecting" if waiting else state)

    @property
    def problem(self) -> str:
        """Why it does not go on, in a sentence that a player can read; "" until there is one."""
        return self._node.problem or self._node.standing().problem

    @property
    def stage(self) -> str:
        """Where a session with an invite code is on its way: name, service, identity, room, signals, candidates, direct
        or relayed, version; "" once there is nothing left to find. One by address knows "name" alone."""
        return self._node.standing().stage

    @property
    def me(self) -> Peer:
        return self._node.me

    @property
    def host(self) -> Peer:
        return self._node.host

    @property
    def is_host(self) -> bool:
        return self._node.me.is_host

    @property
    def room(self) -> RoomT:
        """The room that I am in, from the first line; on a server with several the first."""
        return cast(RoomT, self._conductor.current.room)

    @property
    def name(self) -> str:
        """The room's name."""
        return self._only_stage().room.name

    @property
    def rooms(self) -> Mapping[str, RoomT]:
        """Rooms by name, in the order in which they were opened; a client sees its own."""
        rooms = {stage.room.name: cast(RoomT, stage.room) for stage in self._conductor.stages.values()}
        return MappingProxyType(rooms)

    @property
    def address(self) -> str:
        """Where this session listens, with the port that it really has; "" for one that does not."""
        return self._node.address

    @property
    def code(self) -> str:
        """The invite code; "" while there is none."""
        return self._node.standing().code

    @property
    def tick(self) -> int:
        """The tick of the shared world, a plain int that never wraps."""
        rhythm = self._conductor.rhythm
        return rhythm.tick if rhythm is not None else 0

    @property
    def stats(self) -> Stats:
        """Totals since the session opened."""
        forged = sum(s.replica.forged + s.replica.router.forged for s in self._conductor.stages.values())
        c, wire = self._conductor, self._node.counts
        return Stats(
            c.frames, c.messages_in, c.messages_out, c.bytes_in, c.bytes_out, forged, wire.bytes_in, wire.bytes_out
        )

    @property
    def times(self) -> Times:
        """How fresh the world is that I see."""
        return Times(*self._conductor.current.replica.times(self._clock.now()))

    @property
    def paused(self) -> bool:
        """Whether ticks stand still everywhere; the host sets it."""
        return self._conductor.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._check_host("pauses the game")
        self._node.pause(bool(paused))
        self._conductor.pause(bool(paused))

    # ------------------------------------------------------------------------------------------------------------- host

    def kick(self, peer: Peer, why: str = "") -> None:
        """host: remove a peer; `why` becomes its `net.problem`.

        Raises:
            NotAuthoritative: this peer is not the host.
        """
        self._check_host("kicks")
        if not isinstance(peer, Peer) or peer.is_me:
            raise BadArgument(f"kick() takes another peer, not {peer!r}")
        self._node.kick(self._clock.now(), peer, why)

    def describe(self, *, data: Mapping[str, str] | None = None, visibility: Visibility | None = None) -> None:
        """host: change what others read of the game before they join, and who can find it; the next lists show it.

        Args:
            data, visibility: as in `gn.host`; what is not said stays as it is. Data is replaced as a whole.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: what cannot be shown; nothing is changed.
        """
        self._check_host("describes the game")
        self._listing.change(visibility, data)

    def open_room(self, name: str) -> RoomT:
        """host: another room of the session's room class; clients name it behind the address.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: a name that is empty, has a slash or is taken.
        """
        self._check_host("opens rooms")
        if not isinstance(name, str) or not name or "/" in name or name in self.rooms:
            raise BadArgument(f"open_room() takes a new name without a slash, not {name!r}")
        return cast(RoomT, self._conductor.open_room(self._node.open_room(name)).room)

    def move(self, peer: Peer, room: Room) -> None:
        """host: put a peer into another room of this session; its entities in the old one go.

        Raises:
            NotAuthoritative: this peer is not the host.
        """
        self._check_host("moves peers")
        record = room._only_stage().record
        if record is None or room._session is not self:
            raise BadArgument(f"move() takes a room of this session, not {room!r}")
        self._node.move(self._clock.now(), peer, record)

    def _reset(self, stage: Stage) -> None:
        self._check_host("resets a room")
        assert stage.record is not None
        old = stage.record
        self._conductor.reset(old, self._node.reset_room(old))

    def _check_host(self, does: str) -> None:
        if not self.is_host:
            raise NotAuthoritative(f"only the host {does}; the host is {self.host.name or 'not known yet'}")

    # ------------------------------------------------------------------------------------------------------------- end

    def close(self) -> None:
        """Say goodbye. A second time does nothing."""
        self._conductor.close(self._clock.now())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self.state} as {self.me.name!r} in {self.room.name!r}>"
