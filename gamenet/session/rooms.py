"""Rooms: sets of peers that share a world. Each has a generation, and on the host a poll group."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ids import RoomId
from ..peer import Peer

FIRST_ROOM = "main"
"""The room that a host opens by itself: where those go who name none."""


@dataclass(eq=False)
class RoomRecord:
    """A room as the session sees it. Compares by identity: a reset makes another one."""

    id: RoomId
    """Its generation: never reused among all rooms of one host."""
    name: str
    epoch: int = 0
    members: list[Peer] = field(default_factory=list)
    """In order of joining. A dedicated host is in none."""

    def __repr__(self) -> str:
        return f"<RoomRecord {self.id} {self.name!r} {[peer.name for peer in self.members]}>"


class Rooms(dict[RoomId, RoomRecord]):
    """The rooms of a host, in the order in which they were opened; of a joiner, its one."""

    def __init__(self) -> None:
        super().__init__()
        self._generations = 0

    def open(self, name: str, epoch: int = 0) -> RoomRecord:
        """Open a room under a generation that was never used before."""
        self._generations += 1
        room = self[RoomId(self._generations)] = RoomRecord(RoomId(self._generations), name, epoch)
        return room

    def renew(self, old: RoomRecord) -> RoomRecord:
        """Give a room a new generation; it keeps its name, its members and its place."""
        self._generations += 1
        new = RoomRecord(RoomId(self._generations), old.name, old.epoch, list(old.members))
        records = [new if room is old else room for room in self.values()]
        self.clear()
        self.update({room.id: room for room in records})
        return new

    def named(self, name: str) -> RoomRecord | None:
        """The room of that name; the first one when no name is given."""
        for room in self.values():
            if name in ("", room.name):
                return room
        return None
