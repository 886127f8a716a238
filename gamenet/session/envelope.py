"""The header of every message: final from the first version on, also where a field is not used yet.

Little-endian, no padding; docs/wire-format.md draws it. What follows the header is the body, which the session
does not look into (call, values, input) or which `messages.py` reads (control).

    all        u8 version << 2 | channel · u32 room generation · u8 epoch · u32 tick
               · u16 acknowledged call number · u16 acknowledged control number                  14 bytes
    reliable   + u16 sequence number in its channel                                               16 bytes
    values     + u16 number · u32 mine · u32 yours · u16 held · i8 early                          27 bytes
    input      + u16 newest values number · u64 those before it · u32 mine · u32 yours · u16 held
               · i8 early                                                                       35 bytes

Parsing is total: any bytes give an Envelope or a reason.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from ..channels import CALL, CONTROL, INPUT, VALUES, Channel

VERSION: Final = 1
"""Of everything on the wire, six bits. A host closes the connection of another version with a sentence about it."""

UNKNOWN_EARLY: Final = -128
"""`early` when there is nothing to say about the peer's input."""

HELD_TOO_LONG: Final = 0xFFFF
"""`held` when there is no stamp to echo, or it was held for longer than 6.5 s: not a sample of the round trip."""

MAX_MESSAGE: Final = 512 * 1024
"""Bytes of the longest message, header included: what GameNetworkingSockets sends at most."""

_ALL: Final = "<BIBIHH"
_LETTER: Final = struct.Struct(_ALL + "H")
_VALUES: Final = struct.Struct(_ALL + "HIIHb")
_INPUT: Final = struct.Struct(_ALL + "HQIIHb")

HEADER_SIZE: Final[dict[Channel, int]] = {
    VALUES: _VALUES.size,
    INPUT: _INPUT.size,
    CALL: _LETTER.size,
    CONTROL: _LETTER.size,
}


class Envelope(NamedTuple):
    """One message as it is on the wire: numbers are wrapped, as read or to be written."""

    channel: Channel
    room: int = 0
    epoch: int = 0
    tick: int = 0
    call_ack: int = 0
    control_ack: int = 0
    sequence: int = 0
    """Call and control: its number in the channel; 0 in a handshake, which stands outside the order."""
    number: int = 0
    """Values: the number of this message. Input: the newest values message that was taken."""
    taken: int = 0
    """Input: bit i says that values message `number - 1 - i` was taken, too."""
    mine: int = 0
    """Values and input: the sender's clock in µs, low 32 bits."""
    yours: int = 0
    """The newest `mine` that the sender received."""
    held: int = HELD_TOO_LONG
    """How long the sender held `yours` before this message, in 0.1 ms."""
    early: int = UNKNOWN_EARLY
    """Values and input: by how many ticks the receiver's last input came early (negative: late)."""
    body: bytes = b""

    def pack(self) -> bytes:
        """The message as bytes. The numbers must already be wrapped and clamped."""
        channel, room, epoch, tick, call, control, sequence, number, taken, mine, yours, held, early, body = self
        first = VERSION << 2 | channel
        if channel >= CALL:
            return _LETTER.pack(first, room, epoch, tick, call, control, sequence) + body
        if channel == VALUES:
            return _VALUES.pack(first, room, epoch, tick, call, control, number, mine, yours, held, early) + body
        return _INPUT.pack(first, room, epoch, tick, call, control, number, taken, mine, yours, held, early) + body


class OtherVersion(NamedTuple):
    """A message of another version of gamenet: the rest of it means nothing here."""

    version: int


def parse(data: bytes) -> Envelope | OtherVersion | str:
    """Read a message.

    Returns:
        The envelope; or the other version that wrote it; or, for a message that nobody should send, what is wrong.
    """
    if not data:
        return "an empty message"
    if len(data) > MAX_MESSAGE:
        return f"a message of {len(data)} bytes"
    if data[0] >> 2 != VERSION:
        return OtherVersion(data[0] >> 2)
    channel = _CHANNELS[data[0] & 3]
    size = HEADER_SIZE[channel]
    if len(data) < size:
        return f"a {channel.name.lower()} message of {len(data)} bytes, shorter than its header"
    body = data[size:]
    if channel >= CALL:
        _, room, epoch, tick, call, control, sequence = _LETTER.unpack_from(data)
        return Envelope(channel, room, epoch, tick, call, control, sequence, body=body)
    if channel == VALUES:
        _, room, epoch, tick, call, control, number, mine, yours, held, early = _VALUES.unpack_from(data)
        return Envelope(channel, room, epoch, tick, call, control, 0, number, 0, mine, yours, held, early, body)
    _, room, epoch, tick, call, control, number, taken, mine, yours, held, early = _INPUT.unpack_from(data)
    return Envelope(channel, room, epoch, tick, call, control, 0, number, taken, mine, yours, held, early, body)


_CHANNELS: Final = tuple(Channel)
