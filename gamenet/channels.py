"""The four channels, and how GameNetworkingSockets carries each.

| channel | flags                 | lane | why                                                                        |
|---------|-----------------------|------|----------------------------------------------------------------------------|
| values  | unreliable, no delay  | 0    | fresh or not at all: a late snapshot is worth nothing, never queued         |
| input   | unreliable, no Nagle  | 0    | the newest inputs and acknowledgements; repeated instead of resent          |
| call    | reliable              | 1    | structure and RPCs: complete and in the host's one order                    |
| control | reliable              | 1    | the session itself: hello, welcome, peers, probes                           |

The lanes have the same priority and equal weights, so that neither starves the other.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Channel(enum.IntEnum):
    """The number is the one on the wire (two bits)."""

    VALUES = 0
    INPUT = 1
    CALL = 2
    CONTROL = 3


VALUES, INPUT, CALL, CONTROL = Channel
# Names of their own for code that runs per message: before CPython 3.12, looking up `Channel.CALL` takes 0.1 µs.


class Carriage(NamedTuple):
    """How one channel travels. `flags` are Valve's send flags."""

    flags: int
    lane: int
    reliable: bool


_NO_NAGLE, _NO_DELAY, _RELIABLE = 1, 4, 8

CARRIAGE: Final[dict[Channel, Carriage]] = {
    Channel.VALUES: Carriage(_NO_DELAY | _NO_NAGLE, 0, False),
    Channel.INPUT: Carriage(_NO_NAGLE, 0, False),
    Channel.CALL: Carriage(_RELIABLE, 1, True),
    Channel.CONTROL: Carriage(_RELIABLE, 1, True),
}

LANES: Final = 2
RELIABLE: Final = (Channel.CALL, Channel.CONTROL)

MAX_VALUES_MESSAGE: Final = 1100
"""Bytes of a values message, header included: GNS sends it in one packet with room for a small reliable one."""
