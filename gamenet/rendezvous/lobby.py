"""A transport that finds its way through a rendezvous service: what a session with an invite code sees.

    session ──► LobbyTransport ──► Client ──► the service        who is in the room; signals, by seat
                               └─► paths (P2PTransport)          connections by identity, once both ends are in

The host's `listen` opens a room; a joiner's `connect(code)` takes a seat in it, and then connects to the host's card.
Members of the room may connect to each other by `address_of(card)`; a connection of anybody else never opens.

What is ugly: who has left the room may still have a connection on which last words are delivered, so it is parted from
a little later (`PART_AFTER`), and as long as its connection lives not at all: the service may be wrong, or be gone.
"""

from __future__ import annotations

import functools
import itertools
import logging
import secrets
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from ..errors import GamenetError, InvalidAddress
from ..session import sentences
from ..session.listing import Listed, Listing
from ..session.states import Stage
from ..session.transports import Failed, Farewell, Happening, Opened, Parcel, Received, Standing, Status, Transport
from ..session.transports.cards import Card, address_of
from ..sockets import TurnServer
from . import messages as m
from .client import Client, News, Signalled, Trouble
from .conversation import Talk

log = logging.getLogger("gamenet.rendezvous")

ENTRY_PATIENCE: Final = 12.0
"""Seconds within which a joiner has its seat; what put it off until then is tried again."""
MEMBER_PATIENCE: Final = 5.0
"""Seconds for which connecting to a member waits until the service has told of it."""
DESCRIBE_EVERY: Final = 1.0
"""Seconds between two changes of its listing that a host tells the service."""
PART_AFTER: Final = 2.0
"""Seconds for which the last words to somebody who left the room may still be delivered."""
FOR_GOOD: Final = frozenset({Farewell.GOODBYE, Farewell.REFUSED, Farewell.REMOVED, Farewell.BROKEN})


class Paths(Transport, Protocol):
    """What is asked of `P2PTransport` beyond a transport's words."""

    @property
    def identity(self) -> str: ...
    @property
    def card(self) -> Card: ...
    def certificate_request(self) -> bytes: ...
    def certify(self, root: str, certificate: bytes) -> None: ...
    def servers(self, stun: Sequence[str], turn: Sequence[TurnServer]) -> None: ...
    def meet(self, card: Card) -> None: ...
    def part(self, card: Card) -> None: ...
    def signals(self) -> list[tuple[str, bytes]]: ...
    def receive_signal(self, sender: str, data: bytes) -> None: ...
    def how(self, attempt: int) -> str: ...


class Offer(NamedTuple):
    """The room that a host opens, as others find it."""

    game: str
    title: str
    name: str
    """The host's."""
    max_peers: int
    locked: bool
    listing: Listing


class Entry(NamedTuple):
    """Who joins."""

    name: str
    password: bool
    """There is one to show to the host."""


class _Dial(NamedTuple):
    """A connection that cannot be sought yet: its other end is not known."""

    address: str
    """A member's; "" for the host's."""
    until: float


class _Passport:
    """What all lobbies of one identity share: a process has one certificate, so that there is one authority for all."""

    def __init__(self) -> None:
        self.token: Final = secrets.token_bytes(m.TOKEN_SIZE)
        """It proves to a service that they are one client."""
        self.root = self.service = ""
        """Whose word our certificate is, and at which service we got it."""
        self.holders: Final[set[LobbyTransport]] = set()
        """Those who need it to stay as it is."""


@functools.lru_cache(maxsize=64)
def _passport_of(identity: str) -> _Passport:
    return _Passport()


class LobbyTransport:
    """Connections of one session with an invite code. See `Transport` for what each word means."""

    def __init__(self, link: Transport, paths: Paths, service: str, wish: Offer | Entry) -> None:
        """Says nothing yet.

        Args:
            link: to the service; shut down with this transport, as `paths` is.
            service: "host:port".
            wish: a host's room, or who joins one; the code comes with `connect`.
        """
        self.patience: float = ENTRY_PATIENCE + paths.patience + 1
        self._link, self._paths, self._service, self._wish = link, paths, service, wish
        self._client: Client | None = None
        self._passport: _Passport | None = None
        self._key = secrets.token_bytes(m.KEY_SIZE)
        self._code = ""
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Dial] = {}
        self._dialled: dict[int, int] = {}
        """Attempts under way: the paths' number to mine."""
        self._host_attempt = self._host_connection = 0
        self._host_address = ""
        self._inside = self._stuck = self._over = False
        self._stage = Stage.SERVICE
        self._met: dict[str, Card] = {}
        self._departed: dict[str, float] = {}
        """When to part from who left the room."""
        self._open: dict[int, str] = {}
        """Connections, and whose."""
        self._problem = ""
        self._described: Listed | None = None
        """What the service was told last."""
        self._describe_at = 0.0
        self._happenings: list[Happening] = []
        self._now = 0.0

    # How far it is

    def standing(self) -> Standing:
        code = self._client.members.code if self._client is not None else ""
        return Standing(code, str(self._stage), "" if self._inside or self._over else self._problem)

    def _where(self) -> Stage:
        if self._client is None or self._inside:
            return Stage.THERE
        if self._host_connection:
            return Stage.VERSION
        theirs = next((theirs for theirs, mine in self._dialled.items() if mine == self._host_attempt), 0)
        if theirs:
            return Stage(self._paths.how(theirs)) or self._stage  # "": decided, and told with the next poll
        return self._client.stage

    # Listening and connecting

    def listen(self, address: str) -> str:
        """The host opens its room; for a joiner it is where other members will find it. The address is of no matter."""
        taken = self._paths.listen("")
        if isinstance(self._wish, Offer):
            self._begin()
        return taken

    def _begin(self) -> None:
        paths = self._paths
        identity = paths.identity
        token = _passport_of(identity).token
        self._client = Client(self._link, self._service, identity, token, paths.certificate_request())

    def connect(self, address: str) -> int:
        """To a member by its address, else to the host of the room that has this code."""
        number = next(self._numbers)
        if address.startswith("str:"):
            self._dial_member(number, address)
        elif self._host_address:  # we were in: only the path was lost
            self._dial(number, self._host_address)
        else:
            self._code, self._host_attempt = address, number
            self._waiting[number] = _Dial("", 0.0)
            self._begin()
        return number

    def _dial_member(self, number: int, address: str) -> None:
        if address in self._met:
            self._dial(number, address)
        else:
            self._waiting[number] = _Dial(address, self._now + MEMBER_PATIENCE)

    def _dial(self, number: int, address: str) -> None:
        self._waiting.pop(number, None)
        self._dialled[self._paths.connect(address)] = number

    def _fail(self, number: int, why: str) -> None:
        """A joiner that does not reach its host stays at the stage where it is."""
        self._waiting.pop(number, None)
        self._stuck = self._stuck or (number == self._host_attempt and not self._inside)
        self._happenings.append(Failed(number, why))

    # The frame

    def poll(self, now: float) -> list[Happening]:
        self._now = now
        if self._client is not None:
            news = self._client.poll(now)
            self._follow_members()
            for each in news:
                self._hear(each)
        for happening in self._paths.poll(now):
            self._happened(happening)
        self._tend(now)
        self._describe()
        self._carry()
        if not self._stuck:
            self._stage = self._where()
        happenings, self._happenings = self._happenings, []
        return happenings

    def _carry(self) -> None:
        """What the paths want to tell other ends, to their seats; who has none hears nothing."""
        if self._client is None:
            return
        for address, data in self._paths.signals():
            seat = self._client.members.at(address)
            if seat is not None and len(data) <= m.MOST_SIGNAL:
                self._client.say(m.Signal(seat.id, data))
        self._client.send(self._now)

    def _tend(self, now: float) -> None:
        for number, dial in list(self._waiting.items()):
            if not dial.address and not dial.until:
                self._waiting[number] = dial._replace(until=now + ENTRY_PATIENCE)
            elif now >= dial.until:
                silent = self._problem or sentences.service_silent(self._service)
                self._fail(number, sentences.member_unknown(MEMBER_PATIENCE) if dial.address else silent)
        for address, moment in list(self._departed.items()):
            if now >= moment and address not in self._open.values():
                del self._departed[address]
                self._paths.part(self._met.pop(address))

    def _describe(self) -> None:
        """The host's listing as it is now, when the service has an older one."""
        wish, client = self._wish, self._client
        if not isinstance(wish, Offer) or wish.listing.now is self._described or self._now < self._describe_at:
            return
        if client is not None and client.talk is Talk.SEATED:
            listed = self._described = wish.listing.now
            self._describe_at = self._now + DESCRIBE_EVERY
            client.say(m.Update(wish.title, listed.visibility, wish.locked, listed.data))

    # What the service says

    def _follow_members(self) -> None:
        """Meet who came; who is not in the room any more is parted from a little later."""
        assert self._client is not None
        members = {address_of(seat.card): seat for seat in self._client.members}
        for address, seat in members.items():
            self._departed.pop(address, None)
            if self._met.get(address) != seat.card and seat.id != self._client.members.mine:
                self._met[address] = seat.card
                self._paths.meet(seat.card)
        for address in self._met.keys() - members.keys() - self._departed.keys():
            self._departed[address] = self._now + PART_AFTER
        for number, dial in list(self._waiting.items()):
            if dial.address and dial.address in self._met:
                self._dial(number, dial.address)

    def _hear(self, news: News) -> None:
        if isinstance(news, Signalled):
            self._paths.receive_signal(news.sender, news.data)
        elif isinstance(news, m.Welcome):
            self._welcomed(news)
        elif isinstance(news, m.Entered):
            self._entered()
        elif isinstance(news, m.Ended):
            self._shown_out()
        elif isinstance(news, Trouble):
            self._trouble(news)

    def _welcomed(self, welcome: m.Welcome) -> None:
        assert self._client is not None
        problem = self._certify(welcome)
        if problem:
            self._client.close(self._now)
            self._trouble(Trouble(Stage.IDENTITY, problem, final=True))
            return
        self._use_servers(welcome)
        if not self._client.wants:
            self._client.ask(self._request())

    def _certify(self, welcome: m.Welcome) -> str:
        """Returns what is wrong with the certificate, or ""."""
        passport = _passport_of(self._paths.identity)
        if passport.root != welcome.root and passport.service != self._service and passport.holders - {self}:
            return sentences.OTHER_AUTHORITY
        try:
            self._paths.certify(welcome.root, welcome.certificate)
        except GamenetError as problem:
            return sentences.bad_certificate(str(problem))
        passport.root, passport.service = welcome.root, self._service
        passport.holders.add(self)
        self._passport = passport
        return ""

    def _use_servers(self, welcome: m.Welcome) -> None:
        """Those that can be used; without any, players of one network still meet."""
        assert self._client is not None
        stun = [_reachable(each, self._client.server) for each in welcome.stun]
        try:
            self._paths.servers(stun, [TurnServer(*relay) for relay in welcome.turn])
        except (InvalidAddress, ValueError) as problem:
            log.warning("servers of the rendezvous service at %s: %s", self._service, problem)

    def _request(self) -> m.Create | m.Join:
        card, wish = self._paths.card, self._wish
        if isinstance(wish, Entry):
            return m.Join(self._code, self._key, wish.name, wish.password, card)
        listed = self._described = wish.listing.now
        names = wish.game, wish.title, wish.name
        return m.Create("", self._key, *names, wish.max_peers, listed.visibility, wish.locked, listed.data, card)

    def _entered(self) -> None:
        assert self._client is not None
        self._problem = ""
        if self._host_attempt not in self._waiting:
            return
        host = self._client.members.seat(self._client.members.host)
        if host is None or host.id == self._client.members.mine:
            self._fail(self._host_attempt, sentences.not_a_service(self._service))
            return
        self._host_address = address_of(host.card)
        self._dial(self._host_attempt, self._host_address)

    def _shown_out(self) -> None:
        """The room ended, or my seat was freed: who is not connected to the host yet will not be."""
        for theirs, mine in list(self._dialled.items()):
            if mine == self._host_attempt and not self._inside:
                del self._dialled[theirs]
                self._fail(mine, sentences.NO_SEAT)

    def _trouble(self, trouble: Trouble) -> None:
        """A joiner that has no seat yet gives up what will not become better; everybody else goes on."""
        self._problem = trouble.why
        self._described = None  # what we said last may not have come
        if not self._inside:
            log.info("%s: %s", trouble.stage, trouble.why)
        if (trouble.final or trouble.stage is Stage.NAME) and self._host_attempt in self._waiting:
            self._stage = trouble.stage
            self._fail(self._host_attempt, trouble.why)

    # What the paths did

    def _happened(self, happening: Happening) -> None:
        if isinstance(happening, Opened):
            self._opened(happening)
        elif isinstance(happening, Failed):
            number = self._dialled.pop(happening.attempt, 0)
            if number:
                self._fail(number, happening.reason)
        else:
            self._ended(happening.connection, happening.farewell, happening.reason)
            self._happenings.append(happening)

    def _opened(self, opened: Opened) -> None:
        """Only members of the room, and whom we dialled while they were."""
        number = self._dialled.pop(opened.attempt, 0) if opened.attempt else 0
        if opened.address not in self._met:
            log.warning("closed a connection from %s, who is not in the room", opened.address)
            self._paths.close(opened.connection, Farewell.REFUSED, sentences.NOT_IN_THE_ROOM)
            return
        self._open[opened.connection] = opened.address
        if number and number == self._host_attempt:
            self._host_connection = opened.connection
        self._happenings.append(opened._replace(attempt=number))

    def _ended(self, connection: int, farewell: Farewell | None, why: str) -> None:
        """The host frees the seat of who will not come back."""
        address = self._open.pop(connection, "")
        if self._client is None or not isinstance(self._wish, Offer) or farewell not in FOR_GOOD:
            return
        seat = self._client.members.at(address)
        if seat is not None and address not in self._open.values():
            self._client.say(m.Release(seat.id, why[:512]))

    # Everything else is the paths'

    def open_group(self) -> int:
        return self._paths.open_group()

    def close_group(self, group: int) -> None:
        self._paths.close_group(group)

    def assign(self, connection: int, group: int) -> None:
        """The session has taken the connection: with the host's, a joiner is inside."""
        if connection and connection == self._host_connection:
            self._inside, self._stage = True, Stage.THERE
        self._paths.assign(connection, group)

    def receive(self, group: int) -> Sequence[Received]:
        return self._paths.receive(group)

    def send(self, now: float, batch: Sequence[Parcel]) -> list[int]:
        return self._paths.send(now, batch)

    def flush(self, connections: Sequence[int]) -> None:
        self._paths.flush(connections)

    def statuses(self, connections: Sequence[int]) -> list[Status]:
        return self._paths.statuses(connections)

    def route(self, connection: int) -> str:
        return self._paths.route(connection)

    def close(self, connection: int, farewell: Farewell, why: str = "", *, linger: bool = False) -> None:
        self._ended(connection, farewell, why)
        self._paths.close(connection, farewell, why, linger=linger)

    def shutdown(self) -> None:
        if self._over:
            return
        self._over = True
        if self._passport is not None:
            self._passport.holders.discard(self)
        self._paths.shutdown()
        self._carry()  # a goodbye is a signal
        if self._client is not None:
            self._client.close(self._now)
        else:
            self._link.shutdown()


def _reachable(server: str, host: str) -> str:
    """A STUN server's address; one without a host is on the service's own."""
    return f"{host}{server}" if server.startswith(":") else server
