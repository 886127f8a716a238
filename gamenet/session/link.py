"""A link outlives its connection: nothing reliable is lost or doubled while connections under it come and go.

The idea is TCP's cumulative acknowledgement, one storey higher. Every reliable message (a letter) gets a number in its
channel. The sender keeps it until the other end acknowledges that number or a later one; the acknowledgements ride in
every header. A connection delivers in order and completely *or breaks*; after a break, what was not acknowledged is
given to the next connection again, in the order in which it was written. The receiver hands on in order, holds what
came early and drops repeats. So each letter arrives exactly once, whatever was lost or repeated in between.

One order for both channels on the sending side (a move must not overtake the structure before it), one numbering for
each on the wire.

While there is no connection, a link keeps what is written for `LINK_PATIENCE` seconds and `MOST_KEPT_BYTES`; with a
slow one the letters wait. Beyond that it is `overdue` and its user resets it at both ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from ..channels import RELIABLE, Channel
from ..ids import RoomId
from ..ticks import unwrap
from .patience import (
    LINK_PATIENCE,
    MOST_EARLY,
    MOST_EARLY_BYTES,
    MOST_IN_FLIGHT,
    MOST_KEPT_BYTES,
    MOST_WAITING_BYTES,
)

T = TypeVar("T")


class Letter(NamedTuple):
    """A reliable message that waits for its acknowledgement."""

    channel: Channel
    number: int
    """In its channel, from 1, unwrapped."""
    room: RoomId
    epoch: int
    tick: int
    body: bytes


class Link(Generic[T]):
    """The reliable half of one tie between two peers. `T` is what arrives: a letter as its reader wants it."""

    __slots__ = (
        "_acked",
        "_away_since",
        "_bytes",
        "_early",
        "_early_bytes",
        "_in_flight",
        "_taken",
        "_waiting",
        "_written",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: numbers begin at 1 again. Both ends do it, or neither."""
        self._written = dict.fromkeys(RELIABLE, 0)
        self._acked = dict.fromkeys(RELIABLE, 0)
        self._taken = dict.fromkeys(RELIABLE, 0)
        self._early: dict[Channel, dict[int, tuple[T, int]]] = {channel: {} for channel in RELIABLE}
        self._early_bytes = 0
        self._waiting: deque[Letter] = deque()
        self._in_flight: dict[tuple[Channel, int], Letter] = {}
        self._bytes = 0
        self._away_since: float | None = None

    # Sending

    def write(self, channel: Channel, room: RoomId, epoch: int, tick: int, body: bytes) -> None:
        """Number a letter and keep it until it is acknowledged."""
        number = self._written[channel] = self._written[channel] + 1
        self._waiting.append(Letter(channel, number, room, epoch, tick, body))
        self._bytes += len(body)

    def take(self) -> list[Letter]:
        """The letters to give to the connection now, in order; from now on they count as sent."""
        if not self._waiting or self._away_since is not None:
            return []
        letters: list[Letter] = []
        while self._waiting and len(self._in_flight) < MOST_IN_FLIGHT:
            letter = self._waiting.popleft()
            if letter.number <= self._acked[letter.channel]:  # acknowledged while it waited to be sent again
                self._bytes -= len(letter.body)
                continue
            self._in_flight[letter.channel, letter.number] = letter
            letters.append(letter)
        return letters

    def give_back(self, letters: Iterable[Letter]) -> None:
        """The connection did not take these, the last ones of `take`: they are first next time."""
        for letter in reversed(list(letters)):
            if self._in_flight.pop((letter.channel, letter.number), None) is not None:
                self._waiting.appendleft(letter)

    def acknowledged(self, channel: Channel, wire: int) -> bool:
        """The other end has everything of `channel` up to a number, given by its low 16 bits.

        Returns:
            False when that number was never sent: the other end is broken.
        """
        known = self._acked[channel]
        if wire == known & 0xFFFF:  # nearly always: headers come far more often than letters
            return True
        number = unwrap(wire, known, 16)
        if number <= known:
            return True
        if number > self._written[channel]:
            return False
        for each in range(known + 1, number + 1):
            letter = self._in_flight.pop((channel, each), None)
            if letter is not None:
                self._bytes -= len(letter.body)
        self._acked[channel] = number
        return True

    @property
    def unacknowledged(self) -> int:
        """Bytes of letters that the other end is not known to have."""
        return self._bytes

    # Receiving

    def taken(self, channel: Channel) -> int:
        """The number up to which everything of `channel` has arrived: what the next header acknowledges."""
        return self._taken[channel]

    def accept(self, channel: Channel, wire: int, letter: T, size: int) -> list[T]:
        """A letter arrived, numbered by its low 16 bits.

        Returns:
            What is next in order: nothing when it is a repeat or came early, else it and those early ones it freed.
        """
        number = unwrap(wire, self._taken[channel] + 1, 16)
        early = self._early[channel]
        if number <= self._taken[channel] or number in early:
            return []
        if number > self._taken[channel] + 1:
            self._hold(channel, number, letter, size)
            return []
        ready = [letter]
        number += 1
        while number in early:
            held, held_size = early.pop(number)
            self._early_bytes -= held_size
            ready.append(held)
            number += 1
        self._taken[channel] = number - 1
        return ready

    def _hold(self, channel: Channel, number: int, letter: T, size: int) -> None:
        """Keep an early letter; one that is too far ahead is not acknowledged, so its sender repeats it."""
        if number > self._taken[channel] + MOST_EARLY or self._early_bytes + size > MOST_EARLY_BYTES:
            return
        self._early[channel][number] = letter, size
        self._early_bytes += size

    # The connection under it

    def disconnected(self, now: float) -> None:
        """There is no connection from now on: letters are kept."""
        if self._away_since is None:
            self._away_since = now

    def connected(self) -> None:
        """There is a new connection: what the old one may not have delivered is sent again, in order."""
        self._waiting.extendleft(reversed(list(self._in_flight.values())))
        self._in_flight.clear()
        self._away_since = None

    def overdue(self, now: float) -> bool:
        """Too much was written, or too long ago, for an end that is away or too slow: the link must be reset."""
        if self._away_since is None:
            return self._bytes > MOST_WAITING_BYTES
        return self._bytes > MOST_KEPT_BYTES or now - self._away_since > LINK_PATIENCE
