"""No engine: a loop for servers, bots and anything without a window.

    run(gn.serve(port=27015))

Ctrl-C and SIGTERM only ask: the loop then says goodbye (`net.close()`) and goes on pumping until every session is
closed, so that the others hear of it at once. Asked twice, it stops as the program would have without us.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gamenet import Session

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)
_LONGEST_FRAME: Final = 0.25
"""Seconds that one frame may tell the game have passed, after the process was stopped or the machine slept."""


def run(net: Session[Any], *more: Session[Any], rate: float = 60) -> None:
    """Pumps until the session is closed, and sleeps in between.

    Args:
        net: the session.
        more: others for the same loop, as a server with bots has; it then runs until all are closed.
        rate: frames a second. A frame that comes late is not made up for.

    Raises:
        ValueError: when `rate` is not positive.
    """
    if not rate > 0:
        raise ValueError(f"rate is frames a second and must be positive, not {rate!r}")
    nets = (net, *more)

    def goodbye() -> None:
        for each in nets:
            each.close()

    with _asked_to_stop() as asked:
        for dt in _frames(1 / rate):
            if asked():
                goodbye()
            for each in nets:
                if each.state != "closed":
                    each.pump(dt)
            if all(each.state == "closed" for each in nets):
                return


def _frames(period: float) -> Iterator[float]:
    """Yields the seconds since the last frame, once each `period`; sleeps in between."""
    before = due = time.monotonic()
    while True:
        now = time.monotonic()
        yield min(now - before, _LONGEST_FRAME)
        before, due = now, max(due + period, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """A function that is True once, after the first Ctrl-C or SIGTERM; the second one does what it always did.

    Signal handlers exist on the main thread only (a rule of Python's); elsewhere nothing asks.
    """
    asked = threading.Event()
    before: dict[int, Any] = {}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        restore()

    def restore() -> None:
        while before:
            number, handler = before.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def once() -> bool:
        was = asked.is_set()
        asked.clear()
        return was

    if threading.current_thread() is threading.main_thread():
        before.update((number, signal.signal(number, ask)) for number in _STOPS)
    try:
        yield once
    finally:
        restore()
