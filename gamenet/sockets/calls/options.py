"""Options of the library, of its listen sockets and of its connections."""

from __future__ import annotations

from dataclasses import replace

from gamenet._bridge import check, ffi

from .. import options as _options
from ..catalogue import OptionInfo, OptionValue, find, require_scope, require_settable
from ..fake import FakeNetwork, global_options
from ..handles import Connection, ListenSocket, handle
from .base import Calls

_GLOBAL, _LISTEN_SOCKET, _CONNECTION = 1, 3, 4


class OptionCalls(Calls):
    def set_option(self, name: str, value: OptionValue | None, of: Connection | ListenSocket | None = None) -> None:
        """Sets an option by Valve's name, as in `"NagleTime"`; see docs/sockets/options.md for all of them.

        Args:
            value: None goes back to what holds one step further out, for the library to Valve's default.
            of: one connection, or a listen socket and what comes in there, or with None the whole library. Connections
                follow their listen socket, and that the library, in what was not set for themselves, also later on.

        Raises:
            UnknownOption: there is none; the message names the nearest.
            InvalidOption: a value that it does not take; or it is the whole library's; or it can be given only when the
                connection or listen socket is made.
            TypeError: a value of another type.
            NotAuthenticated: a listen socket is to demand proofs, and no authority is trusted that could vouch for one.
            InvalidHandle: no such connection or listen socket (any more).
        """
        info = find(name, self._options())
        require_settable(info)
        kind, number = _target(of, info)
        if value is None:
            check(self._lib.gn_sockets_clear_option(kind, number, info.id))
            return
        native = ffi.new("GnSetting *")
        kept = _options.fill(native, value, info)
        check(self._lib.gn_sockets_set_option(kind, number, native))
        del kept  # the text that the setting pointed to

    def get_option(self, name: str, of: Connection | ListenSocket | None = None) -> OptionValue:
        """The value in force: of one connection, of a listen socket, or for those to come.

        Raises:
            UnknownOption, InvalidOption: there is none, or it is the whole library's and `of` is not None.
            InvalidHandle: no such connection or listen socket (any more).
        """
        info = find(name, self._options())
        if of is not None:
            require_scope(info, "get_option({!r}) reads it")
        return self._value(info, *_target(of, info))

    def list_options(self, of: Connection | ListenSocket | None = None) -> list[OptionInfo]:
        """All options with what they hold, take and are now, by name; with `of`, those that it can have of its own."""
        found = (info for info in self._options().values() if info.kind != "function")
        shown = [info for info in found if of is None or info.scope == "connection"]
        return [replace(info, value=self._value(info, *_target(of, info))) for info in sorted(shown, key=_by_name)]

    def _value(self, info: OptionInfo, kind: int, number: int) -> OptionValue:
        if info.kind == "function":
            require_settable(info)
        native, size = ffi.new("GnSetting *"), 256
        while True:
            buffer = ffi.new("char[]", size)
            length = check(self._lib.gn_sockets_get_option(kind, number, info.id, native, buffer, size))
            if length < size:
                return _options.read(native, buffer)
            size = length + 1

    def simulate(self, fake: FakeNetwork) -> None:
        """Makes the network of this whole process as bad as that, from now on; `FakeNetwork()` ends it."""
        if not isinstance(fake, FakeNetwork):
            raise TypeError(f"fake must be a FakeNetwork, not {type(fake).__name__}")
        for name, value in global_options(fake).items():
            self.set_option(name, value)


def _by_name(info: OptionInfo) -> str:
    return info.name.lower()


def _target(of: Connection | ListenSocket | None, info: OptionInfo) -> tuple[int, int]:
    """What native code calls the scope, and the handle."""
    if of is None:
        return _GLOBAL, 0
    number = (_LISTEN_SOCKET, of.handle) if isinstance(of, ListenSocket) else (_CONNECTION, handle(of, "connection"))
    require_scope(info)
    return number
