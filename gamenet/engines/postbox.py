"""Session events that wait, in order, for an engine that takes none at the moment."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

_log = logging.getLogger(__name__)

WAITING: Final = 4096
"""Events kept for an engine that takes none."""

T = TypeVar("T")


class Postbox(Generic[T]):
    """Each event goes once and behind those before it; past `WAITING` the oldest are given up, which is logged once."""

    def __init__(self, post: Callable[[T], bool], advice: str) -> None:
        """
        Args:
            post: gives one event to the engine; False when it takes none now. What it raises is not caught, and the
                event counts as given.
            advice: sentences for the log when events are lost: who takes none, and what helps.
        """
        self._post, self._advice = post, advice
        self._waiting: deque[T] = deque()
        self._lost = False

    def put(self, event: T) -> None:
        """Gives it now if everything before it went; else it waits."""
        self._waiting.append(event)
        self.deliver()
        if len(self._waiting) > WAITING:
            self._waiting.popleft()
            self._warn()

    def deliver(self) -> None:
        """Gives what waits, as far as the engine takes it."""
        while self._waiting:
            event = self._waiting.popleft()
            if not self._post(event):
                self._waiting.appendleft(event)
                return

    def _warn(self) -> None:
        if not self._lost:
            self._lost = True
            _log.warning("session events are lost: %d waited. %s", WAITING, self._advice)
