"""The search for a way to one peer: how far it is, and in the end why there was none.

The library says "timed out" whatever the cause, so the signals are looked at, ours and theirs: each address that a side
can be reached at is told in one, in the words of RFC 8839 ("candidate:… 203.0.113.9 4000 typ srflx").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .. import sentences
from .routes import ip_of, is_on_lan

EARLY: Final = 1.0
"""Seconds from its beginning in which signals are sent twice."""
RELAY_AFTER: Final = 2.0
"""A direct way is found within this, or a relay is tried."""

SIGNALS, CANDIDATES, DIRECT, RELAYED = "signals", "candidates", "direct", "relayed"

_CANDIDATE: Final = re.compile(rb"candidate:\S+ \d+ \w+ \d+ ([0-9A-Fa-f.:]+) \d+ typ (host|srflx|prflx|relay)")

LAN, PUBLIC, RELAY = "lan", "public", "relay"


def kinds(signal: bytes) -> Iterator[str]:
    """Of which kinds the addresses in a signal are: reached on one's own network, from everywhere, through a relay."""
    for address, kind in _CANDIDATE.findall(signal):
        ip = ip_of(f"[{address.decode()}]:0")
        if kind == b"relay":
            yield RELAY
        else:
            yield PUBLIC if kind != b"host" or (ip is not None and not is_on_lan(ip)) else LAN


class Search:
    """What is known so far."""

    def __init__(self, now: float) -> None:
        self.since = now
        self.heard = False
        """Anything came from the other end."""
        self.ours: set[str] = set()
        self.theirs: set[str] = set()

    def early(self, now: float) -> bool:
        return now - self.since < EARLY

    def sent(self, signal: bytes) -> None:
        self.ours.update(kinds(signal))

    def came(self, signal: bytes) -> None:
        self.heard = True
        self.theirs.update(kinds(signal))

    def stage(self, now: float) -> str:
        """Where it is: one of the four."""
        if not self.heard:
            return SIGNALS
        if not (self.ours and self.theirs):
            return CANDIDATES
        relays = RELAY in self.ours | self.theirs
        return RELAYED if relays and now - self.since > RELAY_AFTER else DIRECT

    def problem(self, *, stun: bool, turn: bool) -> str:
        """Why it came to nothing, for a player.

        Args:
            stun, turn: whether such servers were given.
        """
        if not self.heard:
            return sentences.NO_SIGNALS
        if stun and not self.ours & {PUBLIC, RELAY}:
            return sentences.NO_CANDIDATES
        if not turn:
            return sentences.NO_DIRECT_WAY
        return sentences.RELAY_FAILED if RELAY in self.ours | self.theirs else sentences.NO_RELAY
