"""What the library says for people, as records of the logger `gamenet.sockets`.

Valve has eight levels and sorts them a little differently: an important note (3) counts more than a warning (4).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Final

from gamenet._bridge import ffi

from .info import text

LOGGER: Final = logging.getLogger("gamenet.sockets")

LEVELS: Final[dict[int, int]] = {
    1: logging.ERROR,  # bug: misuse, or something in the library is broken
    2: logging.ERROR,  # error: it does not work, and is nobody's mistake
    3: logging.INFO,  # important: all is well, but worth knowing
    4: logging.WARNING,
    5: logging.INFO,  # message: connections that come and go
    6: logging.DEBUG,  # verbose
    7: logging.DEBUG,  # debug
    8: logging.DEBUG,  # everything: each packet
}
"""Python's level for each of Valve's."""

_ASKED: Final = ((5, 8), (logging.DEBUG - 1, 7), (logging.DEBUG, 6), (logging.INFO, 5), (logging.WARNING, 4))


def wanted() -> int:
    """How much the library must say (Valve's level) for what the logger lets through.

    Below `DEBUG` there is more to have: level 9 to 6 asks for Valve's debug, 5 and lower for everything.
    """
    level = LOGGER.getEffectiveLevel()
    if level > logging.ERROR:
        return 0
    return next((valve for most, valve in _ASKED if level <= most), 2)


def read(native: Any, count: int) -> list[tuple[int, str]]:
    """Valve's level and the text of each of `count` `GnLog`s."""
    return [(line.level, text(line.text)) for line in ffi.unpack(native, count)]


def write(lines: Iterable[tuple[int, str]], lost: int) -> None:
    """Logs them, after a warning about those that were lost before them."""
    if lost:
        LOGGER.warning("%d log lines of the library are lost: run_callbacks() was not called for too long", lost)
    for level, line in lines:
        LOGGER.log(_level(level, line), "%s", line)


def _level(valve: int, line: str) -> int:
    """A busy machine is no news: the library warns of each lock that it held for five milliseconds."""
    return logging.DEBUG if "(Performance warning.)" in line else LEVELS.get(valve, logging.DEBUG)
