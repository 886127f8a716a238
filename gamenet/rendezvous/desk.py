"""What greeted clients ask for about rooms: who may what, and who is told.

Each word takes a line and its request, changes store and clients, and queues what is to be said. A seat or room ends

    a member's Leave, the host's Release          at once
    a member away from the service                after `SEAT_PATIENCE`
    the host's Leave                              the room, at once
    the host away from the service                the room, after `HOST_PATIENCE`; not listed after `ALIVE_PATIENCE`
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from ..session import sentences
from ..session.peers import printable
from ..session.transports import Farewell
from ..session.transports.cards import can_be
from . import codes, refusals, rooms
from .clients import Chair, Client, Clients, Line
from .deadlines import Deadlines
from .journal import Journal
from .limits import Buckets, Limits
from .mail import Mail
from .messages import (
    PAGE,
    Alive,
    Came,
    Claim,
    Create,
    Ended,
    Found,
    FromService,
    Hosted,
    Join,
    Leave,
    Release,
    Search,
    Signal,
    Update,
    Went,
)
from .rooms import ALIVE_PATIENCE, HOST_PATIENCE, SEAT_PATIENCE, Room, Seated
from .store import Store

_DRAWS: Final = 20
"""Codes that are tried for a new room; with 10,000 rooms the second one is hardly ever needed."""


class Away(NamedTuple):
    """A deadline: whoever had that seat did not come back."""

    chair: Chair


class Silent(NamedTuple):
    """A deadline: nothing was heard from that room's host."""

    code: str


class Desk:
    """Rooms and seats, for the lines of a service."""

    def __init__(
        self, store: Store, clients: Clients, mail: Mail, limits: Limits, journal: Journal, ping: Callable[[int], float]
    ) -> None:
        self._store, self._clients, self._mail, self._limits, self._journal = store, clients, mail, limits, journal
        self._ping = ping
        self._deadlines: Deadlines[Away | Silent] = Deadlines()
        self._joins = Buckets(limits.joins)
        self._guesses = Buckets(limits.guesses_of_address)
        self._signals = Buckets(limits.signals_of_address)
        self._openers: dict[str, tuple[Client, str]] = {}
        """Of each room who opened it, and from which address."""
        self._rooms_of_address: Counter[str] = Counter()

    # Rooms

    def create(self, now: float, line: Line, client: Client, wish: Create) -> str:
        """Every word of this kind returns the reason why not, or ""."""
        wish = replace(wish, title=printable(wish.title), name=printable(wish.name), game=printable(wish.game))
        if wish.card.identity != client.identity or not can_be(wish.card):
            return "identity"
        if _size(wish.data) > self._limits.data_bytes:
            return "data"
        mine = self._store.opened_with(wish.key)
        if line.chair is not None and (mine is None or line.chair.code != mine.code):
            return "request"
        if not self._joins.take(line.place, now):
            return "joins"
        return self._come_back(now, line, mine, wish) if mine is not None else self._open(now, line, client, wish)

    def _come_back(self, now: float, line: Line, room: Room, wish: Create) -> str:
        result = self._store.take_seat(room.code, wish.key, wish.name, wish.card)
        if isinstance(result, str):
            return result
        if result.seat.id == result.room.host:
            self._store.describe(room.code, rooms.about(wish))
        self._enter(now, line, result)
        return ""

    def _open(self, now: float, line: Line, client: Client, wish: Create) -> str:
        why = self._too_many_rooms(line, client)
        room = None if why else self._take_code(self._without_guessing(now, line, client, wish))
        if room is None:
            return why or "busy"
        client.rooms.add(room.code)
        self._openers[room.code] = client, line.place
        self._rooms_of_address[line.place] += 1
        self._journal.note("room_opened", code=codes.hide(room.code), game=room.game, seats=room.max_peers)
        self._enter(now, line, Seated(room, room.members[room.host].seat, False))
        return ""

    def _too_many_rooms(self, line: Line, client: Client) -> str:
        if len(client.rooms) >= self._limits.rooms:
            return "rooms"
        if self._rooms_of_address[line.place] >= self._limits.rooms_of_address:
            return "rooms"
        return "busy" if self._store.count() >= self._limits.all_rooms else ""

    def _without_guessing(self, now: float, line: Line, client: Client, wish: Create) -> Create:
        """To want a code that somebody else has tells that it is in use: it counts as a guess."""
        code = codes.fold(wish.code)
        if not code or not self._may_guess(now, line, client):
            return replace(wish, code="")
        if self._store.room(code) is not None:
            self._count_guess(now, line, client)
        return wish

    def _take_code(self, wish: Create) -> Room | None:
        """A new room with the code that it had before, if that is free, or with one that nobody can foresee."""
        wanted = codes.fold(wish.code)
        for code in ([wanted] if wanted else []) + [codes.draw() for _ in range(_DRAWS)]:
            room = rooms.opened(code, wish)
            if self._store.take_code(room):
                return room
        return None

    def join(self, now: float, line: Line, client: Client, wish: Join) -> str:
        code = codes.fold(wish.code)
        if wish.card.identity != client.identity or not can_be(wish.card):
            return "identity"
        if line.chair is not None and line.chair.code != code:
            return "request"
        if not self._joins.take(line.place, now):
            return "joins"
        if not self._may_guess(now, line, client):
            return "guesses"
        return self._take_seat(now, line, client, code, replace(wish, name=printable(wish.name)))

    def _take_seat(self, now: float, line: Line, client: Client, code: str, wish: Join) -> str:
        room = self._store.room(code)
        if room is None:
            self._count_guess(now, line, client)
            return "code"
        mine = next((member.seat.id for member in room.members.values() if member.key == wish.key), None)
        if line.chair is not None and line.chair.seat != mine:
            return "request"
        if room.about.locked and not wish.password and mine is None:
            return "password"
        result = self._store.take_seat(code, wish.key, wish.name, wish.card)
        if isinstance(result, Seated):
            self._enter(now, line, result)
            return ""
        return result

    def _may_guess(self, now: float, line: Line, client: Client) -> bool:
        """Who never guessed wrong may always try once: a neighbour's guessing does not lock it out."""
        limit = self._limits.guesses
        return client.guesses.untouched or (client.guesses.has(limit, now) and self._guesses.has(line.place, now))

    def _count_guess(self, now: float, line: Line, client: Client) -> None:
        client.guesses.take(self._limits.guesses, now)
        self._guesses.take(line.place, now)

    def _enter(self, now: float, line: Line, seated: Seated) -> None:
        """On its seat, told so, and the others told of it."""
        room, chair = seated.room, Chair(seated.room.code, seated.seat.id)
        self._deadlines.drop(Away(chair))
        before = self._clients.sit(line, chair)
        if before is not None:
            self._mail.part(before.connection, Farewell.GOODBYE, refusals.TAKEN_OVER)
            self._clients.close(before)
        self._mail.tell(line.connection, rooms.entered(room, chair.seat))
        if seated.changed:
            self._tell(room, Came(seated.seat), but=chair.seat)
        if chair.seat == room.host:
            self._heard(now, line, room.code)

    def update(self, now: float, line: Line, client: Client, wish: Update) -> str:
        room = self._hosted_by(line)
        if room is None:
            return "request"
        if _size(wish.data) > self._limits.data_bytes:
            return "data"
        self._store.describe(room.code, rooms.about(replace(wish, title=printable(wish.title))))
        self._heard(now, line, room.code)
        return ""

    def alive(self, now: float, line: Line, client: Client, wish: Alive) -> str:
        room = self._hosted_by(line)
        if room is not None:
            self._heard(now, line, room.code)
        return ""

    def _heard(self, now: float, line: Line, code: str) -> None:
        self._store.hear(code, True, self._ping(line.connection))
        self._deadlines.set(Silent(code), now + ALIVE_PATIENCE)

    # Seats

    def release(self, now: float, line: Line, client: Client, wish: Release) -> str:
        room = self._hosted_by(line)
        if room is None or wish.seat == room.host:
            return "request"
        why = printable(wish.why)
        self._free(Chair(room.code, wish.seat), why, why or refusals.RELEASED)
        return ""

    def leave(self, now: float, line: Line, client: Client, wish: Leave) -> str:
        room = self._room_of(line)
        if room is None or line.chair is None:
            return ""
        why, chair = printable(wish.why), line.chair
        if chair.seat == room.host:
            self._clients.free(chair)  # who leaves is told nothing more
            self.end(room.code, why or refusals.HOST_ENDED)
        else:
            self._free(chair, why or sentences.LEFT)
        return ""

    def _free(self, chair: Chair, why: str, told: str = "") -> None:
        """A seat is free again: its member hears `told`, if anything, and the others `why`."""
        room = self._store.free_seat(*chair)
        if room is None:
            return
        line = self._clients.line_at(chair)
        if line is not None and told:
            self._mail.tell(line.connection, Ended(told))
        self._deadlines.drop(Away(chair))
        self._clients.free(chair)
        self._tell(room, Went(chair.seat, why))

    def claim(self, now: float, line: Line, client: Client, wish: Claim) -> str:
        before = self._room_of(line)
        if before is None or line.chair is None:
            return "request"
        if self._clients.line_at(Chair(before.code, before.host)) is not None:
            return "epoch"  # who hosts and is here, is not replaced behind its back
        room = self._store.claim(before.code, wish.epoch, line.chair.seat)
        if isinstance(room, str):
            return room
        self._journal.note("room_moved", code=codes.hide(room.code), epoch=room.epoch)
        self._tell(room, Hosted(room.epoch, room.host))
        self._heard(now, line, room.code)
        former = Chair(room.code, before.host)
        if Away(former) in self._deadlines:
            self._deadlines.set(Away(former), now + SEAT_PATIENCE)
        return ""

    def signal(self, now: float, line: Line, client: Client, wish: Signal) -> bool:
        """Carry a signal to another seat of the sender's own room. Returns False for what is dropped."""
        there = self._clients.line_at(Chair(line.chair.code, wish.seat)) if line.chair is not None else None
        cost = 1 + len(wish.data) // 1024
        if line.chair is None or there is None or there is line:
            return False
        if not line.signals.take(self._limits.signals, now, cost) or not self._signals.take(line.place, now, cost):
            return False
        self._mail.tell(there.connection, Signal(line.chair.seat, wish.data))
        return True

    # Looking around

    def search(self, now: float, line: Line, client: Client, wish: Search) -> str:
        found = self._store.search(wish.game, wish.page, PAGE)
        self._mail.tell(line.connection, Found(tuple(map(rooms.listing, found.rooms)), wish.page, found.pages))
        return ""

    # Time, and ends

    def away(self, now: float, chair: Chair) -> None:
        """The connection of who sits there was lost."""
        room = self._store.room(chair.code)
        if room is not None:
            patience = HOST_PATIENCE if chair.seat == room.host else SEAT_PATIENCE
            self._deadlines.set(Away(chair), now + patience)

    def tend(self, now: float) -> None:
        """Do what is due."""
        for deadline in self._deadlines.due(now):
            if isinstance(deadline, Silent):
                self._store.hear(deadline.code, False, 0.0)
            else:
                self._gone(deadline.chair)

    def _gone(self, chair: Chair) -> None:
        room = self._store.room(chair.code)
        if room is not None and room.host == chair.seat:
            self.end(room.code, refusals.HOST_GONE)
        else:
            self._free(chair, sentences.LOST)

    def end(self, code: str, why: str) -> None:
        """A room is no more: all that are still in it hear why."""
        room = self._store.end(code)
        if room is None:
            return
        self._tell(room, Ended(why))
        self._deadlines.drop(Silent(code))
        for seat in room.members:
            self._deadlines.drop(Away(Chair(code, seat)))
            self._clients.free(Chair(code, seat))
        self._uncount(code)
        self._journal.note("room_ended", code=codes.hide(code), game=room.game, why=why)

    def _uncount(self, code: str) -> None:
        opener = self._openers.pop(code, None)
        if opener is not None:
            client, place = opener
            client.rooms.discard(code)
            self._rooms_of_address[place] -= 1
            if not self._rooms_of_address[place]:
                del self._rooms_of_address[place]

    # The rest

    def _room_of(self, line: Line) -> Room | None:
        return self._store.room(line.chair.code) if line.chair is not None else None

    def _hosted_by(self, line: Line) -> Room | None:
        room = self._room_of(line)
        return room if room is not None and line.chair is not None and room.host == line.chair.seat else None

    def _tell(self, room: Room, message: FromService, *, but: int = 0) -> None:
        """To all members that are connected, except for one seat."""
        self._mail.tell_all((line.connection for line in self._lines(room) if _seat(line) != but), message)

    def _lines(self, room: Room) -> Iterable[Line]:
        lines = (self._clients.line_at(Chair(room.code, seat)) for seat in room.members)
        return (line for line in lines if line is not None)


def _seat(line: Line) -> int:
    return line.chair.seat if line.chair is not None else 0


def _size(data: Mapping[str, str]) -> int:
    """Bytes of metadata."""
    return sum(len(key.encode()) + len(value.encode()) for key, value in data.items())
