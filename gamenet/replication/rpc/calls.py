"""Calls that wait for an answer: what the game holds (`Call`), and the table of those that are open (`OpenCalls`).

    open ──answered──► done, value
      ├────refused───► done, error: the receiver's sentence
      ├────expired───► done, error: "no answer within 5 s"
      └────lost──────► done, error: why nobody will answer

The table calls no game code: it says which functions are due, and the frame calls them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar, final

from ...errors import GamenetError, Refused
from ...peer import Peer
from .signature import Signature
from .types import Plain, Scope, Unfit

if TYPE_CHECKING:
    from typing_extensions import Self

R = TypeVar("R")

SECONDS: Final = 5.0
"""How long a call waits for its answer, without `within`."""

_LONGEST_ERROR: Final = 300


@final
class Call(Generic[R]):
    """An RPC's answer, now or later. The game gets one from `.call(…)` and looks at it, or gives `then` a function."""

    __slots__ = ("_done", "_due", "_error", "_functions", "_name", "_signature", "_value", "seconds")

    def __init__(self, name: str, signature: Signature, seconds: float = SECONDS) -> None:
        self._name, self._signature = name, signature
        self._done, self._error, self._value = False, "", None
        self._functions: list[Callable[[Call[Any]], object]] = []
        self._due: list[Due] | None = None
        self.seconds = seconds

    @property
    def done(self) -> bool:
        """Whether there is a value or an error."""
        return self._done

    @property
    def error(self) -> str:
        """Why there is no value, in a sentence; "" when all is well and until the call is done."""
        return self._error

    @property
    def value(self) -> R:
        """What the RPC returned.

        Raises:
            GamenetError: the call is not done.
            Refused: it is, but with an error.
        """
        if not self._done:
            raise GamenetError(f"{self._name}: no answer has come yet: look at call.done first, or use call.then(…)")
        if self._error:
            raise Refused(self._error)
        value: R = self._value  # type: ignore[assignment]
        return value

    def then(self, function: Callable[[Call[R]], object]) -> Self:
        """Have a function called with this call once it is done, in every case, inside a frame."""
        if not callable(function):
            raise GamenetError(f"{self._name}: then() takes a function that gets the call, not {function!r}")
        if self._done and self._due is not None:
            self._due.append(Due(function, self))
        else:
            self._functions.append(function)
        return self

    def _finish(self, value: Any, error: str, due: list[Due]) -> None:
        self._done, self._value, self._error, self._due = True, value, error, due
        due.extend(Due(function, self) for function in self._functions)
        self._functions.clear()

    def __repr__(self) -> str:
        state = "open" if not self._done else f"error {self._error!r}" if self._error else f"value {self._value!r}"
        return f"<call of {self._name}: {state}>"


class Due(NamedTuple):
    """A function that the game gave to `then`, to be called as function(call) inside the frame."""

    function: Callable[[Call[Any]], object]
    call: Call[Any]


class _Open(NamedTuple):
    call: Call[Any]
    receiver: Peer
    deadline: float


class OpenCalls:
    """The calls of one room that wait, by number. Every method that ends calls says which ones."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}
        self._due: list[Due] = []
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, call: Call[Any], receiver: Peer, now: float) -> int:
        """Give a call its number, 1 … 2**32 - 1; its time begins now (seconds, the session's clock)."""
        self._last = self._last % 0xFFFF_FFFF + 1
        while self._last in self._open:
            self._last = self._last % 0xFFFF_FFFF + 1
        self._open[self._last] = _Open(call, receiver, now + call.seconds)
        return self._last

    def receiver(self, number: int) -> Peer | None:
        """Who is to answer; None when nobody waits for that number any more."""
        one = self._open.get(number)
        return one.receiver if one else None

    def answered(self, number: int, plain: Plain, scope: Scope) -> list[Call[Any]]:
        """A value came. One that the annotation does not allow becomes an error; one that nobody waits for, nothing."""
        one = self._open.pop(number, None)
        if one is None:
            return []
        try:
            return self._finish(one, one.call._signature.decode_result(plain, scope), "")
        except Unfit as unfit:
            return self._finish(one, None, unfit.reason)

    def refused(self, number: int, reason: str) -> list[Call[Any]]:
        """A sentence came instead of a value."""
        one = self._open.pop(number, None)
        return [] if one is None else self._finish(one, None, reason)

    def expired(self, now: float) -> list[Call[Any]]:
        """End the calls whose time is over."""
        return self._end(
            [number for number, one in self._open.items() if one.deadline <= now],
            lambda one: f"no answer within {one.call.seconds:g} s",
        )

    def left(self, peer: Peer) -> list[Call[Any]]:
        """End the calls that this peer was to answer."""
        numbers = [number for number, one in self._open.items() if one.receiver is peer]
        return self._end(numbers, lambda one: f"{peer.name} left")

    def end_all(self, reason: str) -> list[Call[Any]]:
        """End every call: "moved", "closed"."""
        return self._end(list(self._open), lambda one: reason)

    def take_due(self) -> list[Due]:
        """The `then` functions to call in this frame, in order; each is handed out once."""
        due = list(self._due)
        self._due.clear()  # the list itself is known to calls that are done
        return due

    def _end(self, numbers: list[int], reason: Callable[[_Open], str]) -> list[Call[Any]]:
        ended = []
        for number in numbers:
            one = self._open.pop(number)
            ended += self._finish(one, None, reason(one))
        return ended

    def _finish(self, one: _Open, value: Any, error: str) -> list[Call[Any]]:
        one.call._finish(value, error[:_LONGEST_ERROR], self._due)
        return [one.call]


def check_seconds(seconds: object) -> float:
    """Raises: GamenetError: `within` of something that is no time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise GamenetError(f"within() takes seconds, such as within(1.5), not {seconds!r}")
    return float(seconds)
