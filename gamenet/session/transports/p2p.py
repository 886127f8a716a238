"""Connections by identity: GameNetworkingSockets as a transport between participants who have no address to be told.

Somebody else carries a few signals between them (`signals`, `receive_signal`), and says who may connect at all
(`meet`). The rest is found out here, for each pair in this order: this machine, then what ICE finds (local network,
direct, relayed).

    connect ──► calls.py: who calls ──► local: UDP over loopback, where both are on one machine ──┐
                     ▲                  far: symmetric P2P connect on one of two virtual ports ───┤
    call me ─────────┘                                                                            ▼
                                               proven identity, and a card of it ──► first words ──► Opened

Both ways are strict: a certificate that is good here, of an identity whose card we met; everybody else is closed before
a byte is delivered. A connection is `Opened` when the other end's first words came on it (`frames.py`), which only the
holder of the certificate's key can say, and which name the address that it belongs to.

A second connection to the same peer takes the other virtual port: the library refuses two on one. So does the next one
after a failure, as the other end may still have half of the last.
"""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...channels import CARRIAGE, CONTROL
from ...errors import AddressInUse, AlreadyConnected, GamenetError, InvalidAddress, InvalidHandle
from ...sockets import Connection, ConnectionChange, ConnectionState, ListenSocket, Result, Signal, TurnServer
from .. import sentences
from . import Failed, Farewell, Happening, Opened
from .calls import ATTEMPT, Ask, Calls, Dial, GiveUp
from .cards import Card, address_of, split_address
from .frames import FRAMES, Call, Calling, Frame, Took, open_signal, wrap_signal
from .library import ENDED, Library
from .machine import machine
from .over_library import OverLibrary
from .post import Post
from .search import Search
from .servers import Servers

log = logging.getLogger("gamenet.session")

OPTIONS: Final[Mapping[str, int | float | str]] = {
    "SendBufferSize": 1 << 20,
    "SendRateMin": 1 << 20,
    "SendRateMax": 1 << 20,
    "TimeoutInitial": round(ATTEMPT * 1000),
}
"""As those by address (`gns.OPTIONS`), with time enough for a dead STUN server."""

STRICT: Final = {"IP_AllowWithoutAuth": 0}

LOCAL_PATIENCE: Final = 1.0
"""Seconds that the way over loopback has; then the others are tried."""

_NUMBERS: Final = itertools.count(1)
"""Of attempts: an address may be used again by another transport of this process, and its numbers go on."""


class _Peer:
    """Somebody whom we met, or want to."""

    def __init__(self, me: str, address: str, patience: float, now: float) -> None:
        self.address = address
        self.identity, self.port = split_address(address)
        self.card: Card | None = None
        self.calls = Calls(caller=me < address, patience=patience)
        self.search = Search(now)
        self.dial: Connection | None = None
        """What we are opening."""
        self.turn = 1
        """Which of the two virtual ports was used last."""


@dataclass
class _Dialled:
    """A connection that we open."""

    peer: _Peer
    until: float
    """When it is given up, first words included."""
    local_until: float | None
    """The loopback way's time; None on the other ways."""
    up: bool = False


@dataclass
class _Knock:
    """A connection that came in and has not said who it is."""

    identity: str
    until: float
    """When it has had time enough."""
    up: bool = False


class P2PTransport(OverLibrary):
    """Connections of one participant by identity. See `Transport` for what each word means that is not said here."""

    def __init__(self, options: Mapping[str, int | float | str] = OPTIONS) -> None:
        """Opens nothing yet.

        Args:
            options: of every connection, by Valve's names; the library's `TimeoutInitial` is an attempt's time.
        """
        super().__init__()
        self.counters: Counter[str] = Counter()
        """Who and what was turned away, and why."""
        self._numbers = _NUMBERS
        self._options: Final = {**OPTIONS, **options, **STRICT}
        self._attempt = float(self._options["TimeoutInitial"]) / 1000
        self.patience: float = self._attempt + 2
        self._port = -1
        self._machine = b""
        self._local: ListenSocket | None = None
        self._listening: list[ListenSocket] = []
        self._servers = Servers()
        self._peers: dict[str, _Peer] = {}
        self._dials: dict[Connection, _Dialled] = {}
        self._knocks: dict[Connection, _Knock] = {}
        self._waiting: dict[Connection, ConnectionChange] = {}
        """Who knocked while servers are being looked up."""
        self._far: dict[Connection, tuple[_Peer, int]] = {}
        """Connections that we opened on a virtual port: the first or the second."""
        self._post = Post()

    def _use(self) -> Library:
        fresh = self._library is None
        shared = super()._use()
        if fresh:
            try:
                self._port = shared.take_port()
            except AddressInUse:
                self.shutdown()
                raise
        return shared

    # Who we are

    @property
    def identity(self) -> str:
        return self._use().identity

    @property
    def card(self) -> Card:
        """Ours, for others to `meet`. Whole once we are certified; identity and port are known at once."""
        local = int(self._local.address.rpartition(":")[2]) if self._local else 0
        return Card(self.identity, self._port, self._machine if local else b"", local)

    @property
    def address(self) -> str:
        return address_of(self.card)

    def certificate_request(self) -> bytes:
        """What an authority needs in order to certify our identity."""
        return self._net.certificate_request()

    def certify(self, root: str, certificate: bytes) -> None:
        """Trust that authority, and prove who we are with its certificate; from the first time on we listen.

        Raises:
            InvalidCertificate: either is none, or the certificate is not for us.
        """
        self._net.trust(root)
        self._net.set_certificate(certificate)
        if not self._listening:
            self._machine = machine(root.encode())
            self._open_doors()

    def _open_doors(self) -> None:
        shared = self._use()
        for port in (self._port, self._port + 1):
            made = shared.net.create_listen_socket_p2p(port, {**self._options, "SymmetricConnect": 1})
            self._listening.append(shared.listen(made, self))
        if self._machine:
            self._local = shared.listen(shared.net.create_listen_socket_ip("127.0.0.1:0", self._options), self)
            self._listening.append(self._local)

    def servers(self, stun: Sequence[str], turn: Sequence[TurnServer]) -> None:
        """What helps to find a way, for connections from now on. Names are looked up in the background."""
        self._servers.use(stun, turn)

    def listen(self, address: str = "") -> str:
        """Our own address, at once; who was met can connect as soon as we are certified.

        Args:
            address: "" or ":0"; or our own.

        Raises:
            AddressInUse: another transport of this process has it.
            InvalidAddress: it is not ours to have.
        """
        shared = self._use()
        if address in ("", ":0", self.address):
            return self.address
        identity, port = split_address(address)
        if identity == shared.identity and port in shared.ports:
            raise AddressInUse(f"another transport of this process has the address {address}")
        raise InvalidAddress(f'{address!r} cannot be chosen: listen at "", and you are told')

    # Whom we know

    def meet(self, card: Card) -> None:
        """Its owner may connect to us and can be connected to, from now on."""
        try:
            peer = self._peer(address_of(card))
        except InvalidAddress as problem:
            self._turned_away("bad card", str(problem))
        else:
            peer.card = card

    def part(self, card: Card) -> None:
        """No longer. Connections that are open stay so."""
        peer = self._peers.pop(address_of(card), None)
        if peer is None:
            return
        for number in peer.calls.wanted:
            self._happenings.append(Failed(number, sentences.WENT_AWAY))
        if peer.dial is not None:
            self._finish(peer.dial)

    def _peer(self, address: str) -> _Peer:
        """
        Raises:
            InvalidAddress: none, or our own.
        """
        peer = self._peers.get(address)
        if peer is None:
            if address == self.address:
                raise InvalidAddress(f"{address!r} is our own address: nobody connects to themselves")
            peer = _Peer(self.address, address, self._attempt, self._now)
            self._peers[address] = peer
        return peer

    def _met(self, identity: str) -> Iterator[_Peer]:
        """Whom we met of that identity."""
        return (peer for peer in self._peers.values() if peer.identity == identity and peer.card is not None)

    def _turned_away(self, what: str, why: str) -> None:
        self.counters[what] += 1
        if self.counters[what] == 1:
            log.warning("%s: %s; more of it is counted", what, why)

    # Connecting

    def connect(self, address: str) -> int:
        """Begin to connect; who was not met yet, may be while the attempt lasts.

        Raises:
            InvalidAddress: no participant's address, or our own.
        """
        self._use()
        peer = self._peer(address)
        if peer.calls.quiet:
            peer.search = Search(self._now)
        number = next(self._numbers)
        peer.calls.want(number)
        return number

    def how(self, attempt: int) -> str:
        """Where an attempt is: "signals", "candidates", "direct", "relayed"; "" when it is decided."""
        for peer in self._peers.values():
            if attempt in peer.calls.wanted:
                return peer.search.stage(self._now)
        return ""

    def _tend(self, peer: _Peer, now: float) -> None:
        dialled = self._dials.get(peer.dial) if peer.dial is not None else None
        if dialled is not None and dialled.local_until is not None and not dialled.up and now > dialled.local_until:
            self._dial_instead(peer)
        for step in peer.calls.steps(now):
            if isinstance(step, Dial):
                self._dial(peer, now)
            elif isinstance(step, Ask):
                self._post.put(now, peer.address, FRAMES.encode(Call(step.number)), twice=peer.search.early(now))
            elif isinstance(step, GiveUp):
                why = peer.search.problem(stun=self._servers.stun, turn=self._servers.turn)
                self._happenings.append(Failed(step.number, why))

    def _dial(self, peer: _Peer, now: float) -> None:
        card = peer.card
        if card is None or not self._listening or not self._servers.ready:
            peer.calls.ended(now)
            return
        local = bool(self._local and card.local and card.machine == self._machine)
        until = peer.search.since + LOCAL_PATIENCE if peer.identity != self.identity else now + LOCAL_PATIENCE
        if local and now <= until:
            self._dial_local(peer, card, until)
        else:
            self._dial_far(peer)

    def _dial_instead(self, peer: _Peer) -> None:
        """The way over loopback leads nowhere: the call goes on by another."""
        if peer.dial is not None:
            del self._dials[peer.dial]
            self._finish(peer.dial)
            self._dial_far(peer)

    def _dial_local(self, peer: _Peer, card: Card, until: float) -> None:
        try:
            connection = self._net.connect_by_ip_address(f"127.0.0.1:{card.local}", self._options)
        except GamenetError as problem:
            self._not_dialled(peer, problem)
        else:
            self._dialled(peer, connection, until)

    def _dial_far(self, peer: _Peer) -> None:
        """On the virtual port that the pair's living connection does not use, nor the last try used."""
        used = {turn for owner, turn in self._far.values() if owner is peer}
        for turn in (peer.turn ^ 1, peer.turn):
            if turn in used:
                continue
            local = {"SymmetricConnect": 1, "LocalVirtualPort": self._port + turn}
            try:
                options = {**self._options, **self._servers.options, **local}
                connection = self._net.connect_p2p(peer.identity, peer.port + turn, options)
            except AlreadyConnected:
                continue
            except GamenetError as problem:
                self._not_dialled(peer, problem)
                return
            peer.turn = turn
            self._far[connection] = peer, turn
            self._dialled(peer, connection, None)
            return
        peer.calls.ended(self._now)  # one of the two ends soon

    def _dialled(self, peer: _Peer, connection: Connection, until: float | None) -> None:
        peer.dial = connection
        self._dials[connection] = _Dialled(peer, self._now + self.patience, until)
        self._adopt(connection)

    def _not_dialled(self, peer: _Peer, problem: GamenetError) -> None:
        """As when our certificate has expired."""
        self._turned_away("cannot dial", str(problem))
        peer.calls.ended(self._now)

    # Being called

    def knocked(self, change: ConnectionChange) -> None:
        """Somebody connects; the library has seen a proof of who."""
        self._adopt(change.connection)
        self._waiting[change.connection] = change

    def _let_in(self) -> None:
        """Those who may call us; the others are closed unheard."""
        if not self._servers.ready:
            return
        waiting, self._waiting = self._waiting, {}
        for change in waiting.values():
            self._answer(change)

    def _answer(self, change: ConnectionChange) -> None:
        connection, identity = change.connection, str(change.info.identity)
        if not change.info.authenticated or not any(not peer.calls.caller for peer in self._met(identity)):
            self._turned_away("stranger", f"{identity} connected, whom nobody introduced")
            self._finish(connection, Farewell.REFUSED)
            return
        if change.listen_socket is not self._local:
            for name, value in self._servers.options.items():
                self._net.set_option(name, value, connection)
        self._knocks[connection] = _Knock(identity, self._now + self.patience)
        if self._net.accept_connection(connection) not in (Result.OK, Result.DUPLICATE_REQUEST):
            self._finish(connection)

    # What becomes of connections

    def changed(self, change: ConnectionChange) -> None:
        if change.state is ConnectionState.CONNECTED:
            self._up(change)
        elif change.state in ENDED:
            self._lose(change.connection, change)

    def _up(self, change: ConnectionChange) -> None:
        """It carries: whoever opened it says the first word."""
        connection = change.connection
        knock, dialled = self._knocks.get(connection), self._dials.get(connection)
        if knock is not None:
            knock.up = True
        elif dialled is not None:
            peer = dialled.peer
            if not change.info.authenticated or str(change.info.identity) != peer.identity:
                self._turned_away("stranger", f"{change.info.identity} answered in place of {peer.identity}")
                self._finish(connection, Farewell.REFUSED)
                return
            dialled.up = True
            self._say(connection, Calling(self.address, peer.address))

    def _say(self, connection: Connection, frame: Frame) -> None:
        flags, lane, _ = CARRIAGE[CONTROL]
        self._net.send_messages([(connection, FRAMES.encode(frame), flags, lane)])
        self._net.flush_connections([connection])

    def _first(self, connection: Connection) -> Frame | str | None:
        """The first reliable message; unreliable ones that overtook it are lost, as they may be."""
        try:
            while messages := self._net.receive_messages_on_connection(connection, 1):
                if messages[0].reliable:
                    return FRAMES.decode(messages[0].data)
        except InvalidHandle:
            pass
        return None

    def _hear(self) -> None:
        """First words on connections that are up."""
        for connection, knock in list(self._knocks.items()):
            frame = self._first(connection) if knock.up else None
            if frame is not None:
                self._called(connection, knock, frame)
            elif self._now > knock.until:
                self._finish(connection)
        for connection, dialled in list(self._dials.items()):
            frame = self._first(connection) if dialled.up else None
            if isinstance(frame, Took):
                del self._dials[connection]
                dialled.peer.dial = None
                self._opened(connection, dialled.peer, dialled.peer.calls.opened(frame.served))
            elif frame is not None:
                self._broke(connection, frame)
            elif self._now > dialled.until:
                self._finish(connection)

    def _called(self, connection: Connection, knock: _Knock, frame: Frame | str) -> None:
        peer = self._peers.get(frame.sender) if isinstance(frame, Calling) else None
        good = peer is not None and peer.card is not None and peer.identity == knock.identity and not peer.calls.caller
        if peer is None or not good or not isinstance(frame, Calling) or frame.to != self.address:
            self._broke(connection, frame)
            return
        del self._knocks[connection]
        attempt = peer.calls.opened()
        self._say(connection, Took(peer.calls.served))
        self._opened(connection, peer, attempt)

    def _opened(self, connection: Connection, peer: _Peer, attempt: int) -> None:
        self._begin(connection)
        self._happenings.append(Opened(connection, attempt, peer.address))

    def _broke(self, connection: Connection, frame: Frame | str) -> None:
        self._turned_away("first words", f"{frame} came on a new connection")
        self._finish(connection, Farewell.BROKEN, sentences.broken("first words that nobody understands"))

    def _finish(self, connection: Connection, farewell: Farewell = Farewell.GOODBYE, why: str = "") -> None:
        dialled = self._dials.pop(connection, None)
        self._knocks.pop(connection, None)
        self._waiting.pop(connection, None)
        if dialled is not None and dialled.peer.dial == connection:
            dialled.peer.dial = None
            dialled.peer.calls.ended(self._now)
        super()._finish(connection, farewell, why)
        if self._library is not None:
            self._library.carry()  # the goodbye, while we know whose it is
        self._far.pop(connection, None)

    # Signals

    def signals(self) -> list[tuple[str, bytes]]:
        """To whom by address, and what; to be carried, best effort. After closing and shutting down, too."""
        if self._library is not None:
            self._library.carry()
        return self._post.take()

    def signalled(self, signal: Signal) -> bool:
        """The library has something to say to a peer."""
        peer = self._about(signal)
        if peer is None:
            return False
        peer.search.sent(signal.data)
        twice = peer.search.early(self._now) or signal.connection not in self._open
        self._post.put(self._now, peer.address, wrap_signal(signal.data), twice=twice)
        return True

    def _about(self, signal: Signal) -> _Peer | None:
        """Whose connection it is about; of several with one identity, in one process, any will do."""
        if signal.connection in self._far:
            return self._far[signal.connection][0]
        return next(iter(self._met(str(signal.to))), None)

    def receive_signal(self, sender: str, data: bytes) -> None:
        """Take what was carried here.

        Args:
            sender: the address of whom it is from, as whoever carried it makes sure.
        """
        peer = self._peers.get(sender)
        if peer is None or peer.card is None or self._library is None or not self._listening:
            self.counters["signals of strangers"] += 1
            return
        content = open_signal(data)
        if isinstance(content, str):
            self._turned_away("bad signal", f"{content} came from {sender}")
            return
        if peer.calls.quiet and self._now - peer.search.since > self._attempt:
            peer.search = Search(self._now)
        peer.search.came(data)
        if isinstance(content, Call):
            peer.calls.asked(content.number)
        else:
            self._net.receive_signal(content, peer.identity)

    # The frame

    def poll(self, now: float) -> list[Happening]:
        if self._library is None:
            return []
        self._servers.tend()
        self._pump(now)
        self._let_in()
        self._hear()
        for peer in list(self._peers.values()):
            self._tend(peer, now)
        self._library.carry()
        self._post.tend(now)
        return self._take_happenings()

    def _stop(self, library: Library) -> None:
        library.carry()
        for socket in self._listening:
            library.stop_listening(socket)
        library.ports.discard(self._port)
        self._local = None
        for each in (self._listening, self._peers, self._dials, self._knocks, self._waiting, self._far):
            each.clear()
