"""The events of a session and who listens to them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, Final, TypeVar

from .errors import BadArgument, UnknownEvent

F = TypeVar("F", bound=Callable[..., object])

EVENTS: Final = (
    "joined",
    "peer_joined",
    "peer_left",
    "spawned",
    "despawned",
    "host_changed",
    "stalled",
    "closed",
)
_OF_A_CLASS: Final = ("spawned", "despawned")


class Handlers:
    """Functions by event, called in the order in which they were registered."""

    def __init__(self) -> None:
        self._functions: dict[str, list[tuple[type[Any] | None, Callable[..., object]]]] = {}

    def on(self, event: str, kind: type[Any] | None = None) -> Callable[[F], F]:
        """A decorator that registers a function for an event.

        Raises:
            UnknownEvent: with the list of those that exist.
            BadArgument: a class for an event that is not about entities.
        """
        if event not in EVENTS:
            near = difflib.get_close_matches(event, EVENTS, 1)
            hint = f", did you mean {near[0]!r}?" if near else "."
            raise UnknownEvent(f"there is no event {event!r}{hint} There are: {', '.join(EVENTS)}")
        if kind is not None and event not in _OF_A_CLASS:
            raise BadArgument(
                f"only {' and '.join(_OF_A_CLASS)} can be for one class; {event!r} is not about an entity"
            )

        def register(function: F) -> F:
            self._functions.setdefault(event, []).append((kind, function))
            return function

        return register

    def of(self, event: str, *args: Any) -> list[Callable[..., object]]:
        """Who is to hear of this event with these arguments, in the order of registering."""
        return [f for kind, f in self._functions.get(event, ()) if kind is None or isinstance(args[0], kind)]
