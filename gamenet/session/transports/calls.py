"""Who calls whom: of two participants who may both want a connection, always the same one opens it.

Two that connect to each other at the same moment cost a second until the library has sorted out whose connection it is
to be. So only the one with the smaller address connects, the *caller*; the other one asks: "call me". One connection
serves whoever wanted one at that time:

    caller                                             the other
    want(7)                                            want(3)
    Dial                          ◄── call me (3) ──   Ask(3), again each half second until it came or time is up
    ── the connection, and on it: this is me ──►       opened() → 3
    opened(served=3) → 7          ◄── took (3) ──      what was asked up to 3 is served; a late repeat is nothing new

Values in, values out: `steps` says what is to be done now, the transport does it and tells what came of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple

ATTEMPT: Final = 20.0
"""Seconds that an attempt has: a dead STUN server alone costs five."""
ASK_EVERY: Final = 0.5
"""Seconds between two "call me", which may be lost like any signal."""
RETRY_AFTER: Final = 0.25
"""Seconds until the caller dials again when one came to nothing before the attempt's time was up."""


class Dial(NamedTuple):
    """Open a connection."""


class Ask(NamedTuple):
    """Say "call me"."""

    number: int


class GiveUp(NamedTuple):
    """This attempt's time is up."""

    number: int


Step = Dial | Ask | GiveUp


@dataclass
class _Wish:
    number: int
    until: float | None = None


class Calls:
    """What one pair of participants wants of each other, at one end."""

    def __init__(self, *, caller: bool, patience: float = ATTEMPT) -> None:
        """
        Args:
            caller: whether it is us who open connections.
            patience: seconds that an attempt has.
        """
        self.caller, self._patience = caller, patience
        self._wishes: deque[_Wish] = deque()
        self._newest = 0
        self._asked = 0
        self._served = 0
        self._dialling = False
        self._next = float("-inf")
        """Nothing is dialled or asked before."""

    @property
    def wanted(self) -> list[int]:
        """Attempts under way here, oldest first."""
        return [wish.number for wish in self._wishes]

    @property
    def quiet(self) -> bool:
        """Nobody wants anything."""
        return not (self._wishes or self._asked or self._dialling)

    @property
    def served(self) -> int:
        """Of our attempts, the newest with nothing unanswered before it: later "call me"s are news, earlier are not."""
        return self._wishes[0].number - 1 if self._wishes else self._newest

    def want(self, number: int) -> None:
        """An attempt begins here. Numbers only grow."""
        self._wishes.append(_Wish(number))
        self._newest = number

    def asked(self, number: int) -> None:
        """The other end said "call me"."""
        if self.caller and number > self._served:
            self._asked = max(self._asked, number)

    def steps(self, now: float) -> list[Step]:
        """What is to be done."""
        steps: list[Step] = []
        for wish in self._wishes:
            wish.until = now + self._patience if wish.until is None else wish.until
        while self._wishes and now > (self._wishes[0].until or now):
            steps.append(GiveUp(self._wishes.popleft().number))
        if now >= self._next and not self._dialling:
            steps += self._call(now)
        return steps

    def _call(self, now: float) -> list[Step]:
        if self.caller and (self._wishes or self._asked):
            self._dialling = True
            return [Dial()]
        if self._wishes and not self.caller:
            self._next = now + ASK_EVERY
            return [Ask(self._wishes[0].number)]
        return []

    def opened(self, served: int = 0) -> int:
        """A connection has opened, and serves the oldest wish.

        Args:
            served: to the caller: what the other end's answer says is served there.

        Returns:
            The attempt's number, or 0 where nobody here had one.
        """
        self._dialling = False
        self._served = max(self._served, served)
        self._asked = 0
        self._next = float("-inf")
        return self._wishes.popleft().number if self._wishes else 0

    def ended(self, now: float) -> None:
        """What was dialled came to nothing. Who asked for it asks again if it still wants one."""
        self._dialling, self._asked = False, 0
        self._next = now + RETRY_AFTER
