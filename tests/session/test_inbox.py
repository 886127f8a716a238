"""What came is opened and sorted: for the layer above, for the session, or for nobody."""

from __future__ import annotations

import random

import pytest

from gamenet.channels import Channel
from gamenet.ids import HOST, RoomId
from gamenet.peer import Peer
from gamenet.session import messages as m
from gamenet.session.contact import Contact, Incoming, Outgoing
from gamenet.session.envelope import VERSION, Envelope
from gamenet.session.events import Closed, PeerLeft
from gamenet.session.inbox import OF_ANOTHER_GENERATION, REPEATED_OR_EARLY, Broken, read
from gamenet.session.rooms import RoomRecord
from gamenet.session.states import State
from gamenet.session.transports import Parcel
from tests.session.world import World

MAIN, HALL = RoomRecord(RoomId(3), "main"), RoomRecord(RoomId(4), "hall")


@pytest.fixture
def ada() -> Contact:
    made = Contact(Peer(7, "Ada"), MAIN, 0.0)
    made.attach(1, 0.0)
    return made


def call(sequence: int, room: RoomRecord = MAIN) -> bytes:
    return Envelope(Channel.CALL, room.id, sequence=sequence, body=b"%d" % sequence).pack()


def control(sequence: int, message: m.Message) -> bytes:
    return Envelope(Channel.CONTROL, MAIN.id, sequence=sequence, body=m.encode(message)).pack()


def test_calls_are_for_the_layer_above_in_order_and_once(ada: Contact) -> None:
    assert list(read(ada, call(2), 0.0)) == [REPEATED_OR_EARLY]
    assert [each.body for each in read(ada, call(1), 0.0) if isinstance(each, Incoming)] == [b"1", b"2"]
    assert list(read(ada, call(2), 0.0)) == [REPEATED_OR_EARLY]


def test_control_is_for_the_session_and_probes_are_for_the_clocks(ada: Contact) -> None:
    assert list(read(ada, control(1, m.Bye("so long")), 0.0)) == [m.Bye("so long")]
    assert list(read(ada, control(2, m.Probe(0, 400_000, 0)), 0.5)) == []
    assert ada.peer.ping == pytest.approx(0.1)


@pytest.mark.parametrize("channel", [Channel.VALUES, Channel.CALL])
def test_what_is_of_another_generation_is_for_nobody(ada: Contact, channel: Channel) -> None:
    others = (Envelope(channel, HALL.id, sequence=1), Envelope(channel, MAIN.id, epoch=1, sequence=2))
    assert [list(read(ada, other.pack(), 0.0)) for other in others] == [[OF_ANOTHER_GENERATION]] * 2


def test_what_is_done_with_a_message_decides_what_the_next_one_means(ada: Contact) -> None:
    list(read(ada, call(2, HALL), 0.0))
    came = read(ada, call(1), 0.0)
    assert isinstance(next(came), Incoming)
    ada.enter(HALL)
    (second,) = came
    assert isinstance(second, Incoming) and second.room == HALL.id


@pytest.mark.parametrize(
    ("what", "data"),
    {
        "an empty message": b"",
        "a message of another wire version": bytes([(VERSION + 1) << 2]) + bytes(40),
        "an acknowledgement of what was never sent": Envelope(Channel.VALUES, MAIN.id, call_ack=1).pack(),
        "a control message of an unknown kind": Envelope(Channel.CONTROL, sequence=1, body=b"\x91\x63").pack(),
    }.items(),
)
def test_what_nobody_should_send_is_told_in_words(ada: Contact, what: str, data: bytes) -> None:
    assert list(read(ada, data, 0.0)) == [Broken(what)]


# In a session


@pytest.mark.parametrize("kind", ["host", "joiner"])
def test_any_bytes_from_a_welcomed_peer_are_survived(world: World, kind: str) -> None:
    """The frame goes on, the other peers notice nothing, and only the host removes."""
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    chance = random.Random(5)
    for _ in range(300):
        node, contact = (host, host._contacts.get(ada.me.id)) if kind == "host" else (ada, ada._contacts.get(HOST))
        if contact is None or not contact.connection:
            break
        data = bytes([VERSION << 2 | chance.randrange(4)]) + chance.randbytes(chance.randrange(80))
        node._transport.send(world.now, [Parcel(contact.connection, Channel(chance.randrange(4)), data)])
        world.frame()
    world.run(1)
    assert bob.state is State.JOINED and not world.heard(bob, Closed)
    if kind == "host":
        assert ada.state is State.JOINED and ada.counters["broken"] > 50
    else:
        assert ada.state is State.CLOSED and ada.problem.startswith("it sent ")
        assert [event.peer.name for event in world.heard(bob, PeerLeft)] == ["Ada"]


def test_values_of_a_room_that_was_left_are_dropped(world: World) -> None:
    host = world.host(dedicated=True)
    arena = host.open_room("arena")
    ada = world.joined("Ada")
    old = ada.room
    host.move(world.now, host.peers[ada.me.id], arena)
    world.run(0.3)
    world.forget()
    ada._contact.enter(old)  # as a joiner that has not heard of it yet
    ada.send(world.now, [Outgoing(ada.host.id, old.id, Channel.VALUES, 1, b"late", 1)])
    world.run(0.3)
    assert world.messages[host] == [] and host.counters["of another generation"] == 1
