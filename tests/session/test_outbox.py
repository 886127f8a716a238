"""What leaves with a frame: one batch in its order, one flush, and farewells behind it."""

from __future__ import annotations

from collections.abc import Sequence

from gamenet.channels import Channel
from gamenet.ids import PeerId, RoomId
from gamenet.peer import Peer
from gamenet.session import messages as m
from gamenet.session.contact import Contact, Outgoing
from gamenet.session.outbox import Outbox
from gamenet.session.rooms import RoomRecord
from gamenet.session.states import State
from gamenet.session.transports import Farewell, Parcel
from gamenet.session.transports.memory import MemoryTransport, Network
from gamenet.testing.link import weather
from tests.session.world import World


def test_a_farewell_is_said_once_and_behind_the_last_words() -> None:
    outbox, done = watched()
    contact = Contact(Peer(7, "Ada"), RoomRecord(RoomId(1), "main"), 0.0)
    contact.attach(5, 0.0)
    contact.link.write(Channel.CALL, RoomId(1), 0, 0, b"the last call")
    outbox.say_last(contact, 0.0)
    outbox.part(5, Farewell.GOODBYE, "bye")
    for _ in range(2):
        outbox.send(0.0, [], {})
    assert done == [("send", [Channel.CALL]), ("flush", [5]), ("close", 5)]


def test_a_handshake_goes_before_everything_else_and_at_once() -> None:
    outbox, done = watched()
    contact = Contact(Peer(7, "Ada"), RoomRecord(RoomId(1), "main"), 0.0)
    contact.attach(5, 0.0)
    contact.loose = [Outgoing(PeerId(7), RoomId(1), Channel.VALUES, 1, b"x", 1)]
    outbox.say(6, m.Refuse("no"), None)
    batch = outbox.send(0.0, [contact], {})
    assert [(parcel.connection, parcel.channel) for parcel in batch] == [(6, Channel.CONTROL), (5, Channel.VALUES)]
    assert done == [("send", [Channel.CONTROL, Channel.VALUES]), ("flush", [6])]


def test_where_there_is_nothing_to_send_the_transport_is_not_called() -> None:
    outbox, done = watched()
    assert outbox.send(0.0, [], {}) == [] and done == []


def watched() -> tuple[Outbox, list[tuple[str, object]]]:
    """An outbox, and what it does to its transport."""
    done: list[tuple[str, object]] = []

    class Watched(MemoryTransport):
        def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
            done.append(("send", [parcel.channel for parcel in batch]))
            return []

        def flush(self, connections: Sequence[int]) -> None:
            done.append(("flush", list(connections)))

        def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
            assert linger
            done.append(("close", connection))

    return Outbox(Watched(Network(weather("perfect", 1)), "here")), done


# In a session


def test_values_go_last_so_that_a_refused_one_stops_nothing(world: World) -> None:
    host = world.host()
    ada = world.joined()
    batches: list[list[Channel]] = []
    send = ada._transport.send

    def watched(now: float, batch: Sequence[Parcel]) -> list[int]:
        batches.append([parcel.channel for parcel in batch])
        return send(now, batch)

    ada._transport.send = watched  # type: ignore[method-assign]
    channels = (Channel.VALUES, Channel.INPUT, Channel.CALL)
    world.run(0.3)
    batches.clear()
    world.now += 1  # a probe is due, too
    ada.send(world.now, [Outgoing(ada.host.id, ada.room.id, channel, 1, b"x", number=1) for channel in channels])
    assert batches == [[Channel.CONTROL, Channel.CALL, Channel.INPUT, Channel.VALUES]]
    assert host.state is State.JOINED


def test_one_flush_goes_to_those_who_got_reliable_messages_only(world: World) -> None:
    host = world.host()
    ada, bob, cleo = (world.joined(name) for name in ("Ada", "Bob", "Cleo"))
    flushed: list[Sequence[int]] = []
    host._transport.flush = flushed.append  # type: ignore[method-assign,assignment]
    connection = {node: host._contacts[node.me.id].connection for node in (ada, bob, cleo)}
    for contact in host._contacts.values():
        contact.probe_at = world.now + 1
    room = ada.room.id
    host.send(
        world.now,
        [
            Outgoing(ada.me.id, room, Channel.CALL, 1, b"x"),
            Outgoing(bob.me.id, room, Channel.CALL, 1, b"x"),
            Outgoing(bob.me.id, room, Channel.VALUES, 1, b"x", number=1),
            Outgoing(cleo.me.id, room, Channel.VALUES, 1, b"x", number=1),
        ],
    )
    assert flushed == [[connection[ada]]]


def test_letters_that_a_full_transport_refused_are_sent_later_in_order(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    world.forget()
    ada._transport.send_buffer = 250_000  # type: ignore[attr-defined]
    letters = [Outgoing(ada.host.id, ada.room.id, Channel.CALL, 1, bytes([n]) * 100_000) for n in range(10)]
    ada.send(world.now, letters)
    assert ada._contact.link.unacknowledged >= 1_000_000
    world.run(3)
    assert [message.body[0] for message in world.messages[host]] == list(range(10))


def test_values_for_an_absent_peer_are_not_kept(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    world.network.cut(world.machines[ada])
    world.run(4)
    assert not ada._contact.connection
    world.forget()
    for _ in range(3):
        world.say(ada, host, b"old", Channel.VALUES, number=1)
    world.network.mend(world.machines[ada])
    world.run(3)
    assert ada._contact.connection and world.messages[host] == []
