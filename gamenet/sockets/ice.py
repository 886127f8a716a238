"""How peers find a way to each other (ICE): which servers help them, and which addresses they tell.

GameNetworkingSockets takes the servers as lists of text, parted by commas that nothing can quote, and mentions what is
wrong with them in its log at most. It would also look up names itself, for every connection and while all others wait.
So the lists are checked here, and names are looked up here, once.
"""

from __future__ import annotations

import enum
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gamenet.errors import InvalidAddress

from .catalogue import OptionValue

DEFAULT_PORT: Final = 3478
"""Of STUN and TURN servers, where none is given."""

MAX_USER: Final = 256
"""Bytes of the longest TURN user name; what the server adds to it has to fit into one packet with it."""


class IceCandidates(enum.IntFlag):
    """Which of our addresses the other side may learn and try, for the option `P2P_Transport_ICE_Enable`."""

    NONE = 0
    """None: no connection from peer to peer at all."""
    RELAY = 1
    """Those that TURN servers lend us: the other side never sees ours."""
    PRIVATE = 2
    """IPv4 addresses of the local network."""
    PUBLIC = 4
    """What STUN servers see us as, public IPv4 addresses of this machine, and all its IPv6 ones."""
    ALL = 0x7FFFFFFF
    """Any that there are: the default."""


@dataclass(frozen=True, slots=True)
class TurnServer:
    """A relay, and how it knows us. Neither the text of this object nor an error shows the password."""

    url: str
    """`turn:host:port` or `host:port`: UDP. An IPv6 address stands in brackets."""
    user: str = ""
    """The name to log in there with, at most 256 bytes of UTF-8; "" for an open server."""
    password: str = field(default="", repr=False)
    """The password, as the server has it."""

    def __post_init__(self) -> None:
        for name, value in (("url", self.url), ("user", self.user), ("password", self.password)):
            if not isinstance(value, str):
                raise TypeError(f"the {name} of a TurnServer must be a str, not {type(value).__name__}")
            if any("\ud800" <= sign <= "\udfff" for sign in value):
                raise ValueError(f"the {name} of a TurnServer has half a character in it: how was it decoded?")
            if name != "url" and ("," in value or "\0" in value):
                raise ValueError(
                    f"the {name} for {self.url} has a comma or a zero in it, "
                    "which GameNetworkingSockets cannot take: ask whoever runs the server for another one"
                )
        if bool(self.user) is not bool(self.password):
            raise ValueError(f"{self.url} has a user or a password alone: give both, or none for an open server")
        if (size := len(self.user.encode())) > MAX_USER:
            raise ValueError(f"the user for {self.url} has {size} bytes, and {MAX_USER} are the most")
        _host_and_port(self.url, "turn")


def ice_options(
    *,
    stun: Iterable[str] | None = None,
    turn: Iterable[TurnServer] | None = None,
    candidates: IceCandidates | None = None,
) -> dict[str, OptionValue]:
    """Options for a connection or listen socket, by Valve's names; what is None stays as it is. Looks names up.

    The TURN passwords stand in it as they are: keep it out of logs.

    Args:
        stun: `"stun:host:port"` or `"host:port"`, asked one after the other until one answers.
        turn: relays.
        candidates: which of our addresses may be told.

    Raises:
        InvalidAddress: a server that cannot be parsed or is not found.
        TypeError: not what is asked for.
    """
    given: dict[str, OptionValue] = {}
    if stun is not None:
        given["P2P_STUN_ServerList"] = ",".join(at for url in _several(stun, "stun") for at in look_up(url, "stun"))
    if turn is not None:
        rows = [row for server in _several(turn, "turn") for row in _turn_rows(server)]
        known = any(user for _, user, _ in rows)  # where nobody is known to any server, the other two lists are empty
        given["P2P_TURN_UserList"] = ",".join(user for _, user, _ in rows) if known else ""
        given["P2P_TURN_PassList"] = ",".join(password for _, _, password in rows) if known else ""
        given["P2P_TURN_ServerList"] = ",".join(at for at, _, _ in rows)
    if candidates is not None:
        if not isinstance(candidates, IceCandidates):
            raise TypeError(f"candidates must be IceCandidates, not {type(candidates).__name__}")
        given["P2P_Transport_ICE_Enable"] = int(candidates)
    return given


def _turn_rows(server: object) -> list[tuple[str, str, str]]:
    """Address, user and password for each address that a relay's name has."""
    if not isinstance(server, TurnServer):
        raise TypeError(f"turn takes TurnServer(…)s, not {type(server).__name__}")
    return [(at, server.user, server.password) for at in look_up(server.url, "turn")]


def _several(values: object, name: str) -> list[object]:
    if isinstance(values, (str, bytes, TurnServer, Mapping)) or not isinstance(values, Iterable):
        raise TypeError(f"{name} takes a list of servers, not one {type(values).__name__}: put it into [ ]")
    return list(values)


def _host_and_port(url: object, scheme: str) -> tuple[str, int]:
    """Where a server is.

    Raises:
        TypeError: it is no str.
        InvalidAddress: it cannot be parsed, or cannot be reached by what GameNetworkingSockets speaks.
    """
    good = (
        f"write it as in '{scheme}:{scheme}.example.org:{DEFAULT_PORT}', '192.0.2.1:{DEFAULT_PORT}' or '[2001:db8::1]'"
    )
    if not isinstance(url, str):
        raise TypeError(f"a {scheme.upper()} server must be a str, not {type(url).__name__}: {good}")
    named, _, rest = url.strip().partition(":")
    if named in ("stuns", "turns"):
        raise InvalidAddress(f"{url!r}: GameNetworkingSockets speaks to its servers over UDP only, without TLS; {good}")
    if named in ("stun", "turn") and named != scheme:
        raise InvalidAddress(f"{url!r} is no {scheme.upper()} server; {good}")
    where, asked, how = (rest if named == scheme else url.strip()).partition("?")
    if asked and how != "transport=udp":
        raise InvalidAddress(f"{url!r}: GameNetworkingSockets takes nothing behind the port but ?transport=udp; {good}")
    host, port = _split(where)
    if not host or any(sign.isspace() or sign in ",/\0" for sign in host):
        raise InvalidAddress(f"{url!r} names no host; {good}")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidAddress(f"{port!r} in {url!r} is no port from 1 to 65535; {good}")
    return host, int(port)


def _split(where: str) -> tuple[str, str]:
    """Host and port of `host`, `host:port`, `[ipv6]`, `[ipv6]:port` or a bare IPv6 address."""
    if where.startswith("["):
        host, _, rest = where[1:].partition("]")
        return host, rest[1:] if rest.startswith(":") else rest or str(DEFAULT_PORT)
    if where.count(":") > 1:
        return where, str(DEFAULT_PORT)
    host, colon, port = where.partition(":")
    return host, port if colon else str(DEFAULT_PORT)


def look_up(url: object, scheme: str) -> list[str]:
    """The addresses of a server, `ip:port` each, as the system orders them."""
    host, port = _host_and_port(url, scheme)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise InvalidAddress(f"{scheme.upper()} server {url!r} is not found: {error}") from None
    ips = dict.fromkeys(ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found)
    return [f"[{ip}]:{port}" if ip.version == 6 else f"{ip}:{port}" for ip in ips]
