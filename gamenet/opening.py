"""How a session begins: `solo`, `host`, `join`, `serve`, and `open`, which takes one string that says which.

None of them blocks: they return a session that is opening or connecting, and its frames do the rest.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, overload

from typing_extensions import TypeVar, Unpack

from .clock import RealClock
from .errors import BadArgument, InvalidAddress
from .game import Room, Session
from .replication.model.schema import Protocol, collect_protocol
from .searching import LAN, Found

if TYPE_CHECKING:  # a session's half is loaded when one opens
    from .frame import Attendant
    from .rendezvous.lobby import Entry, Offer
    from .rendezvous.places import Place
    from .session.hosting import Hosting
    from .session.listing import Listing, Visibility
    from .session.settings import Settings
    from .session.transports import Transport

DEFAULT_PORT: Final = 27015
MOST_NAME: Final = 32
MOST_WORD: Final = 128

AnyRoom = TypeVar("AnyRoom", bound=Room)

_SERVICE: Final = "GAMENET_RENDEZVOUS"
_PORT = re.compile(r"[0-9]{1,5}")


class _Untitled(TypedDict, total=False):
    """The keywords that every opening takes; those that do not apply are ignored."""

    game: str
    """Name and version, as in "asteroids/1.2": both ends must say the same."""
    name: str
    """This player's name."""
    max_peers: int
    """Players in a room, the host's included."""
    password: str
    visibility: Visibility
    """Who can find the game: "public" in lists of its service and on the local network, "lan" there alone, "invite"
    nobody. Without it "lan" for a game at an address and "invite" for one with a code."""
    data: Mapping[str, str]
    protocol: Protocol | None
    """The replicated classes; without it, those that the room's module (else the caller's) sees."""
    tick_rate: float
    """Ticks a second; the host's rules."""
    send_rate: float
    """Snapshots a second, a divisor of tick_rate."""
    upload: int
    rendezvous: str
    """The service for a game with an invite code, "host[:port]"; without it $GAMENET_RENDEZVOUS."""
    watch: bool
    """Not possible yet: True is refused."""
    port: int
    strict: bool
    """A write to what this peer does not decide raises in its line instead of being undone."""


class Opening(_Untitled, total=False):
    """All of them; `host` takes the title by place, too."""

    title: str
    """What the game is called in lists."""


@overload
def solo(*, room: type[AnyRoom], **said: Unpack[Opening]) -> Session[AnyRoom]: ...
@overload
def solo(**said: Unpack[Opening]) -> Session: ...
def solo(*, room: type[Any] = Room, **said: Unpack[Opening]) -> Session[Any]:
    """One player, the same code path, no socket."""
    return _host(_nowhere(), None, room, said, sys._getframe(1), _listing(said, service=False))


@overload
def host(title: str = "", *, room: type[AnyRoom], **said: Unpack[_Untitled]) -> Session[AnyRoom]: ...
@overload
def host(title: str = "", **said: Unpack[_Untitled]) -> Session: ...
def host(title: str = "", *, room: type[Any] = Room, **said: Unpack[_Untitled]) -> Session[Any]:
    """This player hosts; others join by address, or with a service by invite code (`net.code`).

    Args:
        title: what the game is called in lists.
        room: the room's class.
        port: where to listen, 27015 without it; 0 lets the system choose.
        rendezvous: instead of a port: the service, "host[:port]". $GAMENET_RENDEZVOUS where neither is said.

    Raises:
        AddressInUse: somebody listens there already.
        InvalidAddress: a service's address that cannot be parsed.
    """
    titled: Opening = {**said, "title": title}
    caller = sys._getframe(1)
    service = said.get("rendezvous", "" if "port" in said else os.environ.get(_SERVICE, ""))
    listing = _listing(titled, service=bool(service))
    if service:
        return _host(_lobby(service, _offer(titled, listing)), "", room, titled, caller, listing, service=service)
    return _host(_gns(), _listen_address(said.get("port", DEFAULT_PORT)), room, titled, caller, listing)


@overload
def serve(address: str = "", *, room: type[AnyRoom], **said: Unpack[Opening]) -> Session[AnyRoom]: ...
@overload
def serve(address: str = "", **said: Unpack[Opening]) -> Session: ...
def serve(address: str = "", *, room: type[Any] = Room, **said: Unpack[Opening]) -> Session[Any]:
    """A dedicated server: it decides everything and plays nothing.

    Args:
        address: where to listen, "[::]:27015" without it.
        port: instead of an address.

    Raises:
        AddressInUse: somebody listens there already.
        InvalidAddress: an address that cannot be parsed.
    """
    where = address or _listen_address(said.get("port", DEFAULT_PORT))
    return _host(_gns(), where, room, said, sys._getframe(1), _listing(said, service=False), dedicated=True)


@overload
def join(where: str | Found, *, room: type[AnyRoom], **said: Unpack[Opening]) -> Session[AnyRoom]: ...
@overload
def join(where: str | Found, **said: Unpack[Opening]) -> Session: ...
def join(where: str | Found, *, room: type[Any] = Room, **said: Unpack[Opening]) -> Session[Any]:
    """Join a game.

    Args:
        where: address[:port][/room], as in "198.51.100.7:27015/arena-2" or "play.example.org"; an invite code, as in
            "K7QX-3MNP@play.example.org", alone where rendezvous= or $GAMENET_RENDEZVOUS names the service; "lan" for
            the first game of the same name and version on the local network; or what `gn.search` found.

    Raises:
        InvalidAddress: an address that cannot be parsed. Everything that the network does is `net.problem`.
    """
    caller = sys._getframe(1)
    found = isinstance(where, Found)
    where = where.where if isinstance(where, Found) else where
    if not isinstance(where, str):
        raise BadArgument(f'join() takes an address like "198.51.100.7:27015", not {where!r}')
    if where.strip().partition("/")[0] == LAN:
        return _join(_lan(said), LAN, where.strip().partition("/")[2], room, said, caller)
    from .rendezvous.places import parse

    place = parse(where)
    if place is not None:
        try:
            way = _way_to(place, said)
        except InvalidAddress as problem:
            if not found:
                raise
            way = _nowhere(str(problem))  # whoever announced the game wrote it
        return _join(way, place.code, "", room, said, caller, mesh=True)
    address, room_name = _address(where)
    return _join(_gns(), address, room_name, room, said, caller)


@overload
def open(how: str = "", /, *, room: type[AnyRoom], **said: Unpack[Opening]) -> Session[AnyRoom]: ...
@overload
def open(how: str = "", /, **said: Unpack[Opening]) -> Session: ...
def open(how: str = "", /, *, room: type[Any] = Room, **said: Unpack[Opening]) -> Session[Any]:
    """Open what one string says, so that it can come from the command line.

    Args:
        how: solo · host · host:27015 · host:<service> · join:<address or code> · join:lan · serve · serve:27015;
            without one $GAMENET, else solo.

    Raises:
        BadArgument: another word, with the list.
    """
    said_how = how or os.environ.get("GAMENET", "") or "solo"
    word, _, rest = said_how.partition(":")
    caller = sys._getframe(1)
    said["protocol"] = classes_of(room, said, caller)
    if word in ("host", "serve") and _PORT.fullmatch(rest):
        said["port"], rest = int(rest), ""
    match word:
        case "solo" if not rest:
            return solo(room=room, **said)
        case "host":
            if rest:
                said.setdefault("rendezvous", rest)
            return host(room=room, **said)
        case "join" if rest:
            return join(rest, room=room, **said)
        case "serve":
            return serve(rest, room=room, **said)
    told = f"{said_how!r}{'' if how else ' in $GAMENET'}"
    raise BadArgument(
        f"{told} does not say how to open: solo, host, host:27015, host:<service>, join:<address or code>, serve or "
        "serve:27015"
    )


# --------------------------------------------------------------------------------------------------------- the openings


def _host(
    transport: Transport,
    address: str | None,
    room: type[Room],
    said: Opening,
    caller: FrameType,
    listing: Listing,
    *,
    dedicated: bool = False,
    service: str = "",
) -> Session[Any]:
    """With a service: others join by code, and the game is a mesh."""
    classes = classes_of(room, said, caller)
    from .session.hosting import Hosting

    settings = settings_of(said, classes, dedicated=dedicated)
    node = Hosting(transport, address, settings, mesh=bool(service))
    attendants = _announced(node, settings, listing, service) if address is not None else ()
    strict, mesh = said.get("strict", False), bool(service)
    return Session(node, RealClock(), room, classes, strict=strict, mesh=mesh, attendants=attendants, listing=listing)


def _announced(node: Hosting, settings: Settings, listing: Listing, service: str) -> Sequence[Attendant]:
    """On the local network, as long as its listing says so."""
    from .rendezvous.lan.announcing import announce

    return [announce(node, settings, listing, service)]


def _join(
    transport: Transport,
    address: str,
    room_name: str,
    room: type[Room],
    said: Opening,
    caller: FrameType,
    *,
    mesh: bool = False,
) -> Session[Any]:
    classes = classes_of(room, said, caller)
    from .session.joining import Joining

    node = Joining(transport, address, room_name, settings_of(said, classes), mesh=mesh)
    return Session(node, RealClock(), room, classes, strict=said.get("strict", False), mesh=mesh)


def classes_of(room: type[Room], said: Opening, caller: FrameType) -> Protocol:
    if not (isinstance(room, type) and issubclass(room, Room)):
        raise BadArgument(f"room= takes a class of gn.Room, not {room!r}")
    unknown = set(said) - Opening.__annotations__.keys()
    if unknown:
        raise BadArgument(f"unknown keyword {sorted(unknown)[0]}=; there are {', '.join(Opening.__annotations__)}")
    protocol = said.get("protocol")
    if protocol is not None and not isinstance(protocol, Protocol):
        raise BadArgument(f"protocol= takes a gn.Protocol([Ship, …]), not {protocol!r}")
    if protocol is None:
        return collect_protocol(room, caller.f_globals)
    pinned = [schema.cls for schema in protocol.schemas]
    return protocol if room in pinned else Protocol([*pinned, room])


def settings_of(said: Opening, classes: Protocol, *, dedicated: bool = False) -> Settings:
    """What this participant brings.

    Raises:
        BadArgument: a value that cannot be.
    """
    from .session.settings import Settings

    _check_words(said)
    tick_rate, send_rate = _whole(said, "tick_rate", 60, 1000), _whole(said, "send_rate", 20, 1000)
    if tick_rate % send_rate:
        raise BadArgument(f"send_rate={send_rate} does not divide tick_rate={tick_rate}: take 60 and 20, or 60 and 30")
    return Settings(
        game=said.get("game", ""),
        name=said.get("name", "")[:MOST_NAME],
        title=said.get("title", ""),
        max_peers=_whole(said, "max_peers", 16, 10_000),
        password=said.get("password", ""),
        protocol=classes.describe(),
        agreed=classes.agreed(),
        judge=partial(classes.difference, here="at the host", there="here"),
        tick_rate=tick_rate,
        send_rate=send_rate,
        dedicated=dedicated,
        data=said.get("data", {}),
        watch=said.get("watch", False),
    )


def _check_words(said: Opening) -> None:
    from .session.listing import check_data, check_visibility, check_word

    if said.get("watch"):
        raise BadArgument("watch=True: watching without playing is not possible yet")
    for key in ("game", "name", "title", "password"):
        check_word(f"{key}=", said.get(key, ""), MOST_WORD)
    check_visibility(said.get("visibility", "lan"))
    check_data(said.get("data", {}))


def _whole(said: Opening, key: Literal["tick_rate", "send_rate", "max_peers"], usual: int, most: int) -> int:
    value = said.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= most or value % 1:
        raise BadArgument(f"{key}= takes a whole number from 1 to {most}, not {value!r}")
    return int(value)


# -------------------------------------------------------------------------------------------------- with an invite code


def _lobby(service: str, wish: Offer | Entry) -> Transport:
    from .rendezvous.lobby import LobbyTransport
    from .rendezvous.places import service_address
    from .session.listing import check_word
    from .session.transports.p2p import P2PTransport

    check_word("rendezvous=", service, 256)
    return LobbyTransport(_gns(), P2PTransport(), service_address(service), wish)


def _listing(said: Opening, *, service: bool) -> Listing:
    """What others read: a game at an address is for the local network unless it says otherwise, one with a code for
    those who have the code.

    Raises:
        BadArgument: what cannot be shown.
    """
    from .session.listing import Listing

    visibility, data = said.get("visibility", "invite" if service else "lan"), said.get("data", {})
    if not service:
        return Listing(visibility, data)
    from .rendezvous.messages import MOST_DATA_BYTES

    return Listing(visibility, data, most_bytes=MOST_DATA_BYTES)


def _offer(said: Opening, listing: Listing) -> Offer:
    """The room as its service is told of it: of the password only that there is one.

    Raises:
        BadArgument: what no service takes.
    """
    from .rendezvous.lobby import Offer
    from .rendezvous.messages import MOST_SEATS
    from .session.peers import clean_name

    _check_words(said)
    return Offer(
        said.get("game", ""),
        said.get("title", ""),
        clean_name(said.get("name", "") or "host"),
        _whole(said, "max_peers", 16, MOST_SEATS),
        bool(said.get("password", "")),
        listing,
    )


def _way_to(place: Place, said: Opening) -> Transport:
    """To the room that has this code; nowhere, with a sentence for the player, when no code or no service is named."""
    from .rendezvous.codes import fold
    from .rendezvous.lobby import Entry
    from .session import sentences
    from .session.peers import clean_name

    service = place.service or said.get("rendezvous", os.environ.get(_SERVICE, ""))
    alone = 0 if place.service else DEFAULT_PORT
    if not service:
        return _nowhere(sentences.no_service(place.code, DEFAULT_PORT))
    if not fold(place.code):
        return _nowhere(sentences.no_code(place.code, alone))
    _check_words(said)
    return _lobby(service, Entry(clean_name(said.get("name", "")), bool(said.get("password", ""))))


# ------------------------------------------------------------------------------------------------------------ addresses


def _gns() -> Transport:
    from .session.transports.gns import GnsTransport  # the native part is loaded by those who need it

    return GnsTransport()


def _lan(said: Opening) -> Transport:
    from .rendezvous.lan.looking import Looking
    from .rendezvous.lan.sockets import AskingSockets
    from .rendezvous.lan.transport import LanTransport

    return LanTransport(_gns(), Looking(AskingSockets), said.get("game", ""))


def _nowhere(reason: str = "") -> Transport:
    from .session.transports.nowhere import Nowhere

    return Nowhere(reason)


def _listen_address(port: int) -> str:
    if type(port) is not int or not 0 <= port <= 65_535:
        raise InvalidAddress(f"port={port!r} is no port: 0 … 65535")
    return f"[::]:{port}"


def _address(where: str) -> tuple[str, str]:
    """("host:port", room name) of "host[:port][/room]"; IPv6 in brackets when a port follows.

    Raises:
        InvalidAddress: nothing before the port, or a port that is none.
    """
    address, _, room = where.strip().partition("/")
    if address.count(":") > 1 and not address.startswith("["):
        address = f"[{address}]"
    name, colon, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
    if not colon:
        name, port = address, str(DEFAULT_PORT)
    if not name or not _PORT.fullmatch(port) or not 0 < int(port) <= 65_535:
        raise InvalidAddress(
            f'{where!r} is no address: write "198.51.100.7:27015", "[2001:db8::7]:27015" or a host name'
        )
    return f"{name}:{port}", room
