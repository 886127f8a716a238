"""Who sees what: whom the host tells of an entity, and to whom its rows go.

Ranges (nearest, within, grid) are looked after natively, at each send tick in one crossing; Python touches only what
changes. A peer that sees an entity newly is told of it as it is then; what it loses sight of goes, freezes or stays.
Owners see what is theirs, wherever it is. A newcomer starts seeing nothing, and the world enters its view, the nearest
first, while play goes on.

What everybody sees is told in the host's order at once; what a range decides, at the next send tick. In a mesh what an
owner computes everybody sees: its owner sends it to all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from ...errors import BadArgument
from ...ids import NOBODY, EntityId, PeerId
from ...peer import Peer
from .. import operations as op
from ..codec import Encoder, Lost, Order, Place, Range, Reach, View
from ..model.entity import Entity, Replicated
from ..model.schema import ClassSchema
from ..model.sight import Sight, everything
from ..model.world import Told, World, id_of

MOST_NEW: Final = 256
"""Entities that enter a peer's view in one send tick, at most; the rest enters at the next ones."""

_REACH: Final = {"nearest": Reach.NEAREST, "within": Reach.WITHIN, "grid": Reach.CELLS}
_LOST: Final = {"remove": Lost.REMOVE, "freeze": Lost.FREEZE, "keep": Lost.KEEP}

_ALL: Final = frozenset({PeerId(NOBODY)})

Seen = Callable[[Peer], Iterable[Any]]
"""What a peer sees, as entities or their ids."""


class _Rule:
    """The host's own rule for a class."""

    def __init__(self, function: Seen, every: float) -> None:
        self.function, self.every, self.due = function, every, 0


class Rules:
    """What the host said at run time: it outlives the room's generations."""

    def __init__(self) -> None:
        self.views: dict[PeerId, tuple[float, float]] = {}
        self.own: dict[type[Any], _Rule] = {}
        self.groups: dict[Replicated, frozenset[PeerId]] = {}


class _Order(NamedTuple):
    peer: PeerId
    id: EntityId
    order: Order


class Interest:
    """A watcher of the world."""

    def __init__(self, world: World, encoder: Encoder, rules: Rules, *, mesh: bool, tick_rate: float) -> None:
        self._world, self._encoder, self._rules, self._mesh, self._tick_rate = world, encoder, rules, mesh, tick_rate
        self._peers: dict[PeerId, None] = {}
        self._entering: dict[PeerId, dict[EntityId, None]] = {}  # what newcomers still have to be told of
        self._expectant: set[PeerId] = set()  # who waits for the end of its first view
        self._fresh: list[EntityId] = []
        self._gone: list[EntityId] = []
        self._orders: list[_Order] = []
        self._new: set[EntityId] = set()  # whose introduction waits: it tells those who see them then
        self._missed: set[tuple[PeerId, EntityId]] = set()  # who came after such an introduction
        self._sights: dict[ClassSchema, Sight] = {}
        self._granted: dict[PeerId, set[EntityId]] = {}
        self._owners: dict[EntityId, PeerId] = {}
        self._steered: dict[PeerId, dict[EntityId, Replicated]] = {}
        self._turned: set[PeerId] = set()  # whose view is to be found anew
        self._spawns: dict[Replicated, Callable[..., op.Operation]] = {}
        self._say_sights()

    def _say_sights(self) -> None:
        """Which ranges there are, once for each generation."""
        self._sights = {}
        groups: dict[int, int] = {}
        ranges: list[Range] = []
        places, weights = [], []
        for kind in self._world.classes.schemas:
            sight, first = self._sight(kind), self._world.classes.first_table(kind)
            if sight.is_range and id(sight) not in groups:
                groups[id(sight)] = len(ranges)
                ranges.append(Range(_REACH[sight.kind], sight.amount))
            if kind.position is not None:
                part, x, y = kind.position
                places.append(Place(first + part, x, y, groups.get(id(sight)), _LOST[kind.lost]))
            weights += [kind.weight] * len(kind.parts)
        self._ranges = bool(ranges)
        self._encoder.sights(ranges, places, weights)

    def _sight(self, kind: ClassSchema) -> Sight:
        """What counts for that class here."""
        if kind not in self._sights:
            self._sights[kind] = self._find_sight(kind)
        return self._sights[kind]

    def _find_sight(self, kind: ClassSchema) -> Sight:
        if self._rule(kind) is not None:
            return Sight("group")
        return kind.sight if self._world.is_host and not (self._mesh and kind.authority == "owner") else everything

    def _rule(self, kind: ClassSchema) -> _Rule | None:
        own = self._rules.own
        return next((own[base] for base in kind.cls.__mro__ if base in own), None) if self._world.is_host else None

    def limited(self, entity: Replicated) -> bool:
        """Whether not everybody sees entities of this class."""
        return self._sight(entity.__gamenet__) is not everything

    # ---------------------------------------------------------------------------------------------- watching the world

    def added(self, entity: Replicated) -> None:
        id = id_of(entity)
        if not self.limited(entity):
            self._fresh.append(id)
        else:
            self._new.add(id)
        if self._world.is_host:
            self._own(entity)

    def removed(self, entity: Replicated) -> None:
        id = id_of(entity)
        self._gone.append(id)
        self._rules.groups.pop(entity, None)
        for waiting in self._entering.values():
            waiting.pop(id, None)
        for granted in self._granted.values():
            granted.discard(id)
        self._disown(id)

    def owned(self, entity: Replicated) -> None:
        if self._world.is_host:
            self._disown(id_of(entity))
            self._own(entity)

    def cut(self, entity: Replicated) -> None: ...

    def _own(self, entity: Replicated) -> None:
        """Its owner sees it wherever it is, and looks from the first of its own."""
        owner, id = entity._owner, id_of(entity)
        if owner is None:
            return
        self._owners[id] = owner.id
        self._steered.setdefault(owner.id, {})[id] = entity
        self._turned.add(owner.id)
        if self.limited(entity) and owner is not self._world.me:
            self._orders.append(_Order(owner.id, id, Order.PIN))

    def _disown(self, id: EntityId) -> None:
        owner = self._owners.pop(id, None)
        if owner is None:
            return
        entity = self._steered[owner].pop(id)
        if not self._steered[owner]:
            del self._steered[owner]
        self._turned.add(owner)
        if self.limited(entity) and entity._home is self._world:
            self._orders.append(_Order(owner, id, Order.UNPIN))
            if not self._sight(entity.__gamenet__).is_range and not self._allowed(owner, entity):
                self._lose(owner, entity)

    def _allowed(self, peer: PeerId, entity: Replicated) -> bool:
        """By what the host said, where that decides."""
        if self._rule(entity.__gamenet__) is not None:
            return id_of(entity) in self._granted.get(peer, ())
        return peer in self._rules.groups.get(entity, ())

    def _lose(self, peer: PeerId, entity: Replicated) -> None:
        """The host shows it to this peer no longer, as far as its class lets go of what was seen."""
        lost = entity.__gamenet__.lost
        if lost != "keep":
            self._orders.append(_Order(peer, id_of(entity), Order.FREEZE if lost == "freeze" else Order.HIDE))

    # ----------------------------------------------------------------------------------------------------------- peers

    def peer_joined(self, peer: PeerId) -> None:
        """It gets values from me: it sees nothing yet, on the host, and everything elsewhere."""
        self._peers[peer] = None
        self._turned.add(peer)
        if not self._world.is_host:
            self._encoder.show([peer], list(self._world.entities))

    def welcome(self, peer: PeerId) -> None:
        """host: begin to show it the world; `Ready` comes when it has all that it may see."""
        world = self._world
        world.told.append(self._shown(world.room, frozenset({peer})))
        seen_by_all = [entity for entity in world.entities.values() if not self.limited(entity)]
        self._entering[peer] = dict.fromkeys(map(id_of, self._nearest_first(peer, seen_by_all)))
        self._entering[peer].pop(id_of(world.room))
        self._encoder.show([peer], [id_of(world.room)])
        self._expectant.add(peer)
        self._missed.update((peer, id) for id in self._new)
        for id, entity in self._steered.get(peer, {}).items():
            if self.limited(entity):
                self._orders.append(_Order(peer, id, Order.PIN))
        for entity, peers in self._rules.groups.items():
            if peer in peers and entity._home is world:
                self._orders.append(_Order(peer, id_of(entity), Order.SHOW))
        self._granted.pop(peer, None)
        for rule in self._rules.own.values():
            rule.due = 0
        self._enter(peer)

    def _nearest_first(self, peer: PeerId, entities: Collection[Replicated]) -> Iterable[Replicated]:
        """By the distance from where the peer looks; what is nowhere comes first."""
        view = self._view(peer)
        x, y = (view.__dict__["x"], view.__dict__["y"]) if isinstance(view, Replicated) else view

        def far(entity: Replicated) -> float:
            if entity.__gamenet__.position is None:
                return -1.0
            here: float = (entity.__dict__["x"] - x) ** 2 + (entity.__dict__["y"] - y) ** 2
            return here

        return sorted(entities, key=far) if len(entities) > MOST_NEW else entities

    def _enter(self, peer: PeerId) -> None:
        """Tell a newcomer of some more of what everybody sees."""
        waiting = self._entering[peer]
        batch = [id for id, _ in zip(waiting, range(MOST_NEW), strict=False)]
        for id in batch:
            del waiting[id]
            self._world.told.append(self._shown(self._world.entities[id], frozenset({peer})))
        self._encoder.show([peer], batch)
        if not waiting:
            del self._entering[peer]
            if not self._ranges and not self._rules.own:
                self._ready(peer)

    def _ready(self, peer: PeerId) -> None:
        world = self._world
        self._expectant.discard(peer)
        world.told.append(Told(lambda: op.Ready(world.tick), frozenset({peer})))

    def peer_left(self, peer: PeerId) -> None:
        self._peers.pop(peer, None)
        self._entering.pop(peer, None)
        self._granted.pop(peer, None)
        self._expectant.discard(peer)
        self._turned.discard(peer)
        self._orders = [order for order in self._orders if order.peer != peer]

    def forget(self, peer: PeerId) -> None:
        """It has left for good: what was said of it is over."""
        self._rules.views.pop(peer, None)
        for entity, peers in self._rules.groups.items():
            self._rules.groups[entity] = peers - {peer}

    # ------------------------------------------------------------------------------------------------- the host's word

    def look_from(self, peer: Peer, at: tuple[float, float] | None) -> None:
        """From where a peer looks; None: from its first entity again."""
        if at is None:
            self._rules.views.pop(peer.id, None)
        else:
            self._rules.views[peer.id] = at
        self._turned.add(peer.id)

    def show_to(self, entity: Entity, peers: Iterable[Peer]) -> None:
        """Who sees an entity of a class with `sight=gn.group`."""
        kind = entity.__gamenet__
        if self._rule(kind) is not None or kind.sight.kind != "group":
            raise BadArgument(f"net.group() is for classes that say so: class {kind.name}(gn.Entity, sight=gn.group)")
        before = self._rules.groups.get(entity, frozenset())
        now = self._rules.groups[entity] = frozenset(peer.id for peer in peers)
        if not self.limited(entity):
            return
        self._orders += [_Order(p, id_of(entity), Order.SHOW) for p in sorted(now - before) if p in self._peers]
        for peer in sorted(before - now):
            self._lose(peer, entity)

    def rule_for(self, cls: type[Entity], function: Seen, every: float) -> None:
        """The host's own rule for a class and those that inherit it."""
        world = self._world
        self.address()
        before = [entity for entity in world.entities.values() if isinstance(entity, cls)]
        self._rules.own[cls] = _Rule(function, every)
        for id, peer, still in self._encoder.viewers([id_of(entity) for entity in before]):
            if not still:
                self._granted.setdefault(PeerId(peer), set()).add(EntityId(id))
        for waiting in self._entering.values():
            for entity in before:
                waiting.pop(id_of(entity), None)
        self._fresh = [id for id in self._fresh if not isinstance(world.entities.get(id), cls)]
        for entity in before:
            if entity._owner is not None and entity._owner is not world.me:
                self._orders.append(_Order(entity._owner.id, id_of(entity), Order.PIN))
        self._say_sights()

    # ------------------------------------------------------------------------------------------------------- each tick

    def look(self, tick: int) -> None:
        """A send tick, its rows collected: who sees what from now on, and is told of it."""
        self.address()
        if self._gone:
            self._encoder.forget(self._gone)
        gone, fresh = set(self._gone), self._fresh
        self._gone, self._fresh = [], []
        self._show_to_all([id for id in fresh if id not in gone])
        for peer in list(self._entering):
            self._enter(peer)
        if not self._world.is_host:
            return
        self._turn()
        self._ask_rules(tick)
        self._arrange()
        changes = self._encoder.look(MOST_NEW) if self._ranges else []
        self._tell(changes)
        self._complete(changes)

    def _show_to_all(self, ids: Sequence[EntityId]) -> None:
        """What is new for everybody; who is told of it later sees it later."""
        if not ids:
            return
        if there := [peer for peer in self._peers if peer not in self._entering]:
            self._encoder.show(there, ids)
        for peer, waiting in self._entering.items():
            self._encoder.show([peer], [id for id in ids if id not in waiting])

    def _turn(self) -> None:
        """Views that changed."""
        if not self._ranges:
            return
        turned, self._turned = self._turned, set(self._peers) if self._mesh else set()
        views: dict[int, View] = {peer: self._place(self._view(peer)) for peer in turned.intersection(self._peers)}
        if views:
            self._encoder.view(views)

    def _place(self, view: Replicated | tuple[float, float]) -> View:
        """In a mesh I do not collect what others compute, so I say where it is."""
        if not isinstance(view, Replicated):
            return view
        return (view.__dict__["x"], view.__dict__["y"]) if self._mesh else id_of(view)

    def _view(self, peer: PeerId) -> Replicated | tuple[float, float]:
        """The first entity of the peer's own that has a place, unless the host said something."""
        if peer in self._rules.views:
            return self._rules.views[peer]
        mine = self._steered.get(peer, {}).values()
        return next((entity for entity in mine if entity.__gamenet__.position is not None), (0.0, 0.0))

    def _ask_rules(self, tick: int) -> None:
        for cls, rule in self._rules.own.items():
            if tick < rule.due:
                continue
            rule.due = tick + max(1, round(rule.every * self._tick_rate))
            for peer in self._peers:
                self._grant(peer, cls, rule.function(self._world.peers[peer]))

    def _grant(self, peer: PeerId, cls: type[Any], answer: Iterable[Any]) -> None:
        world = self._world
        ids = {one._id if isinstance(one, Replicated) else one for one in answer}
        found = {id: world.entities[id] for id in ids if id in world.entities}
        if wrong := [entity for entity in found.values() if not isinstance(entity, cls)]:
            raise BadArgument(f"the rule of net.sight({cls.__name__}, …) returned {wrong[0]!r}, another class")
        granted = self._granted.setdefault(peer, set())
        old = {id for id in granted if isinstance(world.entities.get(id), cls)}
        self._orders += [_Order(peer, id, Order.SHOW) for id in sorted(found.keys() - old)]
        for id in sorted(old - found.keys()):
            self._lose(peer, world.entities[id])
        granted -= old
        granted.update(found)

    def _arrange(self) -> dict[int, set[PeerId]]:
        """What owners, groups and rules decide: one crossing. Returns whose entities went before they were told of."""
        orders, self._orders = self._orders, []
        new, self._new = self._new, set()
        missed, self._missed = self._missed, set()
        alive = [order for order in orders if order.id in self._world.entities]
        if alive:
            changes = self._encoder.arrange(alive)
            waits = {(peer, id) for peer, id, sees in changes if sees and id in new and (peer, id) not in missed}
            self._tell([change for change in changes if change[:2] not in waits], first=True)
        owners: dict[int, set[PeerId]] = {}
        for peer, id, order in orders:
            if id in new and id not in self._world.entities and order is Order.PIN:
                owners.setdefault(id, set()).add(peer)
        return owners

    def _tell(self, changes: Sequence[tuple[int, int, bool]], *, first: bool = False) -> None:
        """Spawns for who sees something newly; `first`: before what waits, which may speak of it."""
        world = self._world
        shown: dict[int, set[PeerId]] = {}
        hidden: dict[int, set[PeerId]] = {}
        for peer, id, sees in changes:
            (shown if sees else hidden).setdefault(id, set()).add(PeerId(peer))
        told = [self._shown(world.entities[EntityId(id)], frozenset(to)) for id, to in shown.items()]
        world.told = [*told, *world.told] if first else [*world.told, *told]
        for id, to in hidden.items():
            if world.entities[EntityId(id)].__gamenet__.lost == "remove":
                world.told.append(Told(partial(op.Despawn, id), frozenset(to)))

    def _complete(self, changes: Sequence[tuple[int, int, bool]]) -> None:
        """Newcomers whose first view is whole."""
        if not self._expectant:
            return
        entered = [peer for peer, _, sees in changes if sees]
        for peer in sorted(self._expectant.difference(self._entering)):
            if entered.count(peer) < MOST_NEW:
                self._ready(peer)

    def address(self) -> None:
        """What is told about something that not everybody sees is for those who see it."""
        world = self._world
        if not world.is_host:
            return
        stillborn = self._arrange()
        told, world.told = world.told, []
        limited = {id_of(one.about) for one in told if one.about is not None and self.limited(one.about)}
        viewers: dict[int, set[PeerId]] = {id: stillborn.get(id, set()) for id in limited}
        frozen: dict[int, set[PeerId]] = {id: set() for id in limited}
        for id, peer, still in self._encoder.viewers(sorted(limited)) if limited else ():
            (frozen if still else viewers)[id].add(PeerId(peer))
        addressed = []
        for one in told:
            if one.about is not None and (limited or self._entering):
                id = id_of(one.about)
                if id in limited:
                    to = viewers[id] | frozen[id] if one.ends else viewers[id]
                else:
                    to = {peer for peer in self._peers if id not in self._entering.get(peer, ())}
                one = self._only(one, to)
            if one.to is None or one.to:
                addressed.append(one)
        world.told = addressed + world.told

    def _only(self, one: Told, to: Collection[PeerId]) -> Told:
        """For nobody but these. A call that nobody gets is answered."""
        kept = frozenset(to) if one.to is None else one.to.intersection(to)
        if not kept and one.to and one.shows is None:
            operation = one.make()
            if isinstance(operation, op.Invoke) and operation.number:
                self._world.router.unseen(operation)
        return one._replace(to=kept, about=None)

    def sent(self, told: Sequence[Told], *, collected: bool) -> None:
        """All that was told has been written down. What a spawn said in a send tick, with the rows that were collected,
        need not be sent until it changes: one crossing.
        """
        self._spawns = {}
        if not collected or not self._world.is_host:
            return
        shown = [(one.to, id_of(one.shows)) for one in told if one.shows is not None]
        orders = [_Order(peer, id, Order.TOLD) for to, id in shown for peer in (_ALL if to is None else to)]
        if orders:
            self._encoder.arrange(orders)

    def _shown(self, entity: Replicated, to: frozenset[PeerId]) -> Told:
        """Its spawn: one for all who see it newly in a frame."""
        spawn = self._spawns.setdefault(entity, partial(self._world.spawn_operation, entity))
        return Told(spawn, to, shows=entity)
