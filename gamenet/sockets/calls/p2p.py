"""Connections from peer to peer, by who somebody is instead of by address."""

from __future__ import annotations

from typing import Final

from gamenet._bridge import NativeFault, check
from gamenet.errors import InvalidAddress

from .. import options as _options
from ..address import Identity
from ..handles import Connection, ListenSocket
from ..options import AnyOptions
from .listening import ListeningCalls

_PORTS: Final = range(1000)


class P2PCalls(ListeningCalls):
    def create_listen_socket_p2p(self, virtual_port: int = 0, options: AnyOptions = None) -> ListenSocket:
        """Listens at a virtual port for who connects to our identity. It has no address.

        Args:
            virtual_port: 0 to 999, to tell several listen sockets of one program apart.

        Raises:
            TypeError, ValueError, UnknownOption: a port or options that cannot be.
            GamenetError: the network refuses: the port is taken, for instance.
        """
        native, port = _options.settings(options, self._options()), _port(virtual_port)
        number = check(self._lib.gn_sockets_listen_p2p(port, native.array, native.length))
        self._listening[number] = ListenSocket(number, "", self.close_listen_socket)
        return self._listening[number]

    def connect_p2p(
        self, identity: Identity | str | int, virtual_port: int = 0, options: AnyOptions = None
    ) -> Connection:
        """Begins to connect to a peer; a `ConnectionChange` tells what becomes of it. Close it in any case.

        Args:
            identity: who that is: on the Steam network a Steam id, as a number or as `"steamid:7656…"`.
            virtual_port: where they listen.

        Raises:
            InvalidAddress: nobody is called that.
            TypeError, ValueError, UnknownOption: arguments or options that cannot be.
        """
        native, port = _options.settings(options, self._options()), _port(virtual_port)
        who = _who(identity).encode()
        try:
            return Connection(check(self._lib.gn_sockets_connect_p2p(who, port, native.array, native.length)))
        except NativeFault as error:
            raise InvalidAddress(str(error)) from None


def _port(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"virtual_port must be an int, not {type(value).__name__}")
    if value not in _PORTS:
        raise ValueError(f"virtual_port must be from 0 to {len(_PORTS) - 1}, not {value}")
    return value


def _who(value: object) -> str:
    if isinstance(value, Identity):
        return value.text
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return f"steamid:{value}"
    raise TypeError(f"identity must be an Identity, a str or a Steam id as an int, not {type(value).__name__}")
