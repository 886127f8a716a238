"""Control messages: read back as written, and total on anything else."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.session import messages as m

u32 = st.integers(0, 2**32 - 1)
peers = st.integers(0, 0xFFFE)
names = st.text(max_size=m.MOST_NAME)
reasons = st.text(max_size=60)
members = st.builds(m.Member, peers, names, st.text(max_size=30), st.binary(max_size=m.KEY_SIZE))
rooms = st.builds(m.RoomCard, u32, names, st.integers(0, 255))
rosters = st.lists(members, max_size=5).map(tuple)
whole = st.one_of(
    st.builds(
        m.Hello,
        names,
        names,
        names,
        names,
        st.binary(max_size=60),
        st.binary(min_size=16, max_size=16),
        st.booleans(),
        st.dictionaries(names, names, max_size=4),
        names,
        st.booleans(),
    ),
    st.builds(
        m.Welcome,
        st.booleans(),
        peers,
        names,
        names,
        names,
        st.integers(1, 1000),
        st.integers(1, 1000),
        st.integers(0, 2**63 - 1),
        st.booleans(),
        st.booleans(),
        rooms,
        rosters,
    ),
    st.builds(m.Refuse, reasons),
    st.builds(m.Greet, peers, st.binary(max_size=m.KEY_SIZE)),
    st.builds(m.Came, u32, members),
    st.builds(m.Anew, u32, members),
    st.builds(m.Went, u32, peers, reasons),
    st.builds(m.Move, rooms, rosters),
    st.builds(m.Reset, u32, rooms),
    st.builds(m.Pause, st.booleans()),
    st.builds(m.Kick, reasons),
    st.builds(m.Bye, reasons),
    st.builds(m.Probe, u32, u32, st.integers(0, 0xFFFF)),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=14) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=4),
    max_leaves=30,
)


@given(whole)
def test_what_is_written_is_read_back(message: m.Message) -> None:
    assert m.decode(m.encode(message)) == message


@given(st.binary(max_size=200))
def test_any_bytes_give_a_message_or_a_reason(data: bytes) -> None:
    assert isinstance(m.decode(data), (str, m.Message))  # type: ignore[arg-type,misc]


@given(st.integers(0, 13), st.lists(anything, max_size=13))
def test_any_msgpack_gives_a_message_or_a_reason(kind: int, fields: list[object]) -> None:
    message = m.decode(msgpack.packb([kind, *fields]))
    assert isinstance(message, str) or m.decode(m.encode(message)) == message


@given(whole, st.data())
def test_a_message_cut_short_is_refused(message: m.Message, data: st.DataObject) -> None:
    whole_message = m.encode(message)
    cut = data.draw(st.integers(0, len(whole_message) - 1))
    assert isinstance(m.decode(whole_message[:cut]), str)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([10, "x" * 5000], "a kick with a field that is not a text of at most 4096 characters"),
        ([10], "a kick with 0 fields instead of 1"),
        ([12, -1, 0, 0], "a probe with a field that is not a number from 0 to 4294967295"),
        ([12, True, 0, 0], "a probe with a field that is not a number from 0 to 4294967295"),
        ([9, 1], "a pause with a field that is not a flag"),
        ([5, 1, [1, "Ada"]], "a came with a field that is not a list of 4"),
        ([99], "a control message of an unknown kind"),
        ([], "a control message of an unknown kind"),
        ({"a": 1}, "a control message of an unknown kind"),
    ],
)
def test_the_reason_names_what_is_wrong(parts: object, reason: str) -> None:
    assert m.decode(msgpack.packb(parts)) == reason


def test_bytes_that_are_no_msgpack_are_named_so() -> None:
    assert m.decode(b"\xc1").startswith("a control message that is not msgpack")  # type: ignore[union-attr]
    assert m.decode(b"\xdd\xff\xff\xff\xff").startswith("a control message that is not")  # type: ignore[union-attr]
    assert m.decode(b"\x91" * 5000).startswith("a control message")  # type: ignore[union-attr]
