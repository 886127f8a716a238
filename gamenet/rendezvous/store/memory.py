"""Rooms in the memory of one process: they end with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import islice

from ...session.transports.cards import Card
from ..rooms import About, Room, Seated, claimed, seated, without
from . import Page


class Memory:
    """See `Store` for what each word means."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self._keys: dict[bytes, str] = {}
        self._lists: defaultdict[str, dict[str, None]] = defaultdict(dict)
        """Codes of public rooms, oldest first, by what one may search for."""

    def take_code(self, room: Room) -> bool:
        if room.code in self._rooms or room.key in self._keys:
            return False
        self._keys[room.key] = room.code
        self._put(room)
        return True

    def room(self, code: str) -> Room | None:
        return self._rooms.get(code)

    def opened_with(self, key: bytes) -> Room | None:
        return self._rooms.get(self._keys.get(key, ""))

    def count(self) -> int:
        return len(self._rooms)

    def take_seat(self, code: str, key: bytes, name: str, card: Card) -> Seated | str:
        room = self._rooms.get(code)
        if room is None:
            return "code"
        result = seated(room, key, name, card)
        if isinstance(result, Seated):
            self._put(result.room)
        return result

    def free_seat(self, code: str, seat: int) -> Room | None:
        room = self._rooms.get(code)
        if room is None or seat not in room.members or seat == room.host:
            return None
        return self._put(without(room, seat))

    def claim(self, code: str, epoch: int, seat: int) -> Room | str:
        room = self._rooms.get(code)
        if room is None or seat not in room.members:
            return "code"
        result = claimed(room, epoch, seat)
        return self._put(result) if isinstance(result, Room) else result

    def describe(self, code: str, about: About) -> None:
        room = self._rooms.get(code)
        if room is not None:
            self._put(replace(room, about=about))

    def hear(self, code: str, heard: bool, ping: float) -> None:
        room = self._rooms.get(code)
        if room is not None:
            self._put(replace(room, heard=heard, ping=ping))

    def search(self, game: str, page: int, size: int) -> Page:
        found = self._lists.get(game, {})
        pages = max(1, -(-len(found) // size))
        return Page(tuple(self._rooms[code] for code in islice(reversed(found), page * size, (page + 1) * size)), pages)

    def end(self, code: str) -> Room | None:
        room = self._rooms.pop(code, None)
        if room is not None:
            del self._keys[room.key]
            self._list(room, False)
        return room

    def _put(self, room: Room) -> Room:
        self._rooms[room.code] = room
        self._list(room, room.public)
        return room

    def _list(self, room: Room, public: bool) -> None:
        for words in {"", room.game, room.game.partition("/")[0]}:
            if public:
                self._lists[words].setdefault(room.code)
            elif words in self._lists:
                self._lists[words].pop(room.code, None)
                if not self._lists[words]:
                    del self._lists[words]
