"""Addresses and identities as text."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gamenet.errors import InvalidAddress

from .arguments import utf8

_GOOD = "write it as in '127.0.0.1:27015', '[::1]:27015' or, to listen on every interface, '[::]:27015'"


def parse_address(text: object, name: str = "address") -> str:
    """`text` as `ip:port` or `[ipv6]:port`, in its usual spelling.

    Raises:
        TypeError: it is no str.
        InvalidAddress: it is no numeric address with a port from 0 to 65535; names of hosts are not looked up here.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}: {_GOOD}")
    host, colon, port = text.strip().rpartition(":")
    if not colon or not host:
        raise InvalidAddress(f"{text!r} has no port: {_GOOD}")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise InvalidAddress(f"{port!r} in {text!r} is no port from 0 to 65535: {_GOOD}")
    return f"{_parse_host(host, text)}:{int(port)}"


def _parse_host(host: str, text: str) -> str:
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        ip = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        raise InvalidAddress(f"{host!r} in {text!r} is no IP address (names are not looked up here): {_GOOD}") from None
    if bracketed is not (ip.version == 6):
        raise InvalidAddress(f"{text!r}: an IPv6 address stands in brackets, an IPv4 address does not; {_GOOD}")
    if "%" in str(ip):
        raise InvalidAddress(f"{text!r}: GameNetworkingSockets takes no zone behind an IPv6 address; {_GOOD}")
    return f"[{ip}]" if ip.version == 6 else str(ip)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, in Valve's spelling: `str:alice`, `ip:192.0.2.1:2000`, `steamid:7656…`.

    Equal when the text is.

    Raises:
        TypeError: it is no str.
        InvalidAddress: it has no kind, colon and name, or the name is none of that kind.
    """

    text: str
    """Kind, colon and name."""

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(f"an identity must be a str as in 'str:alice', not {type(self.text).__name__}")
        if not (self.kind and self.name and _NAMES.get(self.kind, bool)(self.name)):
            raise InvalidAddress(
                f"{self.text!a:.80} is no identity: write it as in 'str:alice' (at most 31 bytes), 'ip:192.0.2.1' or "
                "'steamid:76561197960287930'"
            )

    @property
    def kind(self) -> str:
        """What stands before the colon: `str`, `ip`, `steamid`, `gen` …"""
        return self.text.partition(":")[0]

    @property
    def name(self) -> str:
        """What stands behind the colon."""
        return self.text.partition(":")[2]

    def __str__(self) -> str:
        return self.text


def _is_short(name: str) -> bool:
    return len(name.encode(errors="replace")) <= 31 and "\0" not in name


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        try:
            parse_address(name)
        except InvalidAddress:
            return False
    return True


def _is_steam(name: str) -> bool:
    return name.isascii() and name.isdigit()


_NAMES: Final[dict[str, Callable[[str], bool]]] = {"str": _is_short, "ip": _is_ip, "steamid": _is_steam}
"""Whether a name can be one of its kind, where the kind is known."""


def told_identity(text: str) -> Identity:
    """As the library writes it, which may know more kinds and names than are known here: it is not looked at."""
    made = object.__new__(Identity)
    object.__setattr__(made, "text", text)
    return made


def identity_bytes(identity: object, name: str = "identity") -> bytes:
    """`identity`, an `Identity` or a str, for C; whether it is a good one, native code knows.

    Raises:
        TypeError: it is neither.
        InvalidAddress: it is no text that C can have.
    """
    if isinstance(identity, (str, Identity)):
        return utf8(str(identity), name, InvalidAddress)
    raise TypeError(f"{name} must be a str as in 'str:alice' or an Identity, not {type(identity).__name__}")
