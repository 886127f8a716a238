"""Options of the library and of its connections."""

from __future__ import annotations

from gamenet._bridge import check, ffi

from .. import options as _options
from ..fake import FakeNetwork, global_options
from ..handles import Connection, handle
from ..options import OptionValue
from .base import Calls


class OptionCalls(Calls):
    def set_option(self, name: str, value: OptionValue, connection: Connection | None = None) -> None:
        """Sets an option by Valve's name, as in `"NagleTime"`: of one connection, or the default for all to come.

        Raises:
            UnknownOption: there is none; the message names the nearest.
            TypeError, ValueError: a value that it does not take.
            InvalidHandle: no such connection.
        """
        native = ffi.new("GnSetting *")
        kept = _options.fill(native, name, value, _options.find(name, self._options()))
        check(self._lib.gn_sockets_set_option(0 if connection is None else handle(connection, "connection"), native))
        del kept  # the text that the setting pointed to

    def get_option(self, name: str, connection: Connection | None = None) -> OptionValue:
        """The value in force: of one connection, or the default."""
        described, size = _options.find(name, self._options()), 4096
        native, buffer = ffi.new("GnSetting *"), ffi.new("char[]", size)
        number = 0 if connection is None else handle(connection, "connection")
        check(self._lib.gn_sockets_get_option(number, described.id, native, buffer, size))
        return _options.read(native, buffer)

    def simulate(self, fake: FakeNetwork) -> None:
        """Makes the network of this whole process as bad as that, from now on; `FakeNetwork()` ends it."""
        if not isinstance(fake, FakeNetwork):
            raise TypeError(f"fake must be a FakeNetwork, not {type(fake).__name__}")
        for name, value in global_options(fake).items():
            self.set_option(name, value)
