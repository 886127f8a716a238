"""Who looks: asks everybody again and again, and keeps the games that answer for as long as they do."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .packets import NONCE_SIZE, Notice, Offer, read, write_ask
from .sockets import Asking, Heard

FIRST_PAUSES: Final = (0.2, 0.3)
"""Seconds after the first questions: a packet may be lost, and a player waits."""
ASK_EVERY: Final = 1.0
FORGET_AFTER: Final = 3.5
"""Seconds without an answer after which a game, or one of its addresses, is forgotten: three answers are missing."""
MOST_GAMES: Final = 256
MOST_HOSTS: Final = 8
"""Addresses of one game."""
_PINGS: Final = 5
"""The ping is the least of so many."""
_OPEN: Final = 4
"""Questions that can still be answered."""


class Sighting(NamedTuple):
    """A game that answers."""

    host: str
    """The address from which it answers: one of this machine where there is one, then IPv4, then IPv6."""
    notice: Notice
    ping: float
    """Seconds from question to answer, the frames of both included; the least of the last few."""


@dataclass
class _Kept:
    notice: Notice
    heard_at: dict[str, float] = field(default_factory=dict)
    """Of each address."""
    pings: deque[float] = field(default_factory=lambda: deque(maxlen=_PINGS))


class Looking:
    """A look around the local network, as long as it is tended."""

    def __init__(self, open_sockets: Callable[[], Asking]) -> None:
        """Opens nothing yet: that comes with the first `tend`.

        Args:
            open_sockets: raises OSError where there is no network.
        """
        self.problem = ""
        """Why nobody can have heard the last question; it goes on trying."""
        self._open_sockets = open_sockets
        self._sockets: Asking | None = None
        self._games: dict[bytes, _Kept] = {}
        self._open: deque[tuple[bytes, float]] = deque(maxlen=_OPEN)
        self._ask_at = float("-inf")
        self._pauses = list(FIRST_PAUSES)
        self._over = False

    @property
    def sightings(self) -> list[Sighting]:
        """What is there, first heard first."""
        return [
            Sighting(min(kept.heard_at, key=_preference), kept.notice, min(kept.pings)) for kept in self._games.values()
        ]

    def tend(self, now: float) -> None:
        """Once a frame: hear answers, forget, ask again when it is time."""
        if self._over:
            return
        if self._sockets is not None:
            for heard in self._sockets.receive():
                self._hear(now, heard)
        self._forget(now)
        if now >= self._ask_at:
            self._ask_at = now + (self._pauses.pop(0) if self._pauses else ASK_EVERY)
            self._ask(now)

    def close(self) -> None:
        """No more questions; what was found stays as it is. A second time does nothing."""
        self._over = True
        if self._sockets is not None:
            self._sockets.close()
            self._sockets = None

    def _ask(self, now: float) -> None:
        try:
            self._sockets = self._sockets or self._open_sockets()
        except OSError as problem:
            self.problem = problem.strerror or str(problem)
            return
        nonce = secrets.token_bytes(NONCE_SIZE)
        self._open.append((nonce, now))
        self.problem = self._sockets.ask(write_ask(nonce))

    def _hear(self, now: float, heard: Heard) -> None:
        """An answer to a question of mine, from an address that can be connected to."""
        offer = read(heard.data)
        asked = dict(self._open)
        if not isinstance(offer, Offer) or offer.nonce not in asked or _of_the_link(heard.host):
            return
        if not (offer.notice.port or offer.notice.code):  # nothing by which it could be joined
            return
        kept = self._games.get(offer.host)
        if kept is None:
            if len(self._games) >= MOST_GAMES:
                return
            kept = self._games[offer.host] = _Kept(offer.notice)
        if heard.host in kept.heard_at or len(kept.heard_at) < MOST_HOSTS:
            kept.notice = offer.notice
            kept.heard_at[heard.host] = now
            kept.pings.append(max(0.0, now - asked[offer.nonce]))

    def _forget(self, now: float) -> None:
        for host, kept in list(self._games.items()):
            kept.heard_at = {each: at for each, at in kept.heard_at.items() if now - at <= FORGET_AFTER}
            if not kept.heard_at:
                del self._games[host]


def _of_the_link(host: str) -> bool:
    """An IPv6 address that is none without the name of an interface."""
    return host.startswith("[fe80:")


def _preference(host: str) -> tuple[bool, bool]:
    return not host.startswith(("127.", "[::1]")), host.startswith("[")
