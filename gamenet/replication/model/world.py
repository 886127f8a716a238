"""One room as this peer knows it: what exists, who steers it, and what is still to be told about it.

Structure has one source, the host. It *installs* and *removes* here and says so; everybody else *asks*, and installs
what the host's order says. What this peer decides, it decides at once: its own spawn is here before the host has named
it.

Told things are kept as functions and made into operations when they are sent: a spawn carries the values of that
moment, and the owner that it had when it was told of, because a new one is told of, too.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

from ...errors import BadArgument, NotAuthoritative
from ...ids import HOST, ROOM_ENTITY, EntityId, PeerId, first_entity
from ...peer import Peer
from .. import operations as op
from ..happenings import Despawned, Happening, Spawned
from .entity import Entity, Replicated
from .schema import ClassSchema, Part
from .schema import Protocol as ClassList
from .values import structure_of

if TYPE_CHECKING:
    from ..rpc.declare import CallRequest
    from ..rpc.router import Router

log = logging.getLogger("gamenet")

E = TypeVar("E", bound=Entity)


class Told(NamedTuple):
    """An operation to be made and sent; `to` names peers, None means all who are concerned.

    On the host, what is `about` an entity is for those of them who see it, and with `ends` also for those to whom it
    stands still.
    """

    make: Callable[..., op.Operation]
    """Takes the packed rows of `shows`, when it shows an entity as it is then, else nothing."""
    to: frozenset[PeerId] | None = None
    about: Replicated | None = None
    ends: bool = False
    shows: Replicated | None = None


class _Trespass(NamedTuple):
    true: Any
    written: Any


class Watcher(Protocol):
    """Who keeps tables of what exists: the collector, the sender and the receiver."""

    def added(self, entity: Replicated) -> None: ...
    def removed(self, entity: Replicated) -> None: ...
    def owned(self, entity: Replicated) -> None: ...
    def cut(self, entity: Replicated) -> None: ...


class World:
    """The entities of one room. Implements `Home`, which an entity asks for whatever reaches beyond itself."""

    def __init__(self, room: Replicated, classes: ClassList, me: Peer, host: Peer, *, strict: bool) -> None:
        self.room, self.classes, self.me, self.host, self.strict = room, classes, me, host, strict
        self.peers: dict[PeerId, Peer] = {host.id: host, me.id: me}
        self.entities: dict[EntityId, Replicated] = {}
        self.unnamed: dict[int, Entity] = {}  # mine that the host has not named yet, by my number for them
        self.happened: list[Happening] = []
        self.told: list[Told] = []
        self.router: Router  # the router makes itself known
        self.tick = 0
        self.seen = 0.0  # the tick that is drawn
        self.epoch = 0
        self._watchers: list[Watcher] = []
        self._order: dict[Entity, None] = {}
        self._lists: dict[type[Any], list[Any]] = {}
        self._hooked: dict[ClassSchema, list[Replicated]] | None = None
        self._count: Counter[tuple[PeerId, ClassSchema]] = Counter()
        self._held: WeakValueDictionary[EntityId, Entity] = WeakValueDictionary()
        self._trespasses: dict[tuple[Replicated, str], _Trespass] = {}
        self._warned: set[tuple[str, str]] = set()
        self._edited: dict[Replicated, None] = {}
        self._awaited: dict[int, list[tuple[Replicated, int]]] = {}
        self._origins = 0
        self._next_id = first_entity(0)

    # ------------------------------------------------------------------------------------------------ what there is

    @property
    def is_host(self) -> bool:
        return self.me.is_host

    def peer(self, id: int) -> Peer | None:
        return self.peers.get(PeerId(id))

    def entity(self, id: int) -> Replicated | None:
        return self.entities.get(EntityId(id))

    def all(self, kind: type[E]) -> list[E]:
        """Every entity of that class and its subclasses, in order of spawning: a list of the caller's own."""
        if kind not in self._lists:
            self._lists[kind] = [entity for entity in self._order if isinstance(entity, kind)]
        return list(self._lists[kind])

    def mine(self, kind: type[E]) -> E | None:
        """The first of that class that I steer."""
        return next((entity for entity in self.all(kind) if entity.mine), None)

    def computer(self, entity: Replicated, part: Part) -> PeerId:
        """Who computes that part of the entity."""
        owner = entity._owner
        if part.authority == "host" or entity.__gamenet__.authority == "host" or owner is None:
            return HOST
        return owner.id

    def computes(self, entity: Replicated, part: Part) -> bool:
        return self.computer(entity, part) == self.me.id

    def watch_only(self, *watchers: Watcher) -> None:
        """These keep tables of this generation; those of the last one have nothing to keep any more."""
        self._watchers = list(watchers)

    def hooked(self) -> dict[ClassSchema, list[Replicated]]:
        """Everything whose class has a `@gn.changed` hook, by class."""
        if self._hooked is None:
            self._hooked = {}
            for entity in (self.room, *self._order):
                if entity.__gamenet__.changed:
                    self._hooked.setdefault(entity.__gamenet__, []).append(entity)
        return self._hooked

    def count(self, kind: ClassSchema, owner: Peer) -> int:
        """How many of exactly that class are that peer's."""
        return self._count[owner.id, kind]

    # ------------------------------------------------------------------------------------------------------ spawning

    def spawn(self, entity: E, owner: Peer | None) -> E:
        """Put an entity into this world: decided here on the host, asked for by anybody else.

        Raises:
            BadArgument: no entity, one that is in a world already, or values that cannot be sent.
            NotAuthoritative: a class or an owner that this peer does not decide.
        """
        self._check_spawn(entity, owner)
        if self.is_host:
            steered = entity.__gamenet__.authority == "owner"
            self.introduce(entity, owner if owner is not None else self.me if steered else None)
        else:
            self._ask_for(entity)
        return entity

    def _check_spawn(self, entity: Entity, owner: Peer | None) -> None:
        if not isinstance(entity, Entity):
            raise BadArgument(f"spawn() takes an entity, an instance of a class of gn.Entity; this is {entity!r}")
        kind = entity.__gamenet__
        if entity._home is not None:
            raise BadArgument(f"this {kind.name} is in a world already: make a new {kind.name}() for each spawn")
        if not self.classes.knows(kind):
            raise BadArgument(
                f"{kind.name} is not in this session's protocol: define it where the room's class can see it, "
                f"or name it in protocol=gn.Protocol([{kind.name}, …])"
            )
        kind.check_packable(entity)
        for field in kind.structural:
            field.check_spawn(entity, self)
        if owner is not None and owner.id not in self.peers:
            raise BadArgument(f"{owner!r} is not in this room")
        if not self.is_host and (kind.authority != "owner" or owner not in (None, self.me)):
            raise NotAuthoritative(
                f"only the host spawns a {kind.name}{'' if owner in (None, self.me) else ' for somebody else'}: "
                f'ask it with an RPC, or declare `class {kind.name}(gn.Entity, authority="owner")`'
            )

    def introduce(self, entity: Entity, owner: Peer | None, origin: int = 0, id: EntityId | None = None) -> None:
        """host: name a new entity and tell everybody. `id` is given when a checkpoint names it."""
        id = self._next_id if id is None else id
        self._next_id = max(self._next_id, EntityId(id + 1))
        self.install(entity, id, owner, 0)
        number = _number(owner)

        def spawn(rows: list[bytes]) -> op.Spawn:
            return self.spawn_operation(entity, rows)._replace(owner=number, term=0, origin=origin)

        self.told.append(Told(spawn, about=entity, shows=entity))

    def _ask_for(self, entity: Entity) -> None:
        kind = entity.__gamenet__
        count = self.count(kind, self.me)
        if count >= kind.most:
            raise BadArgument(f"{count} of mine exist already: {kind.name} allows {kind.most} for each peer (most=)")
        self._origins += 1
        origin = self._origins
        self.unnamed[origin] = entity
        self._enter(entity, self.me, 0)
        want = partial(self._want, origin, entity)
        self.told.append(Told(want, about=entity, shows=entity))

    def _want(self, origin: int, entity: Entity, rows: list[bytes]) -> op.Want:
        return op.Want(origin, self.classes.number(entity.__gamenet__), rows, structure_of(entity))

    def spawn_operation(self, entity: Replicated, rows: list[bytes]) -> op.Spawn:
        """The entity as it is now. Args: rows: its packed rows, for it is to be told with `shows`."""
        number, owner = self.classes.number(entity.__gamenet__), _number(entity._owner)
        return op.Spawn(id_of(entity), number, rows, structure_of(entity), owner, entity._term)

    def install(self, entity: Entity, id: EntityId, owner: Peer | None, term: int) -> None:
        """The entity has a name now. One that was here unnamed keeps its place."""
        entity._id = id
        self.entities[id] = entity
        if entity._home is None:
            self._enter(entity, owner, term)
        for watcher in self._watchers:
            watcher.added(entity)

    def _enter(self, entity: Entity, owner: Peer | None, term: int) -> None:
        entity._home, entity._owner, entity._term = self, owner, term
        self._order[entity] = None
        self._forget_lists()
        self._count_owned(entity, 1)
        self.guard(entity)
        self.happened.append(Spawned(entity))

    def _forget_lists(self) -> None:
        self._lists.clear()
        self._hooked = None

    def _count_owned(self, entity: Replicated, change: int) -> None:
        if entity._owner is not None:
            key = entity._owner.id, entity.__gamenet__
            self._count[key] += change
            if not self._count[key]:
                del self._count[key]

    def held(self, id: EntityId, kind: ClassSchema) -> Entity | None:
        """The object of that id, if it was here before and the game still holds it: one id is one object."""
        entity = self._held.get(id)
        return entity if entity is not None and entity._home is None and entity.__gamenet__ is kind else None

    def install_room(self) -> None:
        """The room's own fields are those of entity 0."""
        self.room._home, self.room._id, self.room._term = self, ROOM_ENTITY, 0
        self.entities[ROOM_ENTITY] = self.room
        self.guard(self.room)
        for watcher in self._watchers:
            watcher.added(self.room)

    # ---------------------------------------------------------------------------------------------------- despawning

    def despawn(self, entity: Entity) -> None:
        """Take an entity out of the world.

        Raises:
            BadArgument: no entity, or one of another room or session.
            NotAuthoritative: this peer neither is the host nor computes the entity.
        """
        if not isinstance(entity, Entity):
            raise BadArgument(f"despawn() takes an entity; this is {entity!r}")
        if entity._home is None:
            return  # gone already: despawning twice is no mistake
        if entity._home is not self:
            raise BadArgument(f"{describe(entity)} is in another room or session: .get(…) gives the copy that is here")
        if not self.is_host and not (entity.mine and entity.__gamenet__.authority == "owner"):
            raise NotAuthoritative(f"only the host despawns {describe(entity)}: ask it with an RPC")
        if entity._id is not None:
            gone = op.Despawn if self.is_host else op.Drop
            self.told.append(Told(partial(gone, entity._id), about=entity, ends=True))
        else:
            self._take_back(entity, "it was despawned")
        self.remove(entity)

    def _take_back(self, entity: Entity, why: str) -> None:
        """It has no name yet. If it was asked for already, its name will be answered with a drop."""
        asked = [one for one in self.told if one.about is entity]
        if asked:
            self.told = [one for one in self.told if one.about is not entity]
            self.unnamed = {origin: other for origin, other in self.unnamed.items() if other is not entity}
        self.router.dropped(entity, why)

    def remove(self, entity: Replicated) -> None:
        """The entity leaves this world; the object stays the game's, with its last values."""
        if entity._id is not None:
            self.entities.pop(entity._id, None)
            for watcher in self._watchers:
                watcher.removed(entity)
        if isinstance(entity, Entity):
            if entity._id is not None:
                self._held[entity._id] = entity
            self._order.pop(entity, None)
            self._forget_lists()
            self._count_owned(entity, -1)
            self.happened.append(Despawned(entity))
        unguard(entity)
        entity._simulated = None
        entity._home, entity._left = None, self

    def clear(self) -> None:
        """A new generation begins: every entity goes, the room stays."""
        for entity in list(self._order):
            self.remove(entity)
        self.unnamed.clear()
        self.told.clear()
        self._awaited.clear()
        self._trespasses.clear()

    # --------------------------------------------------------------------------------------------------------- peers

    def welcomed(self) -> None:
        """I have a number now."""
        self.peers = {self.host.id: self.host, self.me.id: self.me}

    def use(self, classes: ClassList) -> None:
        """Before anything was said: these are the classes. What is here of another one will not be in this session."""
        self.classes = classes
        for entity in list(self.unnamed.values()):
            if not classes.knows(entity.__gamenet__):
                self._take_back(entity, "the host does not have this class")
                self.remove(entity)
                log.warning("%s was taken out again: the host does not have this class", describe(entity))

    def peer_joined(self, peer: Peer) -> None:
        """From now on it is told everything; what was told before is not for it."""
        if self.is_host:
            self.not_for(peer)
        self.peers[peer.id] = peer
        for entity, term in self._awaited.pop(peer.id, ()):
            if entity._home is self and entity._term == term:
                self.own(entity, peer, term)

    def not_for(self, peer: Peer) -> None:
        """host: what waits to be told is not for this peer; it begins anew."""
        everybody = frozenset(self.peers)
        self.told = [one._replace(to=(everybody if one.to is None else one.to) - {peer.id}) for one in self.told]

    def await_owner(self, entity: Replicated, owner: int | None) -> None:
        """The order may name an owner a moment before the session does."""
        if owner is not None and entity._owner is None:
            self._awaited.setdefault(owner, []).append((entity, entity._term))

    def peer_left(self, peer: Peer) -> None:
        """What was the peer's goes or stays without owner; decided by the host, done by everybody alike."""
        if self.is_host:
            for entity in [entity for entity in self._order if entity._owner is peer]:
                if entity.__gamenet__.leaves == "keep":
                    self.assign_owner(entity, None)
                else:
                    self.despawn(entity)
        if not peer.is_host:
            self.peers.pop(peer.id, None)

    def assign_owner(self, entity: Replicated, peer: Peer | None) -> None:
        """host: somebody else steers it from now on.

        Raises:
            NotAuthoritative: this peer is not the host.
            BadArgument: the peer is not in this room.
        """
        if not self.is_host:
            raise NotAuthoritative(f"only the host says who owns {describe(entity)}: ask it with an RPC")
        if peer is not None and self.peers.get(peer.id) is not peer:
            raise BadArgument(f"{peer!r} is not in this room, so it cannot own {describe(entity)}")
        if peer is entity._owner:
            return
        id, term = id_of(entity), (entity._term + 1) & 0xFF
        self.own(entity, peer, term)
        self.told.append(Told(lambda rows: op.Own(id, _number(peer), term, rows), about=entity, shows=entity))

    def own(self, entity: Replicated, peer: Peer | None, term: int) -> None:
        self._count_owned(entity, -1)
        entity._owner, entity._term = peer, term
        self._count_owned(entity, 1)
        self.guard(entity)
        for watcher in self._watchers:
            watcher.owned(entity)

    # --------------------------------------------------------------------------------------- what an entity asks for

    def submit(self, request: CallRequest) -> None:
        self.router.submit(request)

    def teleport(self, entity: Replicated, values: dict[str, Any]) -> None:
        """Write values that are not to be reached smoothly.

        Raises:
            NotAuthoritative: one of them is not this peer's to decide.
        """
        refused = sorted(self.undecided(entity).intersection(values))
        if refused:
            raise NotAuthoritative(f"{describe(entity)}.{refused[0]} is decided by {self._decider(entity, refused[0])}")
        entity.__dict__.update(values)
        self.cut(entity)

    def cut(self, entity: Replicated) -> None:
        """It is elsewhere now, and did not move there."""
        for watcher in self._watchers:
            watcher.cut(entity)

    # ------------------------------------------------------------------------------------------------------- writing

    def guard(self, entity: Replicated) -> None:
        """Let writes to what this peer does not decide be noticed; all others stay plain attribute writes."""
        names = self.undecided(entity)
        kind = entity.__gamenet__
        entity.__class__ = kind.guard(names) if names else kind.cls

    def undecided(self, entity: Replicated) -> frozenset[str]:
        """The fields of the entity that somebody else decides."""
        kind = entity.__gamenet__
        names = {field.name for part in kind.parts if not self.computes(entity, part) for field in part.table.fields}
        names.update(field.name for field in kind.structural if not self._decides(entity, field.authority))
        return frozenset(names)

    def _decides(self, entity: Replicated, authority: str) -> bool:
        """Whether this peer may write a structural field; the host always may not where an owner does."""
        by_owner = authority == "entity" and entity.__gamenet__.authority == "owner" and entity._owner is not None
        return entity._owner is self.me if by_owner else self.is_host

    def trespass(self, entity: Replicated, name: str, value: Any) -> None:
        """Somebody writes a field that is not this peer's: an exception when strict, else undone at the next frame."""
        sentence = f"{describe(entity)}.{name} is decided by {self._decider(entity, name)}, not here"
        if self.strict:
            raise NotAuthoritative(f"{sentence}: ask for it with an RPC instead of writing {name} = {value!r}")
        self.warn_once(entity.__gamenet__.name, name, f"{sentence}: the value {value!r} was undone")

    def undo_later(self, entity: Replicated, name: str, true: Any) -> None:
        """A field was written that is not this peer's; `true` is what it was."""
        before = self._trespasses.get((entity, name))
        true = before.true if before is not None and before.written is true else true
        self._trespasses[entity, name] = _Trespass(true, entity.__dict__.get(name))

    def trespass_inside(self, entity: Replicated, name: str, kept: Any) -> bool:
        """Somebody changes a collection: whether it is not this peer's. What it was is put back at the next frame.

        Args:
            kept: the collection as it is kept in the entity.

        Raises:
            NotAuthoritative: it is not, and this session is strict.
        """
        if name not in self.undecided(entity):
            return False
        sentence = f"{describe(entity)}.{name} is decided by {self._decider(entity, name)}, not here"
        if self.strict:
            raise NotAuthoritative(f"{sentence}: ask for it with an RPC instead of changing it")
        before = self._trespasses.get((entity, name))
        if before is None or before.written is not kept:
            self._trespasses[entity, name] = _Trespass(kept.twin(), kept)
        self.warn_once(entity.__gamenet__.name, name, f"{sentence}: the change was undone")
        return True

    def edited(self, entity: Replicated) -> None:
        self._edited[entity] = None

    def take_edited(self) -> Iterable[Replicated]:
        """Whose structural fields were assigned or changed since the last time."""
        edited, self._edited = self._edited, {}
        return edited

    def trespass_outside(self, entity: Replicated, name: str, value: Any) -> None:
        """A shown value was written over after the frame: it is undone, and said once."""
        sentence = f"{describe(entity)}.{name} = {value!r} was written outside the frame, where it shows what is drawn"
        self.warn_once(
            entity.__gamenet__.name, name, f"{sentence}: write it inside `with net.frame(dt):`; it was undone"
        )

    def _decider(self, entity: Replicated, name: str) -> str:
        by_host = entity.__gamenet__.fields[name].decider == "host" or entity.__gamenet__.authority == "host"
        return "the host" if by_host or entity._owner is None else f"its owner {entity._owner.name}"

    def undo_trespasses(self) -> None:
        """What was written where it may not be, and was not written over since, reads as before."""
        trespasses, self._trespasses = self._trespasses, {}
        for (entity, name), (true, written) in trespasses.items():
            if entity.__dict__.get(name) is written:
                entity.__dict__[name] = true

    def warn_once(self, kind: str, name: str, sentence: str) -> None:
        """Say it in the log, once for each `name` of a `kind`."""
        if (kind, name) not in self._warned:
            self._warned.add((kind, name))
            log.warning("%s", sentence)

    def tell(self, operation: op.Operation, to: Iterable[Peer], about: Replicated | None = None) -> None:
        """Say something to some peers, in its place in the order."""
        self.told.append(Told(lambda: operation, frozenset(peer.id for peer in to), about))

    def take_happened(self) -> list[Happening]:
        happened, self.happened = self.happened, []
        return happened


def _number(owner: Peer | None) -> int | None:
    return None if owner is None else owner.id


def unguard(entity: Replicated) -> None:
    entity.__class__ = entity.__gamenet__.cls


def describe(entity: Replicated) -> str:
    """ "Ship 7": how sentences name an entity."""
    return f"{entity.__gamenet__.name} {entity._id if entity._id is not None else '(unnamed)'}"


def id_of(entity: Replicated) -> EntityId:
    assert entity._id is not None, "an entity that is told about has a name"
    return entity._id
