"""One peer as another reaches it: numbers that are read from wrapped ones, acknowledgements, stamps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.channels import Channel
from gamenet.ids import PeerId, RoomId
from gamenet.peer import Peer
from gamenet.session.contact import Contact, Incoming, Outgoing
from gamenet.session.envelope import Envelope, parse
from gamenet.session.rooms import RoomRecord
from gamenet.session.transports import Parcel


def contact(now: float = 0.0) -> Contact:
    made = Contact(Peer(7, "Ada"), RoomRecord(RoomId(3), "main"), now)
    made.attach(1, now)
    return made


def out(channel: Channel, **fields: int) -> Outgoing:
    return Outgoing(PeerId(7), RoomId(3), channel, fields.pop("tick", 0), b"body", **fields)


def carry(sender: Contact, receiver: Contact, *messages: Outgoing, now: float = 0.0) -> list[Incoming]:
    sender.loose = list(messages)
    batch: list[Parcel] = []
    sender.load(now, 0, batch)
    envelopes = [parse(parcel.data) for parcel in batch]
    return [receiver.read_loose(envelope, now) for envelope in envelopes if isinstance(envelope, Envelope)]


# Numbers


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=30))
def test_numbers_and_ticks_are_read_unwrapped_however_far_they_go(steps: list[int]) -> None:
    sender, receiver = contact(), contact()
    number, tick = 0, 2**32 - 40_000
    receiver.tick = tick
    for step in steps:
        number, tick = number + step, tick + step
        (message,) = carry(sender, receiver, out(Channel.VALUES, number=number, tick=tick))
        assert (message.number, message.tick) == (number, tick)


def test_a_late_message_keeps_its_older_number() -> None:
    sender, receiver = contact(), contact()
    for number in (30_000, 60_000, 70_003):
        carry(sender, receiver, out(Channel.VALUES, number=number))
    (late,) = carry(sender, receiver, out(Channel.VALUES, number=70_001))
    assert late.number == 70_001


def test_acknowledgements_of_what_was_never_sent_count_for_nothing() -> None:
    sender, receiver = contact(), contact()
    carry(sender, receiver, out(Channel.VALUES, number=5))
    receiver.values_taken.add(9)
    receiver.owes_acks = True
    (message,) = carry(receiver, sender)
    assert message.acks == () and message.channel is Channel.INPUT and message.body == b""


@pytest.mark.parametrize(("early", "read"), [(None, None), (3, 3), (-5, -5), (500, 127), (-500, -127)])
def test_how_early_an_input_was_is_clamped_and_may_be_unknown(early: int | None, read: int | None) -> None:
    for channel in (Channel.VALUES, Channel.INPUT):
        message = Outgoing(PeerId(7), RoomId(3), channel, 0, b"", 1, early)
        (heard,) = carry(contact(), contact(), message)
        assert heard.early == read


def test_inputs_go_before_values() -> None:
    messages = carry(
        contact(), contact(), out(Channel.VALUES, number=1), out(Channel.INPUT), out(Channel.VALUES, number=2)
    )
    assert [message.channel for message in messages] == [Channel.INPUT, Channel.VALUES, Channel.VALUES]
    assert [message.number for message in messages] == [0, 1, 2]


def test_in_another_room_values_are_counted_anew() -> None:
    sender, receiver = contact(), contact()
    carry(sender, receiver, out(Channel.VALUES, number=40_000))
    for each in (sender, receiver):
        each.enter(RoomRecord(RoomId(4), "arena"))
    (message,) = carry(sender, receiver, out(Channel.VALUES, number=1))
    assert message.number == 1


def test_in_another_room_acknowledgements_are_counted_anew() -> None:
    sender, receiver = contact(), contact()
    for room in (3, 4):
        for each in (sender, receiver):
            each.enter(RoomRecord(RoomId(room), "a room"))
        carry(sender, receiver, out(Channel.VALUES, number=1))
        receiver.values_taken.add(1)
        receiver.owes_acks = True
        (message,) = carry(receiver, sender)
        assert message.acks == (1,)


def test_values_and_inputs_measure_the_round_trip() -> None:
    here, there = contact(), contact()
    for step, channel in enumerate((Channel.VALUES, Channel.INPUT)):
        here.loose = [out(channel, number=step + 1)]
        batch: list[Parcel] = []
        here.load(5.0 + step, 0, batch)
        (sent,) = (parse(parcel.data) for parcel in batch)
        assert isinstance(sent, Envelope)
        there.read_loose(sent, 5.1 + step)
        there.loose = [out(channel, number=step + 1)]
        batch.clear()
        there.load(5.3 + step, 0, batch)
        (answer,) = (parse(parcel.data) for parcel in batch)
        assert isinstance(answer, Envelope)
        here.read_loose(answer, 5.4 + step)
        assert here.peer.ping == pytest.approx(0.2, abs=0.001)
        here.stamps.ping = 0.0
