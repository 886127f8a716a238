"""Where rooms are kept: a folder of equals. `memory` is for one process; tests/rendezvous/store holds all to the same.

What must not happen twice is one method each: to take a code, to take a seat, to claim an epoch. A store that several
services share does each of these in one step of its own.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ...session.transports.cards import Card
from ..rooms import About, Room, Seated


class Page(NamedTuple):
    """A part of what was found."""

    rooms: tuple[Room, ...]
    pages: int
    """How many there are, at least 1."""


class Store(Protocol):
    """Rooms by code (without a dash). A word for a reason is one of `messages.REASONS`."""

    def take_code(self, room: Room) -> bool:
        """Keep a new room. False when another one has its code, or was opened with its key: nothing is changed."""

    def room(self, code: str) -> Room | None:
        """The room as it is at this moment."""

    def opened_with(self, key: bytes) -> Room | None:
        """The room that was opened with that key, if it is still there."""

    def count(self) -> int:
        """How many rooms there are."""

    def take_seat(self, code: str, key: bytes, name: str, card: Card) -> Seated | str:
        """A seat, or the one that this key has; else "full", "identity" (another's key) or "code" (no such room)."""

    def free_seat(self, code: str, seat: int) -> Room | None:
        """The room as it is then; None when there is no such room or seat, or it is the host's."""

    def claim(self, code: str, epoch: int, seat: int) -> Room | str:
        """That seat hosts from that epoch on. Else "epoch" (it is not the next), or "code" (no such room or seat)."""

    def describe(self, code: str, about: About) -> None:
        """What others read in lists from now on."""

    def hear(self, code: str, heard: bool, ping: float) -> None:
        """Whether the host was heard of, and how far away it is; who was not heard of is not listed."""

    def search(self, game: str, page: int, size: int) -> Page:
        """Public rooms of a game, newest first.

        Args:
            game: with its version ("asteroids/1.2"), or without for any version; "" for all.
            page: from 0.
            size: rooms on a page.
        """

    def end(self, code: str) -> Room | None:
        """Forget a room; its code is free. Returns it as it was, or None when it was gone."""
