"""TURN: passwords for relays, good for some hours, and which relays work at the moment.

A relay and this service share a secret. A user name is the moment at which it expires and who it is for, its password
a MAC of it: the relay can check both and needs to know no player. It is the scheme that coturn calls
`use-auth-secret` (draft-uberti-behave-turn-rest), by which SHA-1 is given.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

from ..errors import BadArgument, InvalidAddress
from ..sockets.ice import TurnServer, look_up
from . import stun
from .journal import line
from .messages import MOST_SERVERS, Relay

LASTING: Final = 6 * 3600.0
"""Seconds for which a password is good."""
LOOK_EVERY: Final = 30.0
"""Seconds between two looks at a relay."""
TRIES: Final = 3
PATIENCE: Final = 0.5
"""Seconds for which an answer is waited for, each time."""

log = logging.getLogger("gamenet.rendezvous")


def password(secret: str, user: str) -> str:
    """What goes with a user name, which is "<seconds since 1970>:<anything>"."""
    return base64.b64encode(hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()).decode()


class Turn:
    """Relays with passwords, as the service hands them out."""

    lasting = LASTING

    def __init__(
        self,
        urls: Sequence[str],
        secret: str,
        wall: Callable[[], float],
        works: Callable[[str], bool] = lambda url: True,
    ) -> None:
        """
        Args:
            urls: "turn:host:port" each.
            secret: the relays' `static-auth-secret`.
            wall: seconds since 1970, now: relays compare with their own clocks.
            works: whether a relay is worth naming at the moment, as `Watch.works` knows; a dead one costs players time.

        Raises:
            InvalidAddress: a relay that cannot be parsed.
            BadArgument: too many relays, or no secret.
        """
        if len(urls) > MOST_SERVERS:
            raise BadArgument(f"{len(urls)} TURN servers are more than the {MOST_SERVERS} that players can be told of")
        if urls and not secret:
            raise BadArgument("the TURN servers' secret is empty: it is what coturn has as static-auth-secret")
        for url in urls:
            TurnServer(url)
        self._urls, self._secret, self._wall, self._works = tuple(urls), secret, wall, works

    def relays(self, identity: str) -> list[Relay]:
        """Those that work, for one player."""
        user = f"{int(self._wall() + LASTING)}:{identity}"
        told = password(self._secret, user)
        return [Relay(url, user, told) for url in self._urls if self._works(url)]


class Watch:
    """Asks each relay now and then whether it is there: a thread for each, as a name may take long to look up."""

    def __init__(self, urls: Sequence[str], every: float = LOOK_EVERY) -> None:
        self._every = every
        self._over = threading.Event()
        self._working: dict[str, bool] = {}
        for url in urls:
            threading.Thread(target=self._look, args=(url,), name="gamenet turn", daemon=True).start()

    def works(self, url: str) -> bool:
        """Whether it answered when it was asked last."""
        return self._working.get(url, False)

    def close(self) -> None:
        """Ask no more. Does not wait for a question that is under way."""
        self._over.set()

    def _look(self, url: str) -> None:
        while not self._over.is_set():
            working = is_there(url)
            if working is not self._working.get(url):
                level = logging.INFO if working else logging.WARNING
                log.log(level, line("turn_server", {"url": url, "works": working}))
            self._working[url] = working
            self._over.wait(self._every)


def is_there(url: str) -> bool:
    """Whether a STUN or TURN server answers at one of its addresses. Takes some seconds when it does not."""
    try:
        return any(map(_answers, look_up(url, "turn")))
    except InvalidAddress:  # a name that is not found at the moment
        return False


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    transaction = secrets.token_bytes(12)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE)
        for _ in range(TRIES):
            try:
                asking.connect((host.strip("[]"), int(port)))
                asking.send(stun.ask(transaction))
                if stun.answers(asking.recv(2048), transaction):
                    return True
            except OSError:  # no answer in time, or nobody there
                continue
    return False
