"""A world of nothing but what entities ask for, which writes down what it was asked."""

from __future__ import annotations

from typing import Any

from gamenet.errors import NotAuthoritative
from gamenet.ids import EntityId
from gamenet.peer import Peer
from gamenet.replication.model.entity import Entity, Replicated
from gamenet.replication.rpc.declare import CallRequest

HOST, ADA, BOB = range(3)


class Room(Replicated):
    """What the real Room is to replication: a class of the game without an owner."""


class FakeHome:
    def __init__(self, me: int = ADA, *, strict: bool = False) -> None:
        names = {HOST: "Host", ADA: "Ada", BOB: "Bob"}
        self.peers = {id: Peer(id, name, me=id == me, host=id == HOST) for id, name in names.items()}
        self.me, self.host, self.strict = self.peers[me], self.peers[HOST], strict
        self.tick = 7
        self.entities: dict[int, Replicated] = {}
        self.room: Any = None
        self.requests: list[CallRequest] = []
        self.trespasses: list[tuple[Replicated, str, Any]] = []
        self.edits: list[Replicated] = []
        self.teleports: list[tuple[Replicated, dict[str, Any]]] = []

    @property
    def is_host(self) -> bool:
        return self.me.is_host

    def peer(self, id: int) -> Peer | None:
        return self.peers.get(id)

    def entity(self, id: int) -> Replicated | None:
        return self.entities.get(id)

    def trespass(self, entity: Replicated, name: str, value: Any) -> None:
        if self.strict:
            raise NotAuthoritative(f"{name} is not yours")
        self.trespasses.append((entity, name, entity.__dict__[name]))

    def undo_later(self, entity: Replicated, name: str, true: Any) -> None: ...

    def trespass_inside(self, entity: Replicated, name: str, kept: Any) -> bool:
        if self.strict:
            raise NotAuthoritative(f"{name} is not yours")
        self.trespasses.append((entity, name, kept.plain_copy()))
        return True

    def edited(self, entity: Replicated) -> None:
        self.edits.append(entity)

    def assign_owner(self, entity: Replicated, peer: Peer | None) -> None:
        entity._owner = peer

    def teleport(self, entity: Replicated, values: dict[str, Any]) -> None:
        self.teleports.append((entity, values))

    def submit(self, request: CallRequest) -> None:
        self.requests.append(request)

    def put(self, entity: Any, id: int | None = 5, owner: int | None = None) -> Any:
        """Spawn it here."""
        entity._home, entity._owner = self, None if owner is None else self.peers[owner]
        if id is not None:
            entity._id = EntityId(id)
            self.entities[id] = entity
        if not isinstance(entity, Entity):
            self.room = entity
        return entity
