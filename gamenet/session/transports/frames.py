"""What two transports say to each other themselves, beside what they carry.

As signals, in the same carrier as those of GameNetworkingSockets, which have a zero in front; and as the first message
on a connection in each direction, before anybody hears that there is one:

    Call        signal                  call me: only the smaller address connects
    Calling     first, from the caller  who it is, and whom it means: one process may have several transports
    Took        first, in answer        which calls are served with this; whoever says so holds its certificate's key
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..records import Kinds, Vocabulary, text, whole

_LIBRARYS: Final = b"\0"


@dataclass(frozen=True)
class Call:
    """Call me. The number is that of the attempt."""

    number: int


@dataclass(frozen=True)
class Calling:
    sender: str
    to: str


@dataclass(frozen=True)
class Took:
    served: int


Frame = Call | Calling | Took

_NUMBER, _ADDRESS = whole(2**53), text(64)
_KINDS: Final[Kinds] = {1: (Call, (_NUMBER,)), 2: (Calling, (_ADDRESS, _ADDRESS)), 3: (Took, (_NUMBER,))}

FRAMES: Final[Vocabulary[Frame]] = Vocabulary(_KINDS, "a frame")


def wrap_signal(data: bytes) -> bytes:
    """A signal of the library's, to be carried."""
    return _LIBRARYS + data


def open_signal(data: bytes) -> bytes | Call | str:
    """What was carried: a signal of the library's, or "call me", or what is wrong with it. Total."""
    if data[:1] == _LIBRARYS:
        return data[1:]
    frame = FRAMES.decode(data)
    return frame if isinstance(frame, Call | str) else "a frame that is no signal"
