"""Signals as Python sees them."""

from __future__ import annotations

from gamenet._bridge import ffi
from gamenet.sockets import Identity, Signal
from gamenet.sockets.signals import read_signals


def test_a_signal_is_read_as_it_is_whatever_bytes_are_in_it() -> None:
    data, to = ffi.new("uint8_t[]", b"\0\xff\0"), ffi.new("char[]", b"str:bob")
    rows = ffi.new("GnSignal[1]", [{"connection": 7, "size": 3, "data": data, "to": to}])
    (signal,) = read_signals(rows, 1)
    assert signal == Signal(connection=7, to=Identity("str:bob"), data=b"\0\xff\0")  # type: ignore[arg-type]
    assert type(signal.data) is bytes
