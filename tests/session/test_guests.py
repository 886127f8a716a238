"""Connections before their handshake: what their first message may be, and how long it may take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.channels import Channel
from gamenet.ids import RoomId
from gamenet.peer import Peer
from gamenet.session import messages as m
from gamenet.session.contact import Contact
from gamenet.session.envelope import VERSION, Envelope, OtherVersion
from gamenet.session.guests import Guest, Guests, Handshake, read_first
from gamenet.session.patience import HELLO_PATIENCE, MOST_GUESTS
from gamenet.session.rooms import RoomRecord
from gamenet.session.transports import Lost
from tests.session.world import Stranger, World, hello

STRANGER = Guest(1, "somewhere", 0.0)
DIALLED = Guest(2, "the host", 0.0, Contact(Peer(0, "host"), RoomRecord(RoomId(0), ""), 0.0))


def test_a_hello_is_read_with_its_envelope() -> None:
    first = read_first(STRANGER, hello(name="Ada"))
    assert isinstance(first, Handshake) and isinstance(first.message, m.Hello)
    assert first.message.name == "Ada" and first.envelope.channel == Channel.CONTROL


@pytest.mark.parametrize(
    ("what", "data"),
    {
        "a message before its hello": Envelope(Channel.VALUES, number=1).pack(),
        "a hello of 65572 bytes": hello(protocol=bytes(65_536)),
        "a control message of 7 bytes, shorter than its header": hello()[:7],
        "a control message of an unknown kind": Envelope(Channel.CONTROL, body=b"\x91\x63").pack(),
    }.items(),
)
def test_anything_else_from_a_stranger_is_told_in_words(what: str, data: bytes) -> None:
    assert read_first(STRANGER, data) == what


@pytest.mark.parametrize(
    "data",
    [
        Envelope(Channel.CONTROL, sequence=1, body=m.encode(m.Refuse("no"))).pack(),
        Envelope(Channel.CONTROL, body=m.encode(m.Probe(0, 0, 0))).pack(),
    ],
)
def test_control_that_is_no_handshake_is_wrong_from_anybody(data: bytes) -> None:
    assert read_first(STRANGER, data) == read_first(DIALLED, data) == "a message before its hello"


def test_whom_we_dialled_may_be_ahead_of_its_own_welcome() -> None:
    assert read_first(DIALLED, Envelope(Channel.VALUES, number=1).pack()) is None


def test_a_long_answer_is_fine_from_whom_we_dialled_alone() -> None:
    data = hello(protocol=bytes(65_536))
    assert isinstance(read_first(DIALLED, data), Handshake) and isinstance(read_first(STRANGER, data), str)


def test_another_version_is_told() -> None:
    assert read_first(STRANGER, bytes([(VERSION + 1) << 2 | 3]) + bytes(40)) == OtherVersion(VERSION + 1)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_read(data: bytes, dialled: bool) -> None:
    first = read_first(DIALLED if dialled else STRANGER, data)
    assert first is None or isinstance(first, (Handshake, OtherVersion, str))


def test_a_guest_is_silent_when_its_patience_is_over() -> None:
    guests = Guests({1: STRANGER, 2: Guest(2, "later", 5.0)})
    assert guests.silent(HELLO_PATIENCE) == []
    assert guests.silent(HELLO_PATIENCE + 0.1) == [STRANGER]


# In a session


def test_a_stranger_that_says_nothing_is_closed_after_some_seconds(world: World) -> None:
    world.host()
    started = world.now
    stranger = Stranger(world)
    lost = stranger.until_closed()
    assert lost.reason == "Nothing was said for too long after connecting."
    assert world.now - started == pytest.approx(HELLO_PATIENCE, abs=0.2)


def test_strangers_beyond_a_number_are_turned_away_with_a_reason(world: World) -> None:
    host = world.host()
    transport = world.network.transport()
    for _ in range(MOST_GUESTS + 3):
        transport.connect("host:27015")
    lost: list[Lost] = []
    world.until(lambda: lost.extend(h for h in transport.poll(world.now) if isinstance(h, Lost)) or len(lost) == 3)
    assert {each.reason for each in lost} == {
        "The host is busy: too many are joining at this moment. Try again in some seconds."
    }
    assert len(host._guests) == MOST_GUESTS
