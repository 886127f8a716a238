"""Where connections come in."""

from __future__ import annotations

from gamenet._bridge import check, ffi

from .. import info as _info
from .. import options as _options
from ..address import parse_address
from ..handles import ListenSocket
from ..options import AnyOptions
from .base import Calls


class ListeningCalls(Calls):
    def create_listen_socket_ip(self, address: str, options: AnyOptions = None) -> ListenSocket:
        """Listens on `address`: `"[::]:27015"` is every interface, port 0 a free one of the system's choice.

        Raises:
            InvalidAddress, AddressInUse: it cannot be parsed; somebody else listens there.
            UnknownOption, TypeError, ValueError: options that do not exist or do not fit.
            NotAuthenticated: a proof of identity is demanded that cannot be checked yet.
            GamenetError: the system or the library refused, in its words.
        """
        native = _options.settings(options, self._options(), by_address=True)
        number = check(self._lib.gn_sockets_listen(parse_address(address).encode(), native.array, native.length))
        buffer = ffi.new("char[]", 64)
        check(self._lib.gn_sockets_listen_address(number, buffer, 64))
        self._listening[number] = ListenSocket(number, _info.text(buffer), self.close_listen_socket)
        return self._listening[number]

    def close_listen_socket(self, listen: ListenSocket) -> None:
        """`ListenSocket.destroy()` as a call: what came in there is closed without a goodbye. Twice is harmless."""
        if not isinstance(listen, ListenSocket):
            raise TypeError(f"listen must be a ListenSocket, not {type(listen).__name__}")
        if self._listening.pop(listen.handle, None) is listen:
            check(self._lib.gn_sockets_close_listen_socket(listen.handle))
