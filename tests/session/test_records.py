"""What any vocabulary does: records there and back, and words for what is none."""

from __future__ import annotations

from dataclasses import dataclass

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.session.records import Vocabulary, binary, flag, of, several, text, whole, word, words


@dataclass(frozen=True)
class Booking:
    number: int
    size: str
    paid: bool
    names: tuple[tuple[str, bytes], ...]
    notes: dict[str, str]


def _name(first: str, seal: bytes) -> tuple[str, bytes]:
    return first, seal


BOOKINGS: Vocabulary[Booking] = Vocabulary(
    {7: (Booking, (whole(9), word("small", "big"), flag, several(of(_name, text(3), binary(4, 2)), 2), words(1)))},
    "a booking",
)
GOOD = [7, 3, "small", True, [["Ada", b"ab"]], {"a": "b"}]


def test_a_record_is_the_same_on_the_other_side() -> None:
    booking = Booking(3, "small", True, (("Ada", b"ab"),), {"a": "b"})
    assert BOOKINGS.decode(BOOKINGS.encode(booking)) == booking


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        (0, 8, "a booking of an unknown kind"),
        (0, "7", "a booking of an unknown kind"),
        (1, 10, "a booking with a field that is not a number from 0 to 9"),
        (1, True, "a booking with a field that is not a number from 0 to 9"),
        (2, "huge", "a booking with a field that is none of small, big"),
        (3, 1, "a booking with a field that is not a flag"),
        (4, [["Adam", b"ab"]], "a booking with a field that is not a text of at most 3 characters"),
        (4, [["Ada", b"a"]], "a booking with a field that is not 2 to 4 bytes"),
        (4, [["Ada"]], "a booking with a field that is not a list of 2"),
        (4, [["Ada", b"ab"]] * 3, "a booking with a field that is not a list of at most 2"),
        (5, {"a": "b", "c": "d"}, "a booking with a field that is not a mapping of at most 1 words"),
        (5, {"a" * 65: "b"}, "a booking with a field that is not a text of at most 64 characters"),
    ],
)
def test_each_field_is_checked(field: int, value: object, complaint: str) -> None:
    parts: list[object] = list(GOOD)
    parts[field] = value
    assert BOOKINGS.decode(msgpack.packb(parts)) == complaint


def test_a_missing_field_is_noticed() -> None:
    assert BOOKINGS.decode(msgpack.packb(GOOD[:-1])) == "a booking with 4 fields instead of 5"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_record_or_words(data: bytes) -> None:
    assert isinstance(BOOKINGS.decode(data), Booking | str)
