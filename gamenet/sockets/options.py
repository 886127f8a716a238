"""Options of connections and listen sockets, under Python names and Valve's."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, TypeAlias

from gamenet._bridge import check, ffi, lib
from gamenet.errors import UnknownOption

from .info import text

OptionValue: TypeAlias = "int | float | str"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What may be set when a connection or listen socket is made. What is None stays as the library has it.

    A listen socket's options become those of the connections that come in on it.
    """

    timeout_initial: int | None = None
    """Milliseconds until an attempt to connect is given up. 10,000."""
    timeout_connected: int | None = None
    """Milliseconds of silence until a connection counts as lost. 10,000."""
    send_buffer_size: int | None = None
    """Bytes that may wait to be sent; beyond, sending gives `Result.LIMIT_EXCEEDED`. 524,288."""
    send_rate_min: int | None = None
    """Bytes a second that the estimate of the link never goes below. 262,144."""
    send_rate_max: int | None = None
    """Bytes a second that the estimate of the link never goes above. 262,144; raise both for bulk."""
    nagle_time: int | None = None
    """Microseconds that a small message waits for company. 5,000."""
    ip_allow_without_auth: int | None = None
    """0: the other side must prove who it is, by a certificate of an authority that is trusted here (docs/sockets/
    authentication.md). 1: it should, and whoever connects needs a certificate. 2, the default: it need not. For P2P as
    for IP, and for peers on this machine too. Not for players to change."""
    mtu_packet_size: int | None = None
    """Bytes of the biggest UDP payload. 1,300."""
    unencrypted: int | None = None
    """0: encrypted always. 1: plain allowed. 2: plain preferred. 3: plain required. 0; not for players to change."""
    symmetric_connect: bool | None = None
    """Two peers may connect to each other at once and get one connection. False."""
    local_virtual_port: int | None = None
    """The local port of a symmetric connection where it is to differ from the remote one. -1: the same."""


_VALVE: Final[dict[str, str]] = {
    "timeout_initial": "TimeoutInitial",
    "timeout_connected": "TimeoutConnected",
    "send_buffer_size": "SendBufferSize",
    "send_rate_min": "SendRateMin",
    "send_rate_max": "SendRateMax",
    "nagle_time": "NagleTime",
    "ip_allow_without_auth": "IP_AllowWithoutAuth",
    "mtu_packet_size": "MTU_PacketSize",
    "unencrypted": "Unencrypted",
    "symmetric_connect": "SymmetricConnect",
    "local_virtual_port": "LocalVirtualPort",
}

AnyOptions: TypeAlias = "Options | Mapping[str, OptionValue] | None"
"""`Options(nagle_time=0)`, or a mapping with any of Valve's own names: `{"NagleTime": 0}`."""

INT, FLOAT, STRING = 1, 3, 4
_KINDS: Final[dict[int, str]] = {INT: "a whole number", FLOAT: "a number", STRING: "a text"}


class Described(NamedTuple):
    """An option that exists: Valve's number for it and what it holds (`INT`, `FLOAT`, `STRING`)."""

    id: int
    kind: int


def known_options() -> dict[str, Described]:
    """Every option of the open library, by Valve's name."""
    count = check(lib.gn_sockets_options(ffi.NULL, 0))
    rows = ffi.new("GnOption[]", count)
    check(lib.gn_sockets_options(rows, count))
    return {text(row.name): Described(row.id, row.kind) for row in rows}


def named(options: AnyOptions) -> dict[str, OptionValue]:
    """The options that are set, by Valve's name.

    Raises:
        TypeError: neither Options nor a mapping with str keys.
    """
    if options is None:
        return {}
    if isinstance(options, Options):
        given = {_VALVE[field.name]: getattr(options, field.name) for field in fields(options)}
        return {name: value for name, value in given.items() if value is not None}
    if isinstance(options, Mapping) and all(isinstance(name, str) for name in options):
        return dict(options)
    raise TypeError(f'options must be Options(…), a mapping as in {{"NagleTime": 0}} or None, not {options!r:.60}')


def find(name: str, known: Mapping[str, Described]) -> Described:
    """The option called `name`.

    Raises:
        UnknownOption: there is none; the message names the nearest.
    """
    if (found := known.get(name)) is not None:
        return found
    raise UnknownOption(f"GameNetworkingSockets has no option {name!r}; the nearest is {nearest(name, known)!r}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like `name`, capitals and underscores aside."""
    plain = {valve.replace("_", "").lower(): valve for valve in known}
    close = difflib.get_close_matches(name.replace("_", "").lower(), plain, n=1, cutoff=0.0)
    return plain[close[0]]


class Settings(NamedTuple):
    """Options as native code takes them. `texts` are what `array` points to: keep both until the call is over."""

    array: Any
    length: int
    texts: list[Any]


def settings(options: AnyOptions, known: Mapping[str, Described]) -> Settings:
    """The options as native settings.

    Raises:
        UnknownOption, TypeError, ValueError: no such option, a value of the wrong type, or too big.
    """
    given = named(options)
    array, texts = ffi.new("GnSetting[]", len(given)), []
    for native, (name, value) in zip(array, given.items(), strict=True):
        texts.append(fill(native, name, value, find(name, known)))
    return Settings(array, len(given), texts)


def fill(native: Any, name: str, value: object, described: Described) -> Any:
    """Writes one option into a `GnSetting`; what is returned must live as long as it."""
    native.id, native.kind, kept = described.id, described.kind, None
    if described.kind == INT and isinstance(value, int):
        if not -(2**31) <= value < 2**31:
            raise ValueError(f"option {name} cannot hold {value}: at most {2**31 - 1}")
        native.integer = value
    elif described.kind == FLOAT and isinstance(value, (int, float)):
        native.real = value
    elif described.kind == STRING and isinstance(value, str):
        native.text = kept = ffi.new("char[]", value.encode())
    else:
        raise TypeError(f"option {name} holds {_KINDS[described.kind]}, not {type(value).__name__}")
    return kept


def read(native: Any, buffer: Any) -> OptionValue:
    """The value that a `GnSetting` holds; `buffer` has the text when it is one."""
    if native.kind == INT:
        return int(native.integer)
    return float(native.real) if native.kind == FLOAT else text(buffer)
