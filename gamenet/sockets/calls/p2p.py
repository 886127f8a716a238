"""Connections from peer to peer, by who somebody is; the program carries their signals."""

from __future__ import annotations

from collections.abc import Iterable

from gamenet._bridge import check, ffi
from gamenet.errors import AlreadyConnected, GamenetError

from .. import messages as _messages
from .. import options as _options
from ..address import Identity, identity_bytes
from ..handles import Connection, ListenSocket, handle
from ..ice import IceCandidates, TurnServer, ice_options
from ..options import AnyOptions
from ..signals import Signal, read_signals
from .listening import ListeningCalls
from .options import OptionCalls

VIRTUAL_PORTS = range(1 << 16)
"""The reference asks for ports below 1000; the library takes these."""


class P2PCalls(ListeningCalls, OptionCalls):
    def create_listen_socket_p2p(self, virtual_port: int = 0, options: AnyOptions = None) -> ListenSocket:
        """Listens for who connects to our identity on `virtual_port`, one listen socket for each.

        Without one, nobody who knocks gets an answer.

        Raises:
            AddressInUse: one listens there already.
            UnknownOption, TypeError, ValueError: options or a port that do not exist or do not fit.
            NotAuthenticated: a proof of identity is demanded that cannot be checked or given yet.
            GamenetError: this `Sockets` has no identity.
        """
        port, native = _virtual_port(virtual_port), _options.settings(options, self._options())
        number = check(self._lib.gn_sockets_listen_p2p(port, native.array, native.length))
        self._listening[number] = ListenSocket(number, "", self.close_listen_socket, virtual_port=port)
        return self._listening[number]

    def connect_p2p(
        self, identity: Identity | str | int, virtual_port: int = 0, options: AnyOptions = None
    ) -> Connection:
        """Begins to connect to whoever is `identity`; a `ConnectionChange` tells what becomes of it.

        Nothing happens until the program carries `signals()`. With `symmetric_connect`, what comes back may be a
        connection that came in from there and was not accepted yet: it is accepted by this.

        Args:
            identity: as in `"str:bob"`; a number is a Steam id.

        Raises:
            AlreadyConnected: a symmetric connection to them on this port, in `.connection`: use it, or close it first.
            InvalidAddress: no such identity, or one that is nobody's name.
            UnknownOption, TypeError, ValueError: options or a port that do not exist or do not fit.
            NotAuthenticated: a proof of identity is demanded that cannot be checked or given yet.
            GamenetError: this `Sockets` has no identity, or the library refused, in its words.
        """
        port, native = _virtual_port(virtual_port), _options.settings(options, self._options())
        peer, existing = parse_identity(identity), ffi.new("uint32_t *")
        code = self._lib.gn_sockets_connect_p2p(peer, port, native.array, native.length, existing)
        try:
            return Connection(check(code))
        except GamenetError as error:
            if existing[0]:
                raise AlreadyConnected(str(error), int(existing[0])) from None
            raise

    def signals(self) -> list[Signal]:
        """What is to be carried to other peers, oldest first. One crossing; call it each frame, and after closing.

        What nobody takes is kept: 4,096 signals or 4 MiB; then the oldest go, and `run_callbacks()` logs how many.
        """
        native = ffi.new("GnSignal **")  # one for each call: what it points to belongs to the calling thread
        count = check(self._lib.gn_sockets_signals(native))
        return read_signals(native[0], count) if count else []

    def receive_signal(self, data: bytes, sender: Identity | str | int | None = None) -> bool:
        """Hands in a signal that came from another peer. One crossing.

        Args:
            data: as it was in `Signal.data` over there.
            sender: who it is from, if whoever carried it makes sure of that; a signal that says otherwise is refused.

        Returns:
            False when nothing came of it: no signal, not for us, not from `sender`, or a wish to connect where
            nobody listens. `run_callbacks()` logs which. What bad bytes are in it never raises.

        Raises:
            TypeError, InvalidAddress: data that is not bytes, a sender that is none.
        """
        body = _messages.payload(data, "data")
        who = ffi.NULL if sender is None else parse_identity(sender, "sender")
        return bool(check(self._lib.gn_sockets_receive_signal(body, len(body), who)))

    def set_ice_servers(
        self,
        *,
        stun: Iterable[str] | None = None,
        turn: Iterable[TurnServer] | None = None,
        candidates: IceCandidates | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Sets what helps peers to find a way: for all connections to come, or for one that came in, before accepting.

        A connection that we open takes them with its options, from `ice_options(…)`. Names are looked up here and now,
        which takes as long as the system's resolver does. None stays as it is, an empty list is no server.

        Raises:
            InvalidAddress: a server that cannot be parsed or is not found.
            InvalidHandle: no such connection.
            TypeError: not what is asked for.
        """
        if connection is not None:
            handle(connection, "connection")
        for name, value in ice_options(stun=stun, turn=turn, candidates=candidates).items():
            self.set_option(name, value, connection)


def parse_identity(value: object, name: str = "identity") -> bytes:
    """`value`, which may be a Steam id as an int, as an identity for C; whether it is a good one, native code knows.

    Raises:
        TypeError: it is none of what an identity can be given as.
        InvalidAddress: it is no text that C can have.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return b"steamid:%d" % value
    return identity_bytes(value, name)


def _virtual_port(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"virtual_port must be an int, not {type(value).__name__}")
    if value not in VIRTUAL_PORTS:
        raise ValueError(f"virtual_port must be from 0 to {VIRTUAL_PORTS[-1]}, not {value}")
    return value
