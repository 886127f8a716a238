"""The library's own list of its options: what there is, what each holds and takes, where and when it can be set.

The names are Valve's, `k_ESteamNetworkingConfig_NagleTime`, with or without that prefix. None is ever guessed: a name
that is nearly right is refused with the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gamenet._bridge import check, ffi, lib
from gamenet.errors import InvalidOption, UnknownOption

from .arguments import nearest
from .info import text

OptionValue: TypeAlias = "int | float | str"
"""What an option can hold; which of them, its `OptionInfo.kind` says."""

PREFIX: Final = "k_ESteamNetworkingConfig_"

INT32, INT64, FLOAT, STRING, FUNCTION = 1, 2, 3, 4, 5
_KINDS: Final[dict[int, str]] = {INT32: "int32", INT64: "int64", FLOAT: "float", STRING: "string", FUNCTION: "function"}
_SCOPES: Final[dict[int, str]] = {1: "global", 4: "connection"}

FIXED: Final = frozenset(
    {
        "IPLocalHost_AllowWithoutAuth",
        "IP_AllowWithoutAuth",
        "P2P_Transport_ICE_Enable",
        "P2P_Transport_ICE_Implementation",
        "SymmetricConnect",
        "Unencrypted",
    }
)
"""What the library locks on a connection: from the start where this side connects, once accepted where it listens."""

_INSTEAD: Final[dict[str, str]] = {
    "Callback_ConnectionStatusChanged": "set `on_connection_changed` instead",
    "Callback_AuthStatusChanged": "set `on_authentication_status` instead",
    "Callback_CreateConnectionSignaling": "`signals()` and `receive_signal()` carry what it is for",
}
_STEAM_ONLY: Final = ("SDRClient_", "P2P_Transport_SDR_", "LogLevel_SDR", "DualWifi_", "EnableDiagnosticsUI")


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """One option of GameNetworkingSockets, as the open library describes it."""

    name: str
    """Valve's, without the prefix."""
    id: int
    """Valve's number."""
    kind: str
    """What it holds: `int32`, `int64`, `float` or `string`."""
    scope: str
    """`connection`: may be set for one connection or listen socket. `global`: the whole library's alone."""
    default: OptionValue
    """Valve's own."""
    value: OptionValue
    """What is in force: for the connection or listen socket that was asked about, else for those to come."""
    lowest: OptionValue | None = None
    """The lowest number that it takes; None where any will do."""
    highest: OptionValue | None = None
    """The highest."""
    fixed: bool = False
    """Must be given when a connection is made, or for all; afterwards it is locked."""
    read_only: bool = False
    """Follows from others."""


def known_options() -> dict[str, OptionInfo]:
    """Every option of the open library, by Valve's name."""
    count = check(lib.gn_sockets_options(ffi.NULL, 0))
    rows = ffi.new("GnOption[]", count)
    check(lib.gn_sockets_options(rows, count))
    return {info.name: info for info in map(_describe, rows)}


def _describe(row: Any) -> OptionInfo:
    name, number = text(row.name), float if row.kind == FLOAT else int
    default: OptionValue = text(row.text) if row.kind == STRING else row.real if row.kind == FLOAT else row.integer
    return OptionInfo(
        name=name,
        id=row.id,
        kind=_KINDS[row.kind],
        scope=_SCOPES[row.scope],
        default=default,
        value=default,
        lowest=number(row.lowest) if row.ranged else None,
        highest=number(row.highest) if row.ranged else None,
        fixed=name in FIXED,
        read_only=row.read_only,
    )


def find(name: str, known: Mapping[str, OptionInfo]) -> OptionInfo:
    """The option called `name`.

    Raises:
        TypeError: it is no str.
        UnknownOption: there is none; the message names the nearest.
    """
    if not isinstance(name, str):
        raise TypeError(f"an option's name must be a str, not {type(name).__name__}")
    plain = name.removeprefix(PREFIX)
    if (found := known.get(plain)) is not None:
        return found
    if plain.startswith(_STEAM_ONLY):
        raise UnknownOption(f"option {name!r} exists only in Steam's own library, not in the open one that is loaded")
    near = nearest(plain, known)
    advice = (
        f"the nearest is {near!r}" if near else "docs/sockets/options.md has all of them, and so has list_options()"
    )
    raise UnknownOption(f"GameNetworkingSockets has no option {name!r}; {advice}")


def require_settable(info: OptionInfo) -> None:
    """Raises `InvalidOption` for what nobody can set."""
    if info.kind == "function":
        instead = _INSTEAD.get(info.name, "its callback has no counterpart here")
        raise InvalidOption(f"option {info.name} holds a function of C, which Python cannot give: {instead}")
    if info.read_only:
        raise InvalidOption(f"option {info.name} can only be read: it follows from MTU_PacketSize")


def require_scope(info: OptionInfo, instead: str = "set_option({!r}, …) sets it") -> None:
    """Raises `InvalidOption` for what a connection or listen socket has not for itself; `instead` says what to call."""
    if info.scope == "global":
        raise InvalidOption(
            f"option {info.name} is the whole library's, not one connection's: {instead.format(info.name)}"
        )
