"""Where the local network is asked: a multicast group of each IP version, on every interface and on loopback.

    who looks   a socket for each version, on any port: sends to the group on each interface, hears the answers
    who hosts   one at the group's port, which any number of programs share; and one that answers, from the address at
                which the game listens

No socket ever blocks. An interface that cannot, an IP version that a machine does not have, a packet that the system
refuses to send: each is passed over, as long as anything is left. Loopback is asked over IPv4, which it always has.

The IPv6 group is of site scope, though its packets go no further than the link: to an address of that scope a machine
sends from an address that others can connect to, and only then the game can be reached where the answer came from
(an address of the link alone needs the name of an interface with it, which GameNetworkingSockets cannot take).

Source: RFC 2365 (administratively scoped groups), RFC 6724 section 5 rule 2 (source addresses), RFC 3307 (group ids).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

PORT: Final = 27115
V4, V6 = socket.AF_INET, socket.AF_INET6
GROUPS: Final[dict[int, str]] = {V4: "239.255.71.15", V6: "ff15::8000:6e67"}
NO_NETWORK: Final = "there is no network"

_LONGEST: Final = 2048
_AT_ONCE: Final = 256
"""Packets that one look takes; what is beyond comes with the next."""

Place = tuple[Any, ...]
"""An address as the system's sockets have it."""


class Heard(NamedTuple):
    data: bytes
    host: str
    """The sender's, as addresses have it: IPv6 in brackets."""
    place: Place
    """The sender's, to answer to."""


class Asking(Protocol):
    """Who looks."""

    def ask(self, data: bytes) -> str:
        """To everybody. Returns why nobody can have heard it, or ""."""

    def receive(self) -> list[Heard]:
        """The answers."""

    def close(self) -> None: ...


class Answering(Protocol):
    """Who hosts."""

    def refresh(self) -> None:
        """Networks come and go: hear those that are new, too."""

    def receive(self) -> list[Heard]:
        """The questions."""

    def answer(self, data: bytes, place: Place) -> None: ...

    def close(self) -> None: ...


class Interface(NamedTuple):
    number: int
    loopback: bool


class AskingSockets:
    """See `Asking`."""

    def __init__(self) -> None:
        """
        Raises:
            OSError: there is no socket to be had.
        """
        self._sockets = _each(GROUPS, _open_any)
        self._loopback: dict[int, socket.socket] = {}
        with suppress(OSError):  # bound, because a packet on loopback has else another interface's address, or none
            self._loopback[V4] = _open_any(V4, "127.0.0.1")

    def ask(self, data: bytes) -> str:
        sent, problem = False, NO_NETWORK
        for interface in interfaces():
            for version, its in (self._loopback if interface.loopback else self._sockets).items():
                try:
                    _speak_on(its, version, interface.number)
                    its.sendto(data, (GROUPS[version], PORT))
                    sent = True
                except OSError as refused:
                    problem = refused.strerror or str(refused)
        return "" if sent else problem

    def receive(self) -> list[Heard]:
        return _receive(*self._loopback.values(), *self._sockets.values())

    def close(self) -> None:
        _close(*self._loopback.values(), *self._sockets.values())


class AnsweringSockets:
    """See `Answering`."""

    def __init__(self, listening: str) -> None:
        """
        Args:
            listening: the IP address at which the game listens, "[::]" for all.

        Raises:
            OSError: there is no socket to be had, or no interface that can.
        """
        address = ipaddress.ip_address(listening.strip("[]"))
        own = "" if address.is_unspecified else str(address)
        self._only_loopback = address.is_loopback
        self._joined: set[tuple[int, int]] = set()
        self._mouths = _each([version for version in GROUPS if _listens(address, version)], _open_any, own)
        self._ears: dict[int, socket.socket] = {}
        try:
            self._ears = _each(self._mouths, _open_shared)
            self.refresh()
            if not self._joined:
                raise OSError(NO_NETWORK)
        except OSError:
            self.close()
            raise

    def refresh(self) -> None:
        for interface in interfaces(only_loopback=self._only_loopback):
            for version, its in self._ears.items():
                if (version, interface.number) not in self._joined:
                    with suppress(OSError):
                        _join(its, version, interface.number)
                        self._joined.add((version, interface.number))

    def receive(self) -> list[Heard]:
        return _receive(*self._ears.values())

    def answer(self, data: bytes, place: Place) -> None:
        mouth = self._mouths.get(V4 if len(place) == 2 else V6)
        if mouth is not None:
            with suppress(OSError):
                mouth.sendto(data, place)

    def close(self) -> None:
        _close(*self._ears.values(), *self._mouths.values())


def interfaces(*, only_loopback: bool = False) -> list[Interface]:
    """Those that may be used, loopback first; $GAMENET_LAN narrows them to "loopback" or to none, "off".

    Every system that Python has `if_nameindex` for gives its loopback a name that begins with "lo".
    """
    allowed = os.environ.get("GAMENET_LAN", "")
    if allowed == "off":
        return []
    there = sorted((not name.startswith("lo"), number) for number, name in socket.if_nameindex())
    found = [Interface(number, not other) for other, number in there]
    return [each for each in found if each.loopback or not (only_loopback or allowed == "loopback")]


# ------------------------------------------------------------------------------------------------------------- sockets


def _each(versions: Iterable[int], open_one: Callable[..., socket.socket], *said: str) -> dict[int, socket.socket]:
    """A socket of each of these IP versions that this machine has; raises OSError when it has none of them."""
    opened: dict[int, socket.socket] = {}
    problem = OSError(NO_NETWORK)
    for version in versions:
        try:
            opened[version] = open_one(version, *said)
        except OSError as refused:
            problem = refused
    if not opened:
        raise problem
    return opened


def _listens(address: ipaddress.IPv4Address | ipaddress.IPv6Address, version: int) -> bool:
    """Whether a game at that address can be reached over that IP version: at "::" it is over both."""
    own = V4 if address.version == 4 else V6
    return version == own or (address.version == 6 and address.is_unspecified)


def _open_any(version: int, address: str = "") -> socket.socket:
    return _open(version, address, 0, shared=False)


def _open_shared(version: int) -> socket.socket:
    """Bound to the group it hears what is said to the group alone; Windows cannot do that."""
    return _open(version, "" if sys.platform == "win32" else GROUPS[version], PORT, shared=True)


def _open(version: int, address: str, port: int, *, shared: bool) -> socket.socket:
    its = socket.socket(version, socket.SOCK_DGRAM)
    try:
        its.setblocking(False)
        if version == V6:
            its.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            _share(its)
        its.bind((address, port))
    except OSError:
        its.close()
        raise
    return its


def _share(its: socket.socket) -> None:
    """Several programs hear the group on one machine. Linux and Windows take one option, the BSDs and macOS two."""
    its.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform not in ("linux", "win32"):
        its.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def _speak_on(its: socket.socket, version: int, interface: int) -> None:
    if version == V6:
        its.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface)
    else:
        its.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _v4_membership(bytes(4), interface))


def _join(its: socket.socket, version: int, interface: int) -> None:
    group = socket.inet_pton(version, GROUPS[version])
    if version == V6:
        its.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack("=16sI", group, interface))
    else:
        its.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _v4_membership(group, interface))


def _v4_membership(group: bytes, interface: int) -> bytes:
    """Group and interface as the system takes them: `ip_mreqn`, or on Windows an address 0.x.x.x with the number."""
    if sys.platform != "win32":
        return struct.pack("=4s4xI", group, interface)
    return (group if any(group) else b"") + struct.pack("!I", interface)


def _receive(*sockets: socket.socket) -> list[Heard]:
    return [Heard(data, _host(place), place) for its in sockets for data, place in _packets(its)]


def _packets(its: socket.socket) -> list[tuple[bytes, Place]]:
    taken: list[tuple[bytes, Place]] = []
    for _ in range(_AT_ONCE):
        try:
            taken.append(its.recvfrom(_LONGEST))
        except ConnectionResetError:  # Windows: what was sent earlier reached nobody
            continue
        except OSError:
            break
    return taken


def _host(place: Place) -> str:
    return f"[{place[0]}]" if ":" in place[0] else str(place[0])


def _close(*sockets: socket.socket) -> None:
    for its in sockets:
        its.close()
