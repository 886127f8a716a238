"""One peer as this participant reaches it: the link, the connection under it, and the two clocks of the tie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..channels import CALL, CONTROL, INPUT, VALUES, Channel
from ..ids import PeerId, RoomId
from ..peer import Peer
from ..ticks import unwrap, wrap
from .envelope import UNKNOWN_EARLY, Envelope
from .link import Letter, Link
from .patience import PROBES_MEASURE_AFTER
from .pulse import Pulse
from .rooms import RoomRecord
from .stamps import Stamps
from .states import LINK, LinkState, step
from .transports import Parcel
from .window import Window


class Incoming(NamedTuple):
    """A message for the layer above, opened and in order."""

    peer: PeerId
    room: RoomId
    channel: Channel
    tick: int
    """Unwrapped."""
    number: int
    """Values: its number, unwrapped; else 0."""
    body: bytes
    """May be empty on the input channel: then only `acks` matter."""
    received_at: float
    acks: tuple[int, ...]
    """Numbers of my values messages that the peer took, new ones only, oldest first; from input headers."""
    early: int | None
    """By how many ticks my last input came early at the peer, from values and input headers."""


class Outgoing(NamedTuple):
    """A message from the layer above. Values are numbered from 1 per peer and room generation."""

    peer: PeerId
    room: RoomId
    channel: Channel
    tick: int
    body: bytes
    number: int = 0
    early: int | None = None


class Arrival(NamedTuple):
    """A reliable message that waits for its turn in a link."""

    envelope: Envelope
    received_at: float


class Contact:
    """The tie to one peer. Lives until the peer has left; connections come and go under it."""

    def __init__(self, peer: Peer, room: RoomRecord, now: float) -> None:
        self.peer = peer
        self.link: Link[Arrival] = Link()
        self.state = LinkState.GREETING
        self.connection = 0
        self.attempt = 0
        """Of a connection that is being sought."""
        self.attached_at = now
        """When its connection began to carry the link."""
        self.stamps = Stamps()
        self.pulse = Pulse(now)
        self.away_since = now
        self.measured_at = now - PROBES_MEASURE_AFTER
        """When the last stamps came by an unreliable message."""
        self.probe_at = now
        self.dial_at = now
        self.void = False
        """The link was reset at this end: nothing is written until it is greeted anew."""
        self.token = b""
        self.key = b""
        self.address = ""
        self.loose: list[Outgoing] = []
        """Unreliable messages for the next send."""
        self.tick = 0
        self.enter(room)

    def enter(self, room: RoomRecord) -> None:
        """The peer is in that room (generation): its values are numbered anew."""
        self.room = room
        self.values_taken = Window()
        """The peer's values messages that we took."""
        self.values_acked = Window()
        """Our values messages that the peer took."""
        self.newest_in = 0
        self.newest_out = 0
        self.owes_acks = False

    # States

    def step(self, cause: str) -> None:
        self.state = step(LINK, self.state, cause)

    def attach(self, connection: int, now: float) -> None:
        """A greeted connection carries the link from now on."""
        self.step("greeted")
        self.connection = connection
        self.attempt = 0
        self.attached_at = self.probe_at = now
        self.pulse = Pulse(now)
        self.link.connected()

    def detach(self, now: float) -> None:
        """There is no connection any more, and no goodbye."""
        if self.state is LinkState.OPEN:
            self.away_since = now
        self.step("path lost")
        self.connection = 0
        self.link.disconnected(now)

    def reset(self) -> None:
        """Begin the link anew: the other end does the same."""
        self.link.reset()
        self.enter(self.room)
        self.void = False

    # Reading headers

    def heard(self, envelope: Envelope, received_at: float) -> str:
        """What a message's header says about the link. Returns what is wrong with it, or ""."""
        link = self.link
        if not (link.acknowledged(CALL, envelope.call_ack) and link.acknowledged(CONTROL, envelope.control_ack)):
            return "an acknowledgement of what was never sent"
        if received_at > self.pulse.heard_at:
            self.pulse.heard_at = received_at
        return ""

    def read_call(self, arrival: Arrival) -> Incoming:
        envelope = arrival.envelope
        tick = self._read_tick(envelope.tick)
        return Incoming(
            self.peer.id, RoomId(envelope.room), CALL, tick, 0, envelope.body, arrival.received_at, (), None
        )

    def read_loose(self, envelope: Envelope, received_at: float) -> Incoming:
        """A values or input message."""
        self.measured_at = received_at
        self._read_stamps(envelope.mine, envelope.yours, envelope.held, received_at)
        number = 0
        acks: tuple[int, ...] = ()
        if envelope.channel == INPUT:
            acks = self._read_acks(envelope)
        else:
            number = unwrap(envelope.number, self.newest_in, 16)
            self.newest_in = max(self.newest_in, number)
        early = None if envelope.early == UNKNOWN_EARLY else envelope.early
        tick, room = self._read_tick(envelope.tick), RoomId(envelope.room)
        return Incoming(self.peer.id, room, envelope.channel, tick, number, envelope.body, received_at, acks, early)

    def read_probe(self, mine: int, yours: int, held: int, received_at: float) -> None:
        """A probe's stamps count on idle links only: being reliable, one may have been repeated."""
        if received_at - self.measured_at > PROBES_MEASURE_AFTER:
            self._read_stamps(mine, yours, held, received_at)

    def _read_stamps(self, mine: int, yours: int, held: int, received_at: float) -> None:
        self.stamps.heard(mine, yours, held, received_at)
        self.peer._ping = self.stamps.ping

    def _read_tick(self, wire: int) -> int:
        tick = unwrap(wire, self.tick, 32)
        if tick > self.tick:
            self.tick = tick
        return tick

    def _read_acks(self, envelope: Envelope) -> tuple[int, ...]:
        """New acknowledgements; one for a number that was never sent counts for nothing."""
        newest = unwrap(envelope.number, self.newest_out, 16)
        if newest > self.newest_out:
            return ()
        return self.values_acked.add_all(newest, envelope.taken)

    # Writing

    def load(self, now: float, tick: int, batch: list[Parcel]) -> tuple[list[Letter], bool]:
        """Put all that is to be sent into the batch: letters in order, then input, then values.

        Returns:
            The letters, and whether only they were put in: then the connection wants a flush.
        """
        call_ack, control_ack = wrap(self.link.taken(CALL), 16), wrap(self.link.taken(CONTROL), 16)
        letters = self.link.take()
        for letter in letters:
            data = Envelope(
                letter.channel,
                letter.room,
                letter.epoch,
                wrap(letter.tick, 32),
                call_ack,
                control_ack,
                wrap(letter.number, 16),
                body=letter.body,
            ).pack()
            self.pulse.gave(len(data))
            batch.append(Parcel(self.connection, letter.channel, data))
        loose = self._take_loose(tick)
        if loose:
            mine, yours, held = self.stamps.write(now)
            for message in loose:
                envelope = self._loose_envelope(message, call_ack, control_ack, mine, yours, held)
                batch.append(Parcel(self.connection, message.channel, envelope.pack()))
        return letters, bool(letters) and not loose

    def _take_loose(self, tick: int) -> Sequence[Outgoing]:
        """Input before values; an empty input when acknowledgements are owed and nothing else would carry them."""
        loose, self.loose = self.loose, []
        if self.owes_acks and not any(message.channel == INPUT for message in loose):
            loose.append(Outgoing(self.peer.id, self.room.id, INPUT, tick, b""))
        self.owes_acks = False
        if len(loose) > 1:
            loose.sort(key=_input_first)
        return loose

    def _loose_envelope(
        self, message: Outgoing, call_ack: int, control_ack: int, mine: int, yours: int, held: int
    ) -> Envelope:
        early = UNKNOWN_EARLY if message.early is None else max(-127, min(127, message.early))
        number, taken = wrap(message.number, 16), 0
        if message.channel == INPUT:
            number, taken = wrap(self.values_taken.newest, 16), self.values_taken.before
        elif message.number > self.newest_out:
            self.newest_out = message.number
        channel, room, epoch, tick = message.channel, message.room, self.room.epoch, wrap(message.tick, 32)
        return Envelope(
            channel, room, epoch, tick, call_ack, control_ack, 0, number, taken, mine, yours, held, early, message.body
        )


def _input_first(message: Outgoing) -> bool:
    return message.channel == VALUES
