"""Ticks are plain ints that never wrap; wrapping exists only on the wire."""

from __future__ import annotations


def wrap(number: int, bits: int) -> int:
    """The low `bits` of a number, as it is written."""
    return number & ((1 << bits) - 1)


def unwrap(wrapped: int, near: int, bits: int) -> int:
    """The number nearest to `near` whose low `bits` are `wrapped`; never negative.

    Args:
        wrapped: what was read, 0 … 2**bits - 1.
        near: a number that is known to be less than 2**(bits-1) away.
    """
    size = 1 << bits
    number = near + (wrapped - near + (size >> 1)) % size - (size >> 1)
    return number if number >= 0 else number + size
