"""STUN: telling somebody which address and port their packets come from (RFC 5389, the Binding method alone).

It is our own because GameNetworkingSockets puts an attribute into its request that coturn answers with an error 420.
By the RFC that is right; we look at no attribute at all. Without attributes to answer, an answer is 32 bytes for IPv4
and 44 for IPv6: of no use to who wants to flood somebody else with more than they send themselves.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import selectors
import socket
import struct
import threading
from typing import Final

from ..errors import AddressInUse
from ..sockets.address import parse_address

COOKIE: Final = 0x2112A442
REQUEST, RESPONSE, ERROR = 0x0001, 0x0101, 0x0111
XOR_MAPPED_ADDRESS: Final = 0x0020
HEADER: Final = struct.Struct("!HHI12s")
"""Kind, length of what follows, cookie, transaction."""
LONGEST: Final = 548
"""Bytes of a request: what passes every way on IPv4 in one packet."""

_ATTRIBUTE: Final = struct.Struct("!HH")
_AT_ONCE: Final = 64


def answer(request: bytes, host: str, port: int) -> bytes | None:
    """What to say to a packet; None when it is no Binding request. Total: any bytes will do.

    Args:
        host: the IP address that it came from; an IPv4 one in IPv6's clothes is told as what it is.
        port: and the port.
    """
    if not HEADER.size <= len(request) <= LONGEST:
        return None
    kind, length, cookie, transaction = HEADER.unpack_from(request)
    if (kind, length, cookie) != (REQUEST, len(request) - HEADER.size, COOKIE) or not _well_formed(request):
        return None
    body = _mapped(host, port, transaction)
    return HEADER.pack(RESPONSE, len(body), COOKIE, transaction) + body


def _well_formed(request: bytes) -> bool:
    """Whether its attributes fill it exactly, each padded to four bytes."""
    at = HEADER.size
    while at + _ATTRIBUTE.size <= len(request):
        _, length = _ATTRIBUTE.unpack_from(request, at)
        at += _ATTRIBUTE.size + (length + 3 & ~3)
    return at == len(request)


def _mapped(host: str, port: int, transaction: bytes) -> bytes:
    """The attribute that tells an address, mixed with what routers do not know, so that none rewrites it."""
    ip = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    mask = struct.pack("!I", COOKIE) + transaction
    told = bytes(a ^ b for a, b in zip(ip.packed, mask, strict=False))
    family = 1 if ip.version == 4 else 2
    value = struct.pack("!BBH", 0, family, port ^ COOKIE >> 16) + told
    return _ATTRIBUTE.pack(XOR_MAPPED_ADDRESS, len(value)) + value


def ask(transaction: bytes) -> bytes:
    """A Binding request; `transaction` are 12 bytes that nobody foresees."""
    return HEADER.pack(REQUEST, 0, COOKIE, transaction)


def answers(packet: bytes, transaction: bytes) -> bool:
    """Whether a packet is what a STUN server says to that request, be it an error: it is there."""
    if len(packet) < HEADER.size:
        return False
    kind, _, cookie, same = HEADER.unpack_from(packet)
    return (cookie, same) == (COOKIE, transaction) and kind in (RESPONSE, ERROR)


class Responder:
    """Answers on a UDP port, from a thread of its own: who measures it should not wait for a pump."""

    def __init__(self, address: str) -> None:
        """Open it.

        Args:
            address: as in "[::]:27021", which is IPv4 as well; port 0 is any free one.

        Raises:
            InvalidAddress: it cannot be parsed.
            AddressInUse: somebody else has that port.
            OSError: this machine has no such address.
        """
        host, _, port = parse_address(address).rpartition(":")
        self._socket = _bound(host.strip("[]"), int(port))
        self.port: int = self._socket.getsockname()[1]
        """The one that was really taken."""
        self._wake, self._asleep = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="gamenet stun", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more. May be called twice."""
        self._wake.close()
        self._thread.join()

    def _run(self) -> None:
        with self._socket, self._asleep, selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._asleep, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._asleep in ready:
                    return
                self._answer_waiting()

    def _answer_waiting(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                request, sender = self._socket.recvfrom(LONGEST + 1)
            except OSError:  # nothing more; or an answer of before could not be delivered
                return
            response = answer(request, *sender[:2])
            if response is not None:
                with contextlib.suppress(OSError):
                    self._socket.sendto(response, sender)


def _bound(host: str, port: int) -> socket.socket:
    """A socket there; "::" is every interface, where there is no IPv6 those of IPv4."""
    six = ":" in host
    if host == "::" and not _has_ipv6():
        host, six = "0.0.0.0", False
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if six:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.setblocking(False)
        made.bind((host, port))
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(f"UDP port {port}, which is to answer STUN, is in use by somebody else") from None
        raise
    return made


def _has_ipv6() -> bool:
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return socket.has_ipv6
