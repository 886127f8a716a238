"""A link outlives its connections: each letter arrives exactly once and in order, whatever happened in between."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gamenet.channels import RELIABLE, Channel
from gamenet.ids import RoomId
from gamenet.session.link import Letter, Link
from gamenet.session.patience import LINK_PATIENCE, MOST_EARLY, MOST_IN_FLIGHT, MOST_KEPT_BYTES, MOST_WAITING_BYTES
from gamenet.ticks import wrap

CALL, CONTROL = Channel.CALL, Channel.CONTROL
channels = st.sampled_from(RELIABLE)


def write(link: Link[bytes], body: bytes, channel: Channel = CALL) -> None:
    link.write(channel, RoomId(1), 0, 0, body)


def deliver(letter: Letter, receiver: Link[bytes]) -> list[bytes]:
    return receiver.accept(letter.channel, wrap(letter.number, 16), letter.body, len(letter.body))


def acknowledge(receiver: Link[bytes], sender: Link[bytes]) -> None:
    for channel in RELIABLE:
        assert sender.acknowledged(channel, wrap(receiver.taken(channel), 16))


def connected_pair() -> tuple[Link[bytes], Link[bytes]]:
    return Link(), Link()


class TwoLinks(RuleBasedStateMachine):
    """Letters from one link to another over connections that break, while old ones still deliver, doubled and mixed."""

    def __init__(self) -> None:
        super().__init__()
        self.sender, self.receiver = connected_pair()
        self.wire: list[Letter] = []
        self.written: dict[Channel, list[bytes]] = {channel: [] for channel in RELIABLE}
        self.arrived: dict[Channel, list[bytes]] = {channel: [] for channel in RELIABLE}
        self.up = True

    @rule(channel=channels, count=st.integers(1, 5))
    def write(self, channel: Channel, count: int) -> None:
        for _ in range(count):
            body = len(self.written[channel]).to_bytes(4, "big")
            self.written[channel].append(body)
            write(self.sender, body, channel)

    @rule()
    def send(self) -> None:
        self.wire += self.sender.take()

    @rule(taken=st.integers(0, 5))
    def send_to_a_full_connection(self, taken: int) -> None:
        letters = self.sender.take()
        self.wire += letters[:taken]
        self.sender.give_back(letters[taken:])

    @precondition(lambda self: self.wire)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        """Any letter that is under way arrives, first or not; it may stay under way and arrive again."""
        index = data.draw(st.integers(0, len(self.wire) - 1))
        again = data.draw(st.booleans())
        letter = self.wire[index] if again else self.wire.pop(index)
        self.arrived[letter.channel] += deliver(letter, self.receiver)

    @rule()
    def hear_the_acknowledgement(self) -> None:
        acknowledge(self.receiver, self.sender)

    @precondition(lambda self: self.up)
    @rule(share=st.integers(0, 4))
    def break_down(self, share: int) -> None:
        """The connection is gone, and with it a part of what was under way."""
        self.wire = self.wire[: len(self.wire) * share // 4]
        self.sender.disconnected(0.0)
        self.up = False

    @precondition(lambda self: not self.up)
    @rule()
    def come_back(self) -> None:
        self.sender.connected()
        self.up = True

    @invariant()
    def in_order_and_at_most_once(self) -> None:
        for channel in RELIABLE:
            assert self.arrived[channel] == self.written[channel][: len(self.arrived[channel])]

    def teardown(self) -> None:
        """Over a connection that holds, everything arrives, and then nothing is kept."""
        self.sender.disconnected(0.0)
        self.sender.connected()
        for letter in self.sender.take():
            self.arrived[letter.channel] += deliver(letter, self.receiver)
        assert self.arrived == self.written
        acknowledge(self.receiver, self.sender)
        assert self.sender.take() == []
        self.sender.connected()
        assert self.sender.take() == [] and self.sender.unacknowledged == 0


TestTwoLinks = TwoLinks.TestCase
TestTwoLinks.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_both_channels_keep_one_order_when_they_are_sent_again() -> None:
    sender, _ = connected_pair()
    for index, channel in enumerate((CALL, CONTROL, CALL, CALL, CONTROL)):
        write(sender, bytes([index]), channel)
    sender.take()
    write(sender, b"\x05")
    sender.disconnected(1.0)
    sender.connected()
    assert [letter.body[0] for letter in sender.take()] == [0, 1, 2, 3, 4, 5]


def test_what_the_connection_did_not_take_is_first_next_time() -> None:
    sender, _ = connected_pair()
    for index in range(6):
        write(sender, bytes([index]))
    sender.give_back(sender.take()[2:])
    write(sender, b"\x06")
    assert [letter.body[0] for letter in sender.take()] == [2, 3, 4, 5, 6]


def test_numbers_may_wrap_on_the_wire() -> None:
    sender, receiver = connected_pair()
    for number in range(70_000):
        write(sender, number.to_bytes(4, "big"))
        (letter,) = sender.take()
        assert deliver(letter, receiver) == [letter.body]
        assert sender.acknowledged(CALL, wrap(receiver.taken(CALL), 16))
    assert sender.unacknowledged == 0


def test_an_acknowledgement_of_what_was_never_sent_is_refused() -> None:
    sender, _ = connected_pair()
    write(sender, b"one")
    assert sender.acknowledged(CALL, 1)
    assert not sender.acknowledged(CALL, 2)
    assert not sender.acknowledged(CONTROL, 1)


def test_an_old_acknowledgement_changes_nothing() -> None:
    sender, receiver = connected_pair()
    for body in (b"one", b"two"):
        write(sender, body)
    for letter in sender.take():
        deliver(letter, receiver)
    acknowledge(receiver, sender)
    assert sender.acknowledged(CALL, 1) and sender.unacknowledged == 0


def test_early_letters_are_held_up_to_a_limit_and_the_rest_can_come_again() -> None:
    receiver: Link[bytes] = Link()
    for number in range(2, MOST_EARLY + 50):
        assert receiver.accept(CALL, number, b"%d" % number, 4) == []
    ready = receiver.accept(CALL, 1, b"1", 1)
    assert ready == [b"%d" % number for number in range(1, MOST_EARLY + 1)]
    assert receiver.accept(CALL, MOST_EARLY + 1, b"again", 5) == [b"again"]


def test_early_letters_are_limited_in_bytes_too() -> None:
    receiver: Link[bytes] = Link()
    for number in range(2, 12):
        receiver.accept(CALL, number, b"big", 300_000)
    assert len(receiver.accept(CALL, 1, b"", 0)) == 1 + 3


def test_while_away_it_keeps_so_much_for_so_long() -> None:
    link, _ = connected_pair()
    write(link, bytes(MOST_KEPT_BYTES))
    assert not link.overdue(50.0)
    link.disconnected(50.0)
    link.disconnected(55.0)
    assert not link.overdue(50.0 + LINK_PATIENCE)
    assert link.overdue(50.1 + LINK_PATIENCE)
    write(link, b"!")
    assert link.overdue(50.0)


def test_with_a_slow_connection_letters_wait() -> None:
    link, _ = connected_pair()
    for _ in range(MOST_IN_FLIGHT + 10):
        write(link, b"")
    assert len(link.take()) == MOST_IN_FLIGHT
    assert link.take() == []
    link.acknowledged(CALL, 3)
    assert len(link.take()) == 3
    assert not link.overdue(1e9)
    write(link, bytes(MOST_WAITING_BYTES + 1))
    assert link.overdue(0.0)


@given(st.lists(st.tuples(channels, st.integers(0, 0xFFFF), st.integers(0, 5000)), max_size=300))
def test_any_numbers_from_outside_are_survived(arrivals: list[tuple[Channel, int, int]]) -> None:
    link: Link[int] = Link()
    taken = 0
    for channel, wire, size in arrivals:
        taken += len(link.accept(channel, wire, 0, size))
        link.acknowledged(channel, wire)
    assert taken == link.taken(CALL) + link.taken(CONTROL)


def test_after_a_reset_numbers_begin_at_one() -> None:
    sender, receiver = connected_pair()
    write(sender, b"lost")
    sender.take()
    sender.reset()
    receiver.reset()
    write(sender, b"new")
    (letter,) = sender.take()
    assert letter.number == 1 and deliver(letter, receiver) == [b"new"]
