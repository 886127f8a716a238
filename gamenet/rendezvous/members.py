"""Who is in the room, as the service tells it: nothing of it is believed that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from ..session.transports.cards import Card, address_of, can_be
from . import messages as m


class Members:
    """The seats of the room that I am in; none before."""

    def __init__(self) -> None:
        self.code = ""
        self.epoch = 0
        self.mine = self.host = 0
        """Seats."""
        self._seats: dict[int, m.Seat] = {}
        self._at: dict[str, m.Seat] = {}

    def __iter__(self) -> Iterator[m.Seat]:
        """In order of joining, myself included."""
        return iter(self._seats.values())

    def seat(self, id: int) -> m.Seat | None:
        return self._seats.get(id)

    def at(self, address: str) -> m.Seat | None:
        """Whose address that is; nobody's when it is mine."""
        seat = self._at.get(address)
        return None if seat is None or seat.id == self.mine else seat

    def enter(self, entered: m.Entered, card: Card) -> str:
        """I have a seat now. Returns what is wrong with the answer, or "".

        Args:
            card: the one that I gave: mine is among the members.
        """
        seats = {seat.id: seat for seat in entered.members}
        mine = seats.get(entered.seat)
        if mine is None or mine.card != card:
            return "a room without me"
        if entered.host not in seats:
            return "a room without its host"
        at = {address_of(seat.card): seat for seat in seats.values() if can_be(seat.card)}
        if len(at) != len(entered.members):
            return "a room with a seat that cannot be"
        self.code, self.epoch, self.mine, self.host = entered.code, entered.epoch, entered.seat, entered.host
        self._seats, self._at = seats, at
        return ""

    def hear(self, record: m.FromService) -> str:
        """Something changed, or was said by a member. Returns what is wrong with it, or ""."""
        if isinstance(record, m.Came):
            return self._came(record.seat)
        if isinstance(record, m.Went):
            return self._went(record.seat)
        if isinstance(record, m.Hosted):
            return self._hosted(record)
        return ""

    def _came(self, seat: m.Seat) -> str:
        address = address_of(seat.card)
        old = {each.id for each in (self._seats.get(seat.id), self._at.get(address)) if each is not None}
        if not can_be(seat.card) or self.mine in old or len(self._seats) - len(old) >= m.MOST_SEATS:
            return "a newcomer who cannot be"
        for id in old:
            self._drop(self._seats[id])
        self._seats[seat.id] = self._at[address] = seat
        return ""

    def _went(self, id: int) -> str:
        if id == self.mine:
            return "a leaving of myself"
        seat = self._seats.get(id)
        if seat is not None:
            self._drop(seat)
        return ""

    def _hosted(self, hosted: m.Hosted) -> str:
        if hosted.host not in self._seats:
            return "a host who is not in the room"
        self.epoch, self.host = hosted.epoch, hosted.host
        return ""

    def _drop(self, seat: m.Seat) -> None:
        del self._seats[seat.id], self._at[address_of(seat.card)]
