"""The numbers that name things on the wire. Each is a plain int with a type of its own."""

from __future__ import annotations

from typing import Final, NewType

PeerId = NewType("PeerId", int)
"""A participant of a session, given by the host: 0 is the host itself, others count from 1 and are never reused."""

RoomId = NewType("RoomId", int)
"""A room of a host: its generation, 32 bits, never reused among all rooms of one host (a reset gives a new one)."""

EntityId = NewType("EntityId", int)
"""An entity of a room, 32 bits: the epoch in the top 8, a counter below, never reused in a room. 0 is the room."""

HOST: Final = PeerId(0)
NOBODY: Final = PeerId(0xFFFF)
"""On the wire: no owner."""

ROOM_ENTITY: Final = EntityId(0)
"""The room's own fields travel as those of this entity."""

MAX_PEER: Final = 0xFFFE
COUNTER_BITS: Final = 24


def first_entity(epoch: int) -> EntityId:
    """The first id that the host of this epoch gives."""
    return EntityId((epoch & 0xFF) << COUNTER_BITS | 1)
