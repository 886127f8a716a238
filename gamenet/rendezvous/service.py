"""The rendezvous service: where players who have only a code find each other. docs/lobby.md tells the rules.

    transport ──► Service: lines, hello, limits ──► Desk: rooms, seats, signals ──► Mail ──► transport
                     └── Clients: who is who           └── Store, Deadlines

Pumped: it has no clock and no thread, and a pump costs what came and what is due, however many are connected.

    service = Service(GnsTransport(), "[::]:27020")
    while running:
        service.pump(clock.now())
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ..errors import InvalidCertificate
from ..session import sentences
from ..session.transports import Farewell, Lost, Opened, Received, Transport
from ..sockets import Authority
from . import refusals
from .clients import Client, Clients, Line
from .deadlines import Deadlines
from .desk import Desk
from .journal import Journal
from .limits import Buckets, Limits, Rate, place
from .mail import Mail
from .messages import (
    FROM_CLIENT,
    MOST_REQUEST,
    WIRE,
    Alive,
    Claim,
    Create,
    FromClient,
    Hello,
    Join,
    Leave,
    Relay,
    Release,
    Renew,
    Search,
    Signal,
    Stopping,
    Update,
    Welcome,
)
from .rooms import HELLO_PATIENCE
from .store import Store
from .store.memory import Memory

DAYS: Final = 1.0
"""For which a certificate is good."""

COST: Final = {Hello: 4, Create: 8, Join: 4, Update: 2, Claim: 2, Renew: 8, Search: 6}
"""Of a request in `Limits.requests`, where it is not 1."""


class Relays(Protocol):
    """TURN servers that lend their address to players: `turn.Turn` is one."""

    lasting: float
    """Seconds for which a password is good."""

    def relays(self, identity: str) -> Sequence[Relay]:
        """Those that work at the moment, with a password for that player."""


class Service:
    """One rendezvous service."""

    def __init__(
        self,
        transport: Transport,
        address: str,
        store: Store | None = None,
        *,
        authority: Authority | None = None,
        turn: Relays | None = None,
        stun: Sequence[str] = (),
        login: Callable[[str, str], str] | None = None,
        limits: Limits | None = None,
        ping: Callable[[int], float] = lambda connection: 0.0,
    ) -> None:
        """Listen.

        Args:
            transport: nobody else's.
            address: where, as in "[::]:27020"; port 0 is any free one.
            store: where rooms are kept; by default in memory.
            authority: whose certificates players get; by default a new one, which ends with this object.
            turn: relays to tell players of.
            stun: STUN servers to tell them of; one without a host (":27021") is on the host that they know us by.
            login: given an identity and the address that it comes from, a sentence why it may not come in, or "".
            limits: how much of everything.
            ping: given a connection, seconds to its other end and back; 0 where nobody knows.

        Raises:
            AddressInUse, InvalidAddress: from the transport's `listen`.
        """
        self.limits, self.authority = limits or Limits(), authority or Authority.generate()
        self.clients, self.journal = Clients(), Journal()
        self._transport, self._turn, self._login = transport, turn, login
        self.stun = tuple(stun)
        """What hellos from now on are told of STUN servers."""
        self._mail = Mail(transport)
        self._desk = Desk(store or Memory(), self.clients, self._mail, self.limits, self.journal, ping)
        self._strangers: Deadlines[int] = Deadlines()
        """Connections that have not said hello."""
        self._knocks = Buckets(self.limits.knocks)
        self._stopped = False
        self.address = transport.listen(address)
        """Where it listens, with the port that was really taken."""

    # The pump

    def pump(self, now: float) -> bool:
        """Take what came, do what is due, send. Returns whether anything came."""
        if self._stopped:
            return False
        happenings = self._transport.poll(now)
        for each in happenings:
            if isinstance(each, Opened):
                self._opened(now, each)
        received = self._transport.receive(0)
        for message in received:
            self._received(now, message)
        for each in happenings:  # after what the connection still delivered: a Leave may be among it
            if isinstance(each, Lost):
                self._lost(now, each.connection)
        self._tend(now)
        self._ship(now)
        return bool(happenings or received)

    def stop(self, now: float, why: str = refusals.STOPPING) -> None:
        """Tell everybody, and close. Rooms in memory end with us; the players play on."""
        if self._stopped:
            return
        self._stopped = True
        self._mail.tell_all(self.clients.lines, Stopping(why))
        self._mail.ship(now)
        self._transport.shutdown()

    def _tend(self, now: float) -> None:
        for connection in self._strangers.due(now):
            line = self.clients.lines.get(connection)
            if line is not None:
                self._close(now, line, Farewell.REFUSED, refusals.NO_HELLO)
        self._desk.tend(now)

    def _ship(self, now: float) -> None:
        for connection in self._mail.ship(now):
            line = self.clients.lines.get(connection)
            if line is not None:
                self.journal.complain(now, "closed", "slow", address=line.place)
                self._forget(now, line)
                self._transport.close(connection, Farewell.REFUSED, refusals.TOO_SLOW)

    # Connections

    def _opened(self, now: float, opened: Opened) -> None:
        line = self.clients.open(opened.connection, place(opened.address))
        why = self._why_not(now, line)
        if why:
            self._refuse(now, line, why)
            self._close(now, line, Farewell.REFUSED, refusals.WHY[why])
        else:
            self._strangers.set(opened.connection, now + HELLO_PATIENCE)

    def _why_not(self, now: float, line: Line) -> str:
        """The reason why a new connection may not stay, or ""."""
        if len(self.clients.lines) > self.limits.all_clients:
            return "busy"
        if self.clients.at_place[line.place] > self.limits.clients or not self._knocks.take(line.place, now):
            return "clients"
        return ""

    def _lost(self, now: float, connection: int) -> None:
        line = self.clients.lines.get(connection)
        if line is not None:
            self._forget(now, line)

    def _forget(self, now: float, line: Line) -> None:
        """A connection is gone; its seat waits for who sat there."""
        chair = line.chair
        self._strangers.drop(line.connection)
        self.clients.close(line)
        if chair is not None:
            self._desk.away(now, chair)

    def _close(self, now: float, line: Line, farewell: Farewell, why: str) -> None:
        """End a connection, after what it was told."""
        self._forget(now, line)
        self._mail.part(line.connection, farewell, why)

    def _refuse(self, now: float, line: Line, reason: str, why: str = "") -> None:
        self.journal.complain(now, "refused", reason, address=line.place)
        self._mail.tell(line.connection, refusals.refused(reason, why))

    # Requests

    def _received(self, now: float, received: Received) -> None:
        line = self.clients.lines.get(received.connection)
        if line is None:
            return  # closed by us: what it had already sent
        size = len(received.data)
        request = FROM_CLIENT.decode(received.data) if size <= MOST_REQUEST else f"a request of {size} bytes"
        if isinstance(request, str):
            self._broke(now, line, request)
        elif line.client is None:
            self._first(now, line, request)
        elif isinstance(request, Signal):
            if not self._desk.signal(now, line, line.client, request):
                self.journal.counts["signal_dropped"] += 1
                self._strike(now, line)
        else:
            self._request(now, line, line.client, request)

    def _broke(self, now: float, line: Line, what: str) -> None:
        self.journal.complain(now, "closed", "broken", address=line.place, what=what)
        self._close(now, line, Farewell.BROKEN, sentences.broken(what))

    def _first(self, now: float, line: Line, request: FromClient) -> None:
        if not isinstance(request, Hello):
            self._broke(now, line, refusals.BEFORE_HELLO)
            return
        reason, why = self._greet(now, line, request)
        if reason:
            self._refuse(now, line, reason, why)
            self._close(now, line, Farewell.REFUSED, why or refusals.WHY[reason])

    def _greet(self, now: float, line: Line, hello: Hello) -> tuple[str, str]:
        """Let somebody in. Returns the reason why not, and a sentence where there is a better one than the usual."""
        if hello.wire != WIRE:
            return "version", ""
        client = self.clients.greet(line, hello.identity, hello.token)
        if client is None:
            return "identity", ""
        why = self._login(hello.identity, line.place) if self._login is not None else ""
        if why:
            return "login", why
        self._strangers.drop(line.connection)
        return self._welcome(line, client, hello.request), ""

    def _welcome(self, line: Line, client: Client, request: bytes) -> str:
        """Tell a client what it needs to find others. Returns the reason why not, or ""."""
        try:
            certificate = self.authority.issue(request, DAYS, client.identity) if request else b""
        except InvalidCertificate:
            return "identity"
        turn = tuple(self._turn.relays(client.identity)) if self._turn is not None else ()
        lasting = [DAYS * 86_400.0] + ([self._turn.lasting] if self._turn is not None and turn else [])
        self._mail.tell(line.connection, Welcome(self.authority.root, certificate, min(lasting), self.stun, turn))
        return ""

    def _request(self, now: float, line: Line, client: Client, request: FromClient) -> None:
        if not line.requests.take(self.limits.requests, now, COST.get(type(request), 1)):
            self._refuse(now, line, "requests")
            self._strike(now, line)
            return
        reason = self._answer(now, line, client, request)
        if reason:
            self._refuse(now, line, reason)

    def _answer(self, now: float, line: Line, client: Client, request: FromClient) -> str:
        """Do what is asked for. Returns the reason why not, or ""."""
        desk = self._desk
        match request:
            case Create():
                return desk.create(now, line, client, request)
            case Join():
                return desk.join(now, line, client, request)
            case Update():
                return desk.update(now, line, client, request)
            case Release():
                return desk.release(now, line, client, request)
            case Leave():
                return desk.leave(now, line, client, request)
            case Claim():
                return desk.claim(now, line, client, request)
            case Alive():
                return desk.alive(now, line, client, request)
            case Search():
                return desk.search(now, line, client, request)
            case Renew():
                return self._welcome(line, client, request.request)
            case _:
                return "request"

    def _strike(self, now: float, line: Line) -> None:
        """Who goes on and on with what is refused is sent away."""
        if not line.strikes.take(Rate(self.limits.strikes, 1.0), now):
            self.journal.complain(now, "closed", "requests", address=line.place)
            self._close(now, line, Farewell.REFUSED, refusals.WHY["requests"])
