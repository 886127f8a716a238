"""Who hosts: hears questions and answers each asker alone, with the game as it is at that moment."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from ...session.envelope import VERSION
from ...session.listing import Listing
from ...session.node import Node
from ...session.settings import Settings
from .packets import NONCE_SIZE, Ask, Notice, Offer, fitting, read, write_offer
from .sockets import Answering, AnsweringSockets, Heard

REFRESH_EVERY: Final = 5.0
"""Seconds between two looks for networks that are new, or for any where there was none."""
LOOK_EVERY: Final = 0.25
"""Seconds between two looks whether there is something to announce, while there is nothing."""
MOST_A_SECOND: Final = 16
"""Answers to one address: several players look on one machine, and are heard over several interfaces."""
MOST_IN_ALL: Final = 256
"""Answers to all of them, in a second."""

log = logging.getLogger("gamenet")


def announce(node: Node, settings: Settings, listing: Listing, service: str = "") -> Announcing:
    """Announce a hosting session.

    Args:
        node: listens at its address, or has a code sooner or later.
        listing: "invite" is not announced, as long as it says so.
        service: where the code is good; "" for a game without one.
    """
    host, _, port = node.address.rpartition(":")

    def describe() -> Notice | None:
        code = node.standing().code if service else ""
        if listing.now.visibility == "invite" or (service and not code):
            return None
        return _notice(node, settings, listing.now.data, 0 if service else int(port), code, service)

    return Announcing(describe, lambda: AnsweringSockets("[::]" if service else host))


def _notice(node: Node, settings: Settings, data: Mapping[str, str], port: int, code: str, service: str) -> Notice:
    """The game as it is: who joins without naming a room comes into the first."""
    first = next(iter(node.rooms.values()))
    return Notice(
        VERSION,
        settings.game,
        node.title,
        node.me.name,
        len(first.members),
        settings.max_peers,
        bool(settings.password),
        data,
        port,
        code,
        service,
    )


class Announcing:
    """One hosted game on the local network, as long as it is tended."""

    def __init__(self, describe: Callable[[], Notice | None], open_sockets: Callable[[], Answering]) -> None:
        """Opens nothing yet: that comes with the first `tend`.

        Args:
            describe: the game as it is; None while there is nothing that could be joined, or nobody shall find it:
                then no socket is open.
            open_sockets: raises OSError where there is no network.
        """
        self._describe, self._open_sockets = describe, open_sockets
        self._sockets: Answering | None = None
        self._host = secrets.token_bytes(NONCE_SIZE)
        self._described: tuple[Notice, Notice | None] | None = None
        self._refresh_at = float("-inf")
        self._bounds = Bounds()
        self._told = self._over = False

    def tend(self, now: float) -> None:
        """Once a frame: answer who asked since the last one."""
        if self._over:
            return
        if now >= self._refresh_at:
            shown = self._describe() is not None
            self._refresh_at = now + (REFRESH_EVERY if shown else LOOK_EVERY)
            self._refresh(shown)
        if self._sockets is not None:
            heard = self._sockets.receive()
            notice = self._notice() if heard else None
            for each in heard:
                if notice is not None:
                    self._answer(now, each, notice)

    def close(self) -> None:
        """Not announced any more; a second time does nothing."""
        self._over = True
        self._end_sockets()

    def _end_sockets(self) -> None:
        if self._sockets is not None:
            self._sockets.close()
            self._sockets = None

    def _refresh(self, shown: bool) -> None:
        if not shown:
            self._end_sockets()
            return
        if self._sockets is not None:
            self._sockets.refresh()
            return
        try:
            self._sockets = self._open_sockets()
        except OSError as problem:
            if not self._told:
                self._told = True
                log.warning("this game cannot be found on the local network (%s); its address works", problem)

    def _notice(self) -> Notice | None:
        """What fits a packet is worked out once for each change."""
        full = self._describe()
        if full is None:
            return None
        if self._described is None or self._described[0] != full:
            self._described = full, fitting(full)
        return self._described[1]

    def _answer(self, now: float, heard: Heard, notice: Notice) -> None:
        asked = read(heard.data)
        if isinstance(asked, Ask) and self._sockets is not None and self._bounds.allow(now, heard.host):
            self._sockets.answer(write_offer(Offer(asked.nonce, self._host, notice)), heard.place)


class Bounds:
    """So many answers in a second to one address, and so many to all."""

    def __init__(self) -> None:
        self._since = float("-inf")
        self._given: Counter[str] = Counter()

    def allow(self, now: float, host: str) -> bool:
        """Whether that address gets one more; if so, it is counted."""
        if now - self._since >= 1:
            self._since = now
            self._given.clear()
        if self._given[host] >= MOST_A_SECOND or self._given.total() >= MOST_IN_ALL:
            return False
        self._given[host] += 1
        return True
