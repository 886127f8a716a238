"""Games at a rendezvous service: its list is read again and again, as long as it is tended.

The conversation is a client's that wants no room (`client.py`); a list has pages, which are asked for one by one and
shown when all are there. While the service is away the list stays as it was, and `problem` says why.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import Final

from ..session.transports import Transport
from .client import Client, Trouble
from .conversation import Talk
from .messages import TOKEN_SIZE, Found, Listing, Search, Welcome

READ_EVERY: Final = 3.0
"""Seconds from a whole list to the next."""
ANSWER_PATIENCE: Final = 10.0
"""Seconds for which a page is waited for; then the list is read from its beginning."""
MOST_PAGES: Final = 10
"""Pages that are read; who finds more games than that says which one is sought."""
_PINGS: Final = 5


class Browsing:
    """A look at the games of one service."""

    def __init__(self, link: Transport, service: str, game: str) -> None:
        """Nothing is said before the first `tend`.

        Args:
            link: to reach the service; nobody else's, and shut down by `close`.
            service: the address that `link` connects to.
            game: its name, with or without a version; "" for all.
        """
        self.problem = ""
        """What is wrong at the moment, in a sentence; it goes on trying unless it was refused for good."""
        self.listings: tuple[Listing, ...] = ()
        identity = f"str:{secrets.token_hex(12)}"
        self._client = Client(link, service, identity, secrets.token_bytes(TOKEN_SIZE))
        self._game = game
        self._read: list[Listing] = []
        self._page = 0
        self._asked_at: float | None = None
        """None while no page is asked for."""
        self._next_at = 0.0
        self._pings: deque[float] = deque(maxlen=_PINGS)

    @property
    def connected(self) -> bool:
        """Whether the service has greeted us."""
        return self._client.talk is Talk.WELCOME

    @property
    def ping(self) -> float:
        """Seconds from a request to its answer, the frame included; the least of the last few."""
        return min(self._pings, default=0.0)

    def tend(self, now: float) -> None:
        """Once a frame."""
        for news in self._client.poll(now):
            if isinstance(news, Trouble):
                self.problem, self._asked_at = news.why, None
            elif isinstance(news, Welcome):
                self._next_at = now
            elif isinstance(news, Found) and self._asked_at is not None and news.page == self._page:
                self._found(now, news, self._asked_at)
        if self._asked_at is not None and now - self._asked_at > ANSWER_PATIENCE:
            self._asked_at = None
        if self.connected and self._asked_at is None and now >= self._next_at:
            self._read.clear()
            self._ask(now, 0)
        self._client.send(now)

    def close(self, now: float) -> None:
        """A second time does nothing."""
        self._client.close(now)

    def _ask(self, now: float, page: int) -> None:
        self._page, self._asked_at = page, now
        self._client.say(Search(self._game, page))

    def _found(self, now: float, found: Found, asked_at: float) -> None:
        self._pings.append(max(0.0, now - asked_at))
        self._read += found.rooms
        if self._page + 1 < min(found.pages, MOST_PAGES):
            self._ask(now, self._page + 1)
        else:
            self.listings, self.problem = tuple(self._read), ""
            self._asked_at, self._next_at = None, now + READ_EVERY
