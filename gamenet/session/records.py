"""Records: messages that are dataclasses, on the wire a msgpack array, checked field by field before anybody looks.

    [kind, field, field, …]        `kind` is a number from the vocabulary's table

A `Vocabulary` is what one conversation can say: the session's control channel has one, the rendezvous service another.
Decoding is total: any bytes give a record or what is wrong with them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgpack

R = TypeVar("R")

Check = Callable[[Any], Any]
"""Gives a field's value as its record wants it, from what msgpack gave; raises `Bad` for what it may not be."""


class Bad(Exception):
    """A field that is not what its record says; `Vocabulary.decode` turns it into words."""


def whole(most: int, least: int = 0) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise Bad(f"not a number from {least} to {most}")
        return value

    return check


def text(longest: int) -> Check:
    def check(value: Any) -> str:
        if type(value) is not str or len(value) > longest:
            raise Bad(f"not a text of at most {longest} characters")
        return value

    return check


def word(*words: str) -> Check:
    def check(value: Any) -> str:
        if type(value) is not str or value not in words:
            raise Bad(f"none of {', '.join(words)}")
        return value

    return check


def binary(longest: int, shortest: int = 0) -> Check:
    def check(value: Any) -> bytes:
        if type(value) is not bytes or not shortest <= len(value) <= longest:
            raise Bad(f"not {shortest} to {longest} bytes")
        return value

    return check


def flag(value: Any) -> bool:
    if type(value) is not bool:
        raise Bad("not a flag")
    return value


def words(most: int, longest_key: int = 64, longest: int = 1024) -> Check:
    """A mapping of texts."""

    def check(value: Any) -> dict[str, str]:
        if type(value) is not dict or len(value) > most:
            raise Bad(f"not a mapping of at most {most} words")
        return {text(longest_key)(key): text(longest)(each) for key, each in value.items()}

    return check


def of(make: Callable[..., Any], *checks: Check) -> Check:
    """A list of that many fields, as what `make` makes of them."""

    def check(value: Any) -> Any:
        if type(value) is not list or len(value) != len(checks):
            raise Bad(f"not a list of {len(checks)}")
        return make(*(each(part) for each, part in zip(checks, value, strict=True)))

    return check


def several(each: Check, most: int) -> Check:
    def check(value: Any) -> tuple[Any, ...]:
        if type(value) is not list or len(value) > most:
            raise Bad(f"not a list of at most {most}")
        return tuple(each(part) for part in value)

    return check


Kinds = Mapping[int, tuple[type[Any], tuple[Check, ...]]]
"""Of each kind its dataclass and a check for each of its fields, in order."""


class Vocabulary(Generic[R]):
    """All that one conversation can say."""

    def __init__(self, kinds: Kinds, channel: str) -> None:
        """
        Args:
            kinds: the table.
            channel: what its messages are called in a complaint, as in "a control message".
        """
        self._kinds, self._channel = kinds, channel
        self._numbers: Final = {kind: number for number, (kind, _) in kinds.items()}
        self._fields: Final = {kind: [field.name for field in dataclasses.fields(kind)] for kind, _ in kinds.values()}

    def encode(self, record: R) -> bytes:
        """The record as it is on the wire."""
        kind = type(record)
        packed: bytes = msgpack.packb([self._numbers[kind], *(getattr(record, name) for name in self._fields[kind])])
        return packed

    def decode(self, data: bytes) -> R | str:
        """The record, or what is wrong with it."""
        try:
            parts = msgpack.unpackb(data)
        except Exception as problem:  # msgpack raises a dozen kinds; each means that this is no message
            return f"{self._channel} that is not msgpack ({type(problem).__name__})"
        if type(parts) is not list or not parts or type(parts[0]) is not int or parts[0] not in self._kinds:
            return f"{self._channel} of an unknown kind"
        kind, checks = self._kinds[parts[0]]
        if len(parts) - 1 != len(checks):
            return f"a {kind.__name__.lower()} with {len(parts) - 1} fields instead of {len(checks)}"
        try:
            record: R = kind(*(check(part) for check, part in zip(checks, parts[1:], strict=True)))
        except Bad as problem:
            return f"a {kind.__name__.lower()} with a field that is {problem}"
        return record
