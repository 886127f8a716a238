"""A participant's card: what another one needs in order to reach it by identity, and its address in one word.

An address is "str:<name>/<port>": who it is, and the first of its two virtual ports. Connections to the same peer
alternate between the two, because a second symmetric one on the same port is refused while the first is not yet gone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...errors import InvalidAddress

PORTS: Final = range(0, 1000, 2)
"""First virtual ports: even, and below a thousand, as the reference asks."""


class Card(NamedTuple):
    """How other members of a room reach a participant."""

    identity: str
    """"str:…", certified by the service."""
    port: int
    """The first of its two virtual ports."""
    machine: bytes
    """The same for all participants on one machine, and nothing else about it; b"" for unknown."""
    local: int
    """UDP port on that machine's loopback; 0 for none."""


def address_of(card: Card) -> str:
    """Where its owner is reached, in one word."""
    return f"{card.identity}/{card.port}"


def split_address(address: str) -> tuple[str, int]:
    """Identity and first virtual port.

    Raises:
        InvalidAddress: it cannot be one.
    """
    identity, _, port = address.rpartition("/")
    kind, _, name = identity.partition(":")
    good = kind == "str" and 0 < len(name.encode(errors="replace")) < 32 and name.isprintable()
    if not good or not (port.isascii() and port.isdigit() and len(port) < 4 and int(port) in PORTS):
        raise InvalidAddress(f'{address!r} is no participant\'s address, which is like "str:kqzwhbvd/0"')
    return identity, int(port)


def can_be(card: Card) -> bool:
    """Whether its address is one."""
    try:
        split_address(address_of(card))
    except InvalidAddress:
        return False
    return True
