"""Signals: what one peer has to say to another before they have found a way to each other."""

from __future__ import annotations

from typing import Any, NamedTuple

from gamenet._bridge import ffi

from .address import Identity, told_identity
from .handles import Connection


class Signal(NamedTuple):
    """A few hundred bytes for the program to carry to `to`, whose program hands them to `receive_signal`.

    Carrying is best effort: what is lost comes again, what is doubled or late does no harm.
    """

    connection: Connection
    """Ours that it is about; 0 when it refuses one that never came to be."""
    to: Identity
    """Whom it is for, and nobody else."""
    data: bytes
    """What `receive_signal` over there is to be given."""


def read_signals(native: Any, count: int) -> list[Signal]:
    """From `count` `GnSignal`s."""
    return [
        Signal(
            Connection(row.connection),
            told_identity(bytes(ffi.string(row.to)).decode(errors="replace")),
            bytes(ffi.buffer(row.data, row.size)),
        )
        for row in ffi.unpack(native, count)
    ]
