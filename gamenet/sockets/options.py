"""Options of connections and listen sockets, under Python names and Valve's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, TypeAlias

from gamenet._bridge import ffi
from gamenet.errors import InvalidOption, UnknownOption

from . import catalogue
from .arguments import advising
from .catalogue import OptionInfo, OptionValue, find, require_scope, require_settable
from .info import text


def _in_a_mapping(name: str) -> str:
    """What to do about one of Valve's names where a field's is wanted."""
    plain = name.removeprefix(catalogue.PREFIX)
    field = next((field for field, valve in VALVE.items() if valve == plain), None)
    if field is not None:
        return f"the nearest is {field!r}, or give all in a mapping: {{{plain!r}: …}}"
    # Valve's begin with a capital, fields do not: which of them exist is known where the library is open.
    return f"give all in a mapping with Valve's own names: {{{plain!r}: …}}" if plain[:1].isupper() else ""


@advising(UnknownOption, _in_a_mapping)
@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What may be set when a connection or listen socket is made. What is None stays as the library has it.

    A listen socket's options become those of the connections that come in on it.
    """

    timeout_initial: int | None = None
    """Milliseconds until an attempt to connect is given up. 10,000."""
    timeout_connected: int | None = None
    """Milliseconds until a connection counts as lost, from the first question that stays without an answer. A reliable
    message is one; where none is sent, the library asks after ten seconds of silence. Four must stay without. How soon
    that is in all: docs/sockets/connections.md. 10,000."""
    send_buffer_size: int | None = None
    """Bytes that may wait to be sent; beyond, sending gives `Result.LIMIT_EXCEEDED`. From 4,096; 524,288."""
    send_rate_min: int | None = None
    """Bytes a second that the estimate of the link never goes below. From 1,024; 262,144."""
    send_rate_max: int | None = None
    """Bytes a second that the estimate of the link never goes above. 262,144; raise both for bulk."""
    nagle_time: int | None = None
    """Microseconds that a small message waits for company. At most 20,000; 5,000."""
    ip_allow_without_auth: int | None = None
    """0: the other side must prove who it is, by a certificate of an authority that is trusted here, see
    docs/sockets/authentication.md. 1: it should, and whoever connects needs a certificate. 2, the default: it need not.
    For P2P as for IP, and for peers on this machine too. Not for players to change."""
    mtu_packet_size: int | None = None
    """Bytes of the biggest UDP payload. From 200 to 1,300; 1,300."""
    unencrypted: int | None = None
    """0: encrypted always. 1: plain allowed. 2: plain preferred. 3: plain required. 0; not for players to change."""
    symmetric_connect: bool | None = None
    """Two peers may connect to each other at once and get one connection. False."""
    local_virtual_port: int | None = None
    """The local port of a symmetric connection where it is to differ from the remote one. -1: the same."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if (value := getattr(self, field.name)) is not None:
                _check_field(field.name, value)
        _check_rates(self.send_rate_min, self.send_rate_max, "send_rate_min", "send_rate_max")


VALVE: Final[dict[str, str]] = {
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

TAKES: Final[dict[str, tuple[int, int]]] = {
    "timeout_initial": (0, 2**31 - 1),
    "timeout_connected": (0, 2**31 - 1),
    "send_buffer_size": (4096, 2**28),
    "send_rate_min": (1024, 2**28),
    "send_rate_max": (1024, 2**28),
    "nagle_time": (0, 20_000),
    "ip_allow_without_auth": (0, 2),
    "mtu_packet_size": (200, 1300),
    "unencrypted": (0, 3),
    "local_virtual_port": (-1, 2**31 - 1),
}
"""The lowest and highest that each field takes: the library's own ranges."""


def _check_field(name: str, value: object) -> None:
    if name == "symmetric_connect":
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, not {value!r:.40}")
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    low, high = TAKES[name]
    if not low <= value <= high:
        raise InvalidOption(f"{name} must be from {low} to {high}, not {value}")


def _check_rates(lowest: object, highest: object, low_name: str, high_name: str) -> None:
    """The library takes the higher of them for both without a word."""
    if isinstance(lowest, int) and isinstance(highest, int) and lowest > highest:
        raise InvalidOption(
            f"{low_name} {lowest} is above {high_name} {highest}: give {high_name} at least as much, or the same"
        )


AnyOptions: TypeAlias = "Options | Mapping[str, OptionValue] | None"
"""`Options(nagle_time=0)`, or a mapping with any of Valve's own names: `{"NagleTime": 0}`."""

_WHOLE: Final[dict[str, tuple[int, int]]] = {"int32": (catalogue.INT32, 32), "int64": (catalogue.INT64, 64)}
_WORDS: Final = {"int32": "a whole number", "int64": "a whole number", "float": "a number", "string": "a text"}
_BIGGEST: Final = 3.4028234663852886e38  # of 32-bit floats


def named(options: AnyOptions) -> dict[str, OptionValue]:
    """The options that are set, by Valve's name.

    Raises:
        TypeError: neither Options nor a mapping with str keys.
    """
    if options is None:
        return {}
    if isinstance(options, Options):
        given = {VALVE[field.name]: getattr(options, field.name) for field in fields(options)}
        return {name: value for name, value in given.items() if value is not None}
    if isinstance(options, Mapping) and all(isinstance(name, str) for name in options):
        return dict(options)
    raise TypeError(f'options must be Options(…), a mapping as in {{"NagleTime": 0}} or None, not {options!r:.60}')


class Settings(NamedTuple):
    """Options as native code takes them. `texts` are what `array` points to: keep both until the call is over."""

    array: Any
    length: int
    texts: list[Any]


def settings(options: AnyOptions, known: Mapping[str, OptionInfo], *, by_address: bool = False) -> Settings:
    """The options as native settings, to make a connection or listen socket with.

    Args:
        by_address: for one that symmetric connections cannot be.

    Raises:
        UnknownOption, InvalidOption, TypeError: no such option, a value that it does not take, or one of another type.
    """
    given = named(options)
    plain = {name.removeprefix(catalogue.PREFIX): value for name, value in given.items()}
    _check_rates(plain.get("SendRateMin"), plain.get("SendRateMax"), "SendRateMin", "SendRateMax")
    array, texts = ffi.new("GnSetting[]", len(given)), []
    for native, (name, value) in zip(array, given.items(), strict=True):
        info = find(name, known)
        require_scope(info)
        if by_address and info.name == "SymmetricConnect" and value:
            raise InvalidOption("option SymmetricConnect is for peer to peer (connect_p2p), not by address")
        texts.append(fill(native, value, info))
    return Settings(array, len(given), texts)


def fill(native: Any, value: object, info: OptionInfo) -> Any:
    """Writes one option into a `GnSetting`; what is returned must live as long as it."""
    require_settable(info)
    native.id, kept = info.id, None
    if info.kind in _WHOLE and isinstance(value, int):
        native.kind, bits = _WHOLE[info.kind]
        _check_range(value, info, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        native.integer = value
    elif info.kind == "float" and isinstance(value, (int, float)):
        _check_range(value, info, -_BIGGEST, _BIGGEST)
        native.kind, native.real = catalogue.FLOAT, value
    elif info.kind == "string" and isinstance(value, str):
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):  # not shown: it may be a password
            raise InvalidOption(f"option {info.name} cannot hold a text with a zero byte or half a character in it")
        native.kind, native.text = catalogue.STRING, (kept := ffi.new("char[]", value.encode()))
    else:
        raise TypeError(f"option {info.name} holds {_WORDS[info.kind]}, not {type(value).__name__}")
    return kept


def _check_range(value: float, info: OptionInfo, lowest: OptionValue, highest: OptionValue) -> None:
    """The library takes the nearest number in its range without a word; here it is refused. NaN is in no range."""
    low, high = (lowest, highest) if info.lowest is None or info.highest is None else (info.lowest, info.highest)
    if not low <= value <= high:  # type: ignore[operator]
        raise InvalidOption(f"option {info.name} takes {low} to {high}, not {value}")


def read(native: Any, buffer: Any) -> OptionValue:
    """The value that a `GnSetting` holds; `buffer` has the text when it is one."""
    if native.kind == catalogue.STRING:
        return text(buffer)
    return float(native.real) if native.kind == catalogue.FLOAT else int(native.integer)
