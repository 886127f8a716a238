"""STUN and TURN servers, as options of connections; their names are looked up on a thread, so that no frame waits.

A server that is not found is left out: the others may do.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from ...errors import InvalidAddress
from ...sockets import IceCandidates, TurnServer, ice_options

log = logging.getLogger("gamenet.session")

Ice = Mapping[str, int | float | str]
"""Options by Valve's names."""

_WITHOUT_RELAYS: Final = IceCandidates.PRIVATE | IceCandidates.PUBLIC

_STUN: Final = "P2P_STUN_ServerList"
_TURN: Final = "P2P_TURN_ServerList"


class Servers:
    """The servers in use."""

    def __init__(self) -> None:
        self.options: Ice = ice_options(candidates=_WITHOUT_RELAYS)
        self.stun = self.turn = False
        """Whether there are such."""
        self._asked = 0
        self._known = 0
        self._found: queue.SimpleQueue[tuple[int, Ice]] = queue.SimpleQueue()

    @property
    def ready(self) -> bool:
        """Not while names are being looked up."""
        return self._asked == self._known

    def use(self, stun: Sequence[str], turn: Sequence[TurnServer]) -> None:
        """From now on, these."""
        self._asked += 1
        work = _look_up, (self._asked, list(stun), list(turn), self._found)
        threading.Thread(target=work[0], args=work[1], daemon=True).start()

    def tend(self) -> None:
        """Take what was found."""
        while not self._found.empty():
            number, options = self._found.get()
            if number == self._asked:
                self._known, self.options = number, options
                self.stun, self.turn = bool(options.get(_STUN)), bool(options.get(_TURN))


def _look_up(number: int, stun: list[str], turn: list[TurnServer], found: queue.SimpleQueue[tuple[int, Ice]]) -> None:
    """On a thread of its own."""
    addresses = [at for url in stun for at in _each(lambda url=url: ice_options(stun=[url]), _STUN)]  # type: ignore[misc]
    relays = [
        TurnServer(at, server.user, server.password)
        for server in turn
        for at in _each(lambda server=server: ice_options(turn=[server]), _TURN)  # type: ignore[misc]
    ]
    candidates = _WITHOUT_RELAYS | IceCandidates.RELAY if relays else _WITHOUT_RELAYS
    found.put((number, ice_options(stun=addresses, turn=relays, candidates=candidates)))


def _each(options: Callable[[], Ice], name: str) -> Iterator[str]:
    """The addresses of one server."""
    try:
        yield from str(options()[name]).split(",")
    except InvalidAddress as problem:
        log.warning("left out a server: %s", problem)
