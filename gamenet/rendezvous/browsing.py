"""Games at a rendezvous service: reads its list again and again, as long as it is tended.

dial ──► hello ──welcome──► search page 0, 1, … ──► the list is whole; after `READ_EVERY` from page 0 again
  ▲                                                   │
  └──────────── after `RETRY_EVERY` ◄── lost, refused ┘   the list stays as it was, and `problem` says why
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import Final

from ..channels import Channel
from ..session.peers import printable
from ..session.transports import Failed, Farewell, Happening, Lost, Opened, Parcel, Transport
from .messages import (
    FROM_CLIENT,
    FROM_SERVICE,
    TOKEN_SIZE,
    WIRE,
    Found,
    FromClient,
    FromService,
    Hello,
    Listing,
    Refused,
    Search,
    Stopping,
    Welcome,
)

SERVICE_PORT: Final = 27020
READ_EVERY: Final = 3.0
RETRY_EVERY: Final = 3.0
ANSWER_PATIENCE: Final = 10.0
"""Seconds for which an answer is waited for."""
MOST_PAGES: Final = 10
"""Pages of the list that are read; who has more games than that says which one is sought."""
_PINGS: Final = 5

NOT_A_SERVICE: Final = "What answered there does not speak as a rendezvous service."
SILENT: Final = "The rendezvous service does not answer."


class Browsing:
    """A look at the games of one service."""

    def __init__(self, transport: Transport, service: str, game: str) -> None:
        """Begin to connect.

        Args:
            service: "host[:port]", 27020 without a port.
            game: its name, with or without a version; "" for all.

        Raises:
            InvalidAddress: the service's address cannot be parsed.
        """
        self.problem = ""
        """What is wrong at the moment, in a sentence; it goes on trying."""
        self.listings: tuple[Listing, ...] = ()
        self._transport, self._game = transport, game
        self._address = service_address(service)
        self._hello = Hello(WIRE, f"str:{secrets.token_hex(12)}", secrets.token_bytes(TOKEN_SIZE), b"")
        self._attempt = transport.connect(self._address)
        self._connection = 0
        self._welcome = self._over = False
        self._page = 0
        self._read: list[Listing] = []
        self._asked_at = 0.0
        self._waiting = False
        self._next_at = 0.0
        self._pings: deque[float] = deque(maxlen=_PINGS)

    @property
    def connected(self) -> bool:
        """Whether the service has greeted us."""
        return self._welcome

    @property
    def ping(self) -> float:
        """Seconds from a request to its answer, the frame included; the least of the last few."""
        return min(self._pings, default=0.0)

    def tend(self, now: float) -> None:
        """Once a frame."""
        if self._over:
            return
        happenings = self._transport.poll(now)
        for happening in happenings:
            self._happened(now, happening)
        for received in self._transport.receive(0):
            if received.connection == self._connection:
                self._heard(now, received.data)
        for happening in happenings:
            if isinstance(happening, Lost) and happening.connection == self._connection:
                self._give_up(now, self.problem or happening.reason)
        self._go_on(now)

    def close(self) -> None:
        """A second time does nothing."""
        self._over, self._welcome = True, False
        self._transport.shutdown()

    def _happened(self, now: float, happening: Happening) -> None:
        if isinstance(happening, Opened) and happening.attempt == self._attempt:
            self._attempt, self._connection = 0, happening.connection
            self._say(now, self._hello)
        elif isinstance(happening, Failed) and happening.attempt == self._attempt:
            self._give_up(now, happening.reason)

    def _go_on(self, now: float) -> None:
        """What is due: dial again, read again, or stop waiting."""
        if self._waiting:
            if now - self._asked_at > ANSWER_PATIENCE:
                self._hang_up(now, SILENT)
        elif not self._attempt and now >= self._next_at:
            if self._welcome:
                self._search(now, 0)
            else:
                self._attempt = self._transport.connect(self._address)

    def _search(self, now: float, page: int) -> None:
        self._page = page
        if page == 0:
            self._read.clear()
        self._say(now, Search(self._game, page))

    def _say(self, now: float, message: FromClient) -> None:
        self._asked_at, self._waiting = now, True
        self._transport.send(now, [Parcel(self._connection, Channel.CONTROL, FROM_CLIENT.encode(message))])
        self._transport.flush([self._connection])

    # What the service says

    def _heard(self, now: float, data: bytes) -> None:
        message = FROM_SERVICE.decode(data)
        if isinstance(message, str):
            self._hang_up(now, NOT_A_SERVICE)
        elif not self._welcome:
            self._greeted(now, message)
        elif isinstance(message, Found) and self._waiting and message.page == self._page:
            self._found(now, message)
        elif isinstance(message, Refused):
            self._waiting, self._next_at, self.problem = False, now + READ_EVERY, printable(message.why)
        elif isinstance(message, Stopping):
            self.problem = printable(message.why)

    def _greeted(self, now: float, message: FromService) -> None:
        if isinstance(message, Welcome):
            self._welcome, self._waiting, self._next_at = True, False, now
        else:
            self._hang_up(now, printable(message.why) if isinstance(message, Refused) else NOT_A_SERVICE)

    def _found(self, now: float, found: Found) -> None:
        self._waiting = False
        self._pings.append(max(0.0, now - self._asked_at))
        self._read += found.rooms
        following = self._page + 1
        if following < min(found.pages, MOST_PAGES):
            self._search(now, following)
            return
        self.listings, self.problem, self._next_at = tuple(self._read), "", now + READ_EVERY

    def _hang_up(self, now: float, why: str) -> None:
        self._transport.close(self._connection, Farewell.GOODBYE)
        self._give_up(now, why)

    def _give_up(self, now: float, why: str) -> None:
        """The conversation is over; another one begins in a while."""
        self._attempt = self._connection = 0
        self._welcome = self._waiting = False
        self._next_at, self.problem = now + RETRY_EVERY, why


def service_address(service: str) -> str:
    """ "host:port" of "host[:port]"."""
    bare = service.strip()
    if bare.count(":") > 1 and not bare.startswith("["):
        bare = f"[{bare}]"
    named = ":" in bare.rpartition("]")[2]
    return bare if named else f"{bare}:{SERVICE_PORT}"
