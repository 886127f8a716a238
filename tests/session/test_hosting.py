"""The host's node: who gets in, who is told what, and who is put out. On virtual time, over a network in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gamenet.channels import Channel
from gamenet.errors import AddressInUse, BadArgument, InvalidAddress
from gamenet.session import messages as m
from gamenet.session.contact import Outgoing
from gamenet.session.envelope import VERSION, Envelope
from gamenet.session.events import Closed, Joined, Moved, Paused, PeerJoined, PeerLeft, RoomReset
from gamenet.session.hosting import Hosting, _seen_from_here
from gamenet.session.node import Node
from gamenet.session.settings import Settings
from gamenet.session.states import State
from gamenet.session.transports import Farewell
from tests.session.world import Stranger, World, hello


def names(node: Node) -> list[str]:
    return [peer.name for room in node.rooms.values() for peer in room.members]


# Opening


def test_a_host_is_joined_at_once_and_hears_of_itself_in_its_first_frame(world: World) -> None:
    host = world.host(name="Hilda")
    assert host.state is State.JOINED and host.me is host.host and host.me.is_host
    world.frame()
    (joined, peer_joined) = world.events[host]
    assert joined == Joined(host.rooms[joined.room.id]) and peer_joined == PeerJoined(host.me, joined.room)  # type: ignore[union-attr,attr-defined]


def test_a_dedicated_host_is_in_no_room(world: World) -> None:
    host = world.host(dedicated=True)
    ada = world.joined()
    assert names(host) == names(ada) == ["Ada"]
    assert ada.host.name == "host"


def test_a_port_in_use_is_said_in_the_line_that_opens(world: World) -> None:
    host = world.host()
    with pytest.raises(AddressInUse, match="port 27015 is in use"):
        Hosting(host._transport, ":27015", Settings())


def test_a_malformed_address_is_said_in_the_line_that_opens(world: World) -> None:
    with pytest.raises(InvalidAddress, match="a good one is host:27015"):
        Hosting(world.network.transport("host"), "host:many", Settings())


# Joining: everybody hears of everybody


def test_everybody_hears_of_everybody_in_order_of_joining(world: World) -> None:
    host = world.host(name="Hilda")
    ada, bob = world.joined("Ada"), world.joined("Bob")
    for node in (host, ada, bob):
        assert names(node) == ["Hilda", "Ada", "Bob"]
        assert [event.peer.name for event in world.heard(node, PeerJoined)] == ["Hilda", "Ada", "Bob"]
        assert isinstance(world.events[node][0], Joined)
    assert [peer.id for peer in bob.room.members] == [0, 1, 2]


def test_a_name_in_use_gets_a_number_and_its_owner_is_told(world: World) -> None:
    world.host(name="Ada")
    assert world.joined("Ada").me.name == "Ada 2"
    assert world.joined("ada").me.name == "ada 3"


def test_the_hosts_rates_title_and_name_are_everybodys(world: World) -> None:
    world.host(name="Hilda", title="Asteroids", tick_rate=30, send_rate=10)
    ada = world.joined()
    assert (ada.tick_rate, ada.send_rate, ada.title, ada.host.name) == (30, 10, "Asteroids", "Hilda")


def test_who_joins_a_paused_game_hears_that_it_is_paused(world: World) -> None:
    host = world.host()
    host.pause(True)
    assert world.heard(world.joined(), Paused) == [Paused(True)]


# Refusals, in sentences


@pytest.mark.parametrize(
    ("theirs", "ours", "sentence"),
    [
        ({"max_peers": 2}, {}, "The room is full: 2 of 2 players are in it."),
        ({"password": "x"}, {}, "This game asks for a password."),
        ({"password": "x"}, {"password": "y"}, "The password is wrong."),
        (
            {"game": "asteroids/1.3"},
            {"game": "asteroids/1.2"},
            "The host runs version 1.3 of asteroids, you run version 1.2: both need the same one.",
        ),
        ({"game": "asteroids/1.3"}, {"game": "pong"}, 'The host plays "asteroids/1.3", you play "pong".'),
        ({"game": "a/1"}, {}, 'The host plays "a/1", you play "a game without a name".'),
        (
            {"judge": lambda theirs: "" if theirs == b"same" else "Ship.hp: 7 bits here, 8 bits there"},
            {"protocol": b"other"},
            "Your game's classes differ from the host's: Ship.hp: 7 bits here, 8 bits there",
        ),
        ({}, {"room": "attic"}, 'There is no room "attic" here; there is: main, arena.'),
    ],
)
def test_who_may_not_in_reads_why(
    world: World, theirs: dict[str, object], ours: dict[str, object], sentence: str
) -> None:
    host = world.host(**theirs)  # type: ignore[arg-type]
    host.open_room("arena")
    if "max_peers" in theirs:
        world.joined("Bob")
    ada = world.join("Ada", **ours)  # type: ignore[arg-type]
    world.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == sentence
    assert world.events[ada] == [Closed(sentence)]
    world.run(1)
    assert "Ada" not in names(host)


def test_the_right_password_and_protocol_let_in(world: World) -> None:
    world.host(password="x", judge=lambda theirs: "" if theirs == b"same" else "differs", game="a/1")
    assert world.joined(password="x", protocol=b"same", game="a/1").state is State.JOINED


def test_another_version_of_gamenet_is_told_which(world: World) -> None:
    world.host()
    stranger = Stranger(world)
    stranger.send(bytes([(VERSION + 1) << 2 | 3]) + b"whatever later versions say")
    lost = stranger.until_closed()
    assert lost.farewell is Farewell.REFUSED
    assert lost.reason == (
        f"Your gamenet is newer than the host's (wire version {VERSION + 1} here, {VERSION} there): "
        "install the same one."
    )


def test_a_seat_that_becomes_free_can_be_taken(world: World) -> None:
    world.host(max_peers=2)
    first = world.joined("Ada")
    first.close(world.now)
    world.run(0.5)
    assert world.joined("Bob").state is State.JOINED


# What strangers send


GARBAGE = {
    "an empty message": b"",
    "random bytes": bytes(range(256)) * 3,
    "a hello cut short": hello()[:40],
    "a header alone": hello()[:16],
    "half a header": hello()[:7],
    "a hello with a number in the order": Envelope(Channel.CONTROL, sequence=1, body=hello()[16:]).pack(),
    "a probe before the hello": Envelope(Channel.CONTROL, body=m.encode(m.Probe(0, 0, 0))).pack(),
    "a welcome": Envelope(Channel.CONTROL, body=m.encode(m.Refuse("no"))).pack(),
    "a call before the hello": Envelope(Channel.CALL, sequence=1, body=b"x").pack(),
    "values before the hello": Envelope(Channel.VALUES, number=1, body=b"x").pack(),
    "an oversized hello": hello(protocol=bytes(70_000)),
    "an oversized message": hello() + bytes(600_000),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_from_a_stranger_closes_its_connection_and_nobody_notices(world: World, what: str) -> None:
    host = world.host()
    ada = world.joined()
    world.forget()
    stranger = Stranger(world)
    stranger.send(GARBAGE[what])
    assert stranger.until_closed().farewell in (Farewell.BROKEN, Farewell.REFUSED)
    world.run(1)
    assert world.events[ada] == world.events[host] == []
    assert ada.state is State.JOINED


def test_garbage_after_the_welcome_removes_the_sender_with_a_reason(world: World) -> None:
    host = world.host()
    ada = world.joined()
    stranger = Stranger(world)
    stranger.send(hello())
    world.until(lambda: stranger.poll() or stranger.received)
    assert isinstance(stranger.received[0], m.Welcome)
    stranger.send(b"\x07garbage")
    lost = stranger.until_closed()
    assert (lost.farewell, lost.reason) == (
        Farewell.BROKEN,
        "it sent a control message of 8 bytes, shorter than its header",
    )
    world.run(1)
    (left,) = world.heard(ada, PeerLeft)
    assert left.reason == "was removed: it sent a control message of 8 bytes, shorter than its header"
    assert host.counters["broken"] == 1 and ada.state is State.JOINED


@pytest.mark.parametrize(
    "message", [m.Kick("you"), m.Came(1, m.Member(9, "Eve")), m.Pause(True), m.Reset(1, m.RoomCard(2, "main", 0))]
)
def test_what_only_a_host_says_removes_a_peer_who_says_it(world: World, message: m.Message) -> None:
    host = world.host()
    ada = world.joined()
    ada._tell(ada._contact, message)
    world.until(lambda: ada.state is State.CLOSED)
    assert ada.problem.startswith(f"it sent a {type(message).__name__.lower()}, which only a host says")
    assert names(host) == ["host"]


# Leaving


def test_a_goodbye_is_immediate_and_carries_its_words(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    ada.close(world.now, "has to go to bed")
    took = world.until(lambda: world.heard(bob, PeerLeft))
    assert took < 0.2
    for node in (host, bob):
        assert [(e.peer.name, e.reason) for e in world.heard(node, PeerLeft)] == [("Ada", "has to go to bed")]
    assert world.heard(ada, Closed) == [Closed("has to go to bed")] and ada.state is State.CLOSED


def test_a_goodbye_without_words_says_that_the_peer_left(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    ada.close(world.now)
    world.run(0.5)
    assert [e.reason for e in world.heard(host, PeerLeft)] == ["left the game"]


def test_the_words_of_a_goodbye_are_printable_and_short(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    ada.close(world.now, "\x1b[31m" + "x" * 1000)
    world.run(0.5)
    (left,) = world.heard(host, PeerLeft)
    assert left.reason == "[31m" + "x" * 196


def test_when_the_host_leaves_the_session_ends_with_its_reason(world: World) -> None:
    host = world.host(name="Hilda")
    ada, bob = world.joined("Ada"), world.joined("Bob")
    host.close(world.now, "The server restarts.")
    world.run(0.5)
    for node in (ada, bob):
        assert world.events[node][-1] == Closed("The server restarts.")
        assert node.state is State.CLOSED and node.problem == "The server restarts."
    assert host.state is State.CLOSED


def test_when_the_host_leaves_without_words_they_say_who(world: World) -> None:
    host = world.host(name="Hilda")
    ada = world.joined("Ada")
    host.close(world.now)
    world.run(0.5)
    assert ada.problem == "The host (Hilda) ended the game."


def test_a_kicked_peer_reads_why_and_does_not_come_back_by_itself(world: World) -> None:
    host = world.host()
    ada, bob = world.joined("Ada"), world.joined("Bob")
    host.kick(world.now, next(peer for peer in host.peers.values() if peer.name == "Ada"), "spawn camping")
    world.run(3)
    assert world.events[ada][-1] == Closed("The host removed you: spawn camping")
    for node in (host, bob):
        assert [(e.peer.name, e.reason) for e in world.heard(node, PeerLeft)] == [("Ada", "was removed: spawn camping")]
    assert len(names(host)) == 2


def test_a_peer_kicked_while_it_was_away_reads_why_when_it_is_back(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    world.network.cut(world.machines[ada])
    world.run(3)
    host.kick(world.now, host.peers[ada.me.id], "asleep")
    world.run(1)
    world.network.mend(world.machines[ada])
    world.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "The host removed you: asleep"


# Rooms


def test_rooms_have_members_of_their_own(world: World) -> None:
    host = world.host(dedicated=True)
    arena = host.open_room("arena")
    ada, bob, cleo = world.joined("Ada"), world.joined("Bob", "arena"), world.joined("Cleo", "arena")
    assert names(ada) == ["Ada"] and names(bob) == names(cleo) == ["Bob", "Cleo"]
    assert bob.room.id == arena.id and bob.room.name == "arena"


def test_a_moved_peer_and_everybody_around_it_hears_of_it(world: World) -> None:
    host = world.host(dedicated=True)
    main, arena = host.rooms.named(""), host.open_room("arena")
    ada, bob, cleo = world.joined("Ada"), world.joined("Bob"), world.joined("Cleo", "arena")
    assert main is not None
    world.forget()
    host.move(world.now, host.peers[ada.me.id], arena)
    world.run(0.5)
    assert world.events[host] == [Moved(host.peers[ada.me.id], main, arena)]
    (moved,) = world.events[ada]
    assert isinstance(moved, Moved) and moved.peer is ada.me
    assert [p.name for p in moved.old.members] == ["Ada", "Bob"]
    assert [p.name for p in moved.new.members] == ["Cleo", "Ada"]
    assert [(e.peer.name, e.reason) for e in world.heard(bob, PeerLeft)] == [("Ada", "went to another room")]
    assert [e.peer.name for e in world.heard(cleo, PeerJoined)] == ["Ada"]
    assert list(ada.rooms) == [arena.id]


def test_a_peer_that_comes_back_into_a_room_is_the_same_object(world: World) -> None:
    host = world.host(dedicated=True)
    main, arena = host.rooms.named(""), host.open_room("arena")
    ada, bob = world.joined("Ada"), world.joined("Bob")
    assert main is not None
    before = next(peer for peer in bob.room.members if peer.name == "Ada")
    for room in (arena, main):
        host.move(world.now, host.peers[ada.me.id], room)
        world.run(0.3)
    assert bob.room.members[-1] is before


def test_a_message_to_a_room_that_was_left_is_dropped_and_one_sent_before_the_leaving_comes_before_it(
    world: World,
) -> None:
    host = world.host(dedicated=True)
    arena = host.open_room("arena")
    ada = world.joined("Ada")
    world.forget()
    world.say(ada, host, b"to the old room")
    world.say(host, ada, b"from the old room")
    host.move(world.now, host.peers[ada.me.id], arena)
    world.run(0.5)
    assert world.messages[host] == [] and host.counters["of another generation"] == 1
    assert [each.body for each in world.messages[ada]] == [b"from the old room"]
    world.forget()
    ada.send(world.now, [Outgoing(ada.host.id, arena.id, Channel.CALL, 1, b"new")])
    host.send(world.now, [Outgoing(ada.me.id, arena.id, Channel.CALL, 1, b"new")])
    world.run(0.3)
    assert [each.body for each in world.messages[host]] == [each.body for each in world.messages[ada]] == [b"new"]


def test_what_is_told_twice_happens_once(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    contact, room = host._contacts[ada.me.id], ada.room
    for message in (
        m.Came(room.id, m.Member(9, "Eve")),
        m.Went(room.id, 9, "left"),
        m.Reset(77, m.RoomCard(78, "x", 0)),
    ):
        host._tell(contact, message)
        host._tell(contact, message)
    world.run(0.3)
    assert len(world.heard(ada, PeerJoined)) == 3 and len(world.heard(ada, PeerLeft)) == 1
    assert ada.room is room and not world.heard(ada, RoomReset)


def test_who_comes_back_to_a_host_that_does_not_know_it_reads_that_the_connection_was_lost(world: World) -> None:
    host = world.host()
    stranger = Stranger(world)
    stranger.send(hello(joined=True))
    world.until(lambda: stranger.poll() or stranger.received)
    assert stranger.received == [m.Refuse("The connection to the host was lost.")]
    assert names(host) == ["host"]


def test_a_reset_room_has_a_new_generation_for_everybody(world: World) -> None:
    host = world.host()
    ada = world.joined("Ada")
    old = ada.room
    new = host.reset_room(next(iter(host.rooms.values())))
    world.run(0.3)
    (reset,) = world.heard(ada, RoomReset)
    assert reset.old is old and reset.new is ada.room and ada.room.id == new.id != old.id
    assert names(ada) == names(host) == ["host", "Ada"]
    assert world.joined("Bob").room.id == new.id


def test_a_room_name_must_be_new(world: World) -> None:
    host = world.host()
    for name in ("main", "", "x" * 40):
        with pytest.raises(BadArgument, match="1 to 32 characters and is not used yet"):
            host.open_room(name)


def test_pausing_is_told_once_per_change(world: World) -> None:
    host = world.host()
    ada = world.joined()
    for paused in (True, True, False):
        host.pause(paused)
    world.run(0.3)
    assert world.heard(ada, Paused) == [Paused(True), Paused(False)]


def test_what_only_a_host_may_is_refused_elsewhere(world: World) -> None:
    from gamenet.errors import NotAuthoritative

    world.host()
    ada = world.joined()
    deeds: list[Callable[[], object]] = [
        lambda: ada.kick(0, ada.host, ""),
        lambda: ada.move(0, ada.me, ada.room),
        lambda: ada.open_room("x"),
        lambda: ada.reset_room(ada.room),
        lambda: ada.pause(True),
    ]
    for deed in deeds:
        with pytest.raises(NotAuthoritative, match="only the host"):
            deed()


def test_who_proved_its_identity_is_at_that_address_whatever_it_says() -> None:
    assert _seen_from_here("str:bob/0", "str:eve/2") == _seen_from_here("nonsense", "str:eve/2") == "str:eve/2"
