"""What replication hands up for a frame to deliver, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..peer import Peer

if TYPE_CHECKING:
    from .model.entity import Entity, Replicated
    from .rpc.dispatch import Admitted


@dataclass(frozen=True, slots=True)
class Spawned:
    entity: Entity


@dataclass(frozen=True, slots=True)
class Despawned:
    entity: Entity


@dataclass(frozen=True, slots=True)
class Changed:
    """A field with a `@gn.changed` hook reads otherwise than at the last frame."""

    entity: Replicated
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Requested:
    """An RPC to run here, admitted already. `number` 0: nobody waits for an answer; else `reply_to` does."""

    call: Admitted
    number: int
    reply_to: Peer


@dataclass(frozen=True, slots=True)
class ViewComplete:
    """All that I may see of the room has arrived."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A peer sent what no honest one does."""

    peer: Peer
    why: str


Happening: TypeAlias = Spawned | Despawned | Changed | Requested | ViewComplete | Broken
