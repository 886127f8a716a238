"""`gn.search`: the games that can be found, on the local network or at a rendezvous service, as they come and go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Final, Literal, Protocol

from typing_extensions import Self

from .clock import Clock, RealClock
from .errors import BadArgument

if TYPE_CHECKING:
    from .rendezvous.browsing import Browsing
    from .rendezvous.lan.looking import Looking, Sighting
    from .rendezvous.messages import Listing

LAN: Final = "lan"
NO_SERVICE: Final = (
    'No rendezvous service is named: say one, as in gn.search("play.example.org"), or set $GAMENET_RENDEZVOUS.'
)

SearchState = Literal["connecting", "searching", "closed"]


def search(service: str = "", *, game: str = "") -> Search:
    """Look for games.

    Args:
        service: "lan" for the local network, or a rendezvous service, as "play.example.org[:27020]"; without it the one
            in $GAMENET_RENDEZVOUS.
        game: only games of that name, as "asteroids", or of that name and version, as "asteroids/1.2"; "" for all.

    Raises:
        InvalidAddress: the service's address cannot be parsed. Everything that the network does is `problem`.
    """
    for what, said in (("service", service), ("game=", game)):
        if not isinstance(said, str):
            raise BadArgument(f'search() takes a text as {what}, as "lan" or game="asteroids", not {said!r}')
    where = service.strip() or os.environ.get("GAMENET_RENDEZVOUS", "").strip()
    if not where:
        return Search(None, RealClock(), NO_SERVICE)
    return Search(_on_lan(game) if where == LAN else _at_service(where, game), RealClock())


def _on_lan(game: str) -> Source:
    from .rendezvous.lan.looking import Looking
    from .rendezvous.lan.sockets import AskingSockets

    return OnLan(Looking(AskingSockets), game)


def _at_service(service: str, game: str) -> Source:
    from .rendezvous.browsing import Browsing
    from .rendezvous.places import service_address
    from .session.transports.gns import GnsTransport  # the native part is loaded by those who need it

    return AtService(Browsing(GnsTransport(), service_address(service), game), service)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A game that can be joined: `gn.join(found)`."""

    title: str
    name: str
    """The host's; "" from a service, which does not tell it."""
    game: str
    """Name and version, as "asteroids/1.2"."""
    players: int
    max_peers: int
    """Players that it has room for, the host included."""
    ping: float
    """Seconds to the host and back; what is not measured directly is the sum of both ways to the service."""
    locked: bool
    """The host asks for a password."""
    data: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    """"" for a game that is joined at its address."""
    where: str = ""
    """What `gn.join` takes, as a string: "192.0.2.7:27015" or "K7QX-3MNP@play.example.org"."""


class Source(Protocol):
    """Where games are found."""

    @property
    def problem(self) -> str: ...
    @property
    def connected(self) -> bool: ...
    @property
    def rooms(self) -> tuple[Found, ...]: ...
    def tend(self, now: float) -> None: ...
    def close(self, now: float) -> None: ...


class Search:
    """A search under way, pumped like a session: `with search.frame(dt):` or `search.pump(dt)`, which never wait."""

    def __init__(self, source: Source | None, clock: Clock, problem: str = "") -> None:
        """
        Args:
            source: None for a search that cannot begin, whose `problem` says why.
        """
        self._source, self._clock, self._problem = source, clock, problem
        self._rooms: tuple[Found, ...] = ()

    @property
    def rooms(self) -> tuple[Found, ...]:
        """The games that are there as of the last frame, first found first."""
        return self._rooms

    @property
    def state(self) -> SearchState:
        """connecting until somebody can be asked, then searching; closed at the end."""
        if self._source is None:
            return "closed"
        return "searching" if self._source.connected else "connecting"

    @property
    def problem(self) -> str:
        """Why nothing new is found at the moment, in a sentence that a player can read; "" when all is well."""
        return self._source.problem if self._source is not None else self._problem

    @contextmanager
    def frame(self, dt: float) -> Iterator[None]:
        """One frame of the game: what was answered is there on entry.

        Args:
            dt: seconds since the last frame; the search has its own clock.
        """
        self._tend()
        yield

    def pump(self, dt: float) -> None:
        """A frame with nothing in it."""
        self._tend()

    def _tend(self) -> None:
        if self._source is not None:
            self._source.tend(self._clock.now())
            self._rooms = self._source.rooms

    def close(self) -> None:
        """Ask no more; `rooms` stays as it is. A second time does nothing."""
        if self._source is not None:
            self._problem = self._source.problem
            self._source.close(self._clock.now())
            self._source = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Search {self.state}, {len(self._rooms)} found>"


class OnLan:
    """The local network. See `Source`."""

    connected = True

    def __init__(self, looking: Looking, game: str) -> None:
        self._looking, self._game = looking, game

    @property
    def problem(self) -> str:
        why = self._looking.problem
        return f"This machine cannot look around on its network ({why})." if why else ""

    @property
    def rooms(self) -> tuple[Found, ...]:
        return tuple(seen_as(each) for each in self._looking.sightings if is_game(each.notice.game, self._game))

    def tend(self, now: float) -> None:
        self._looking.tend(now)

    def close(self, now: float) -> None:
        self._looking.close()


class AtService:
    """A rendezvous service. See `Source`."""

    def __init__(self, browsing: Browsing, service: str) -> None:
        self._browsing, self._service = browsing, service

    @property
    def problem(self) -> str:
        return self._browsing.problem

    @property
    def connected(self) -> bool:
        return self._browsing.connected

    @property
    def rooms(self) -> tuple[Found, ...]:
        return tuple(listed_as(each, self._service, self._browsing.ping) for each in self._browsing.listings)

    def tend(self, now: float) -> None:
        self._browsing.tend(now)

    def close(self, now: float) -> None:
        self._browsing.close(now)


def is_game(theirs: str, ours: str) -> bool:
    """Whether it is the game that is sought: all for "", every version for a name without one."""
    return not ours or theirs == ours or ("/" not in ours and theirs.partition("/")[0] == ours)


def seen_as(sighting: Sighting) -> Found:
    """A game that answered on the local network."""
    notice = sighting.notice
    at_service = f"@{notice.service}" if notice.service else ""
    return Found(
        title=notice.title,
        name=notice.name,
        game=notice.game,
        players=notice.players,
        max_peers=notice.max_peers,
        ping=sighting.ping,
        locked=notice.locked,
        data=MappingProxyType(dict(notice.data)),
        code=notice.code,
        where=f"{notice.code}{at_service}" if notice.code else f"{sighting.host}:{notice.port}",
    )


def listed_as(listing: Listing, service: str, ping: float) -> Found:
    """A game that a service lists.

    Args:
        ping: seconds from here to the service and back.
    """
    from .session.peers import printable

    return Found(
        title=printable(listing.title),
        name="",
        game=printable(listing.game),
        players=listing.players,
        max_peers=listing.max_peers,
        ping=ping + listing.ping,
        locked=listing.locked,
        data=MappingProxyType({printable(key): printable(each) for key, each in listing.data.items()}),
        code=printable(listing.code),
        where=f"{printable(listing.code)}@{service}",
    )
