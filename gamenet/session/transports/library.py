"""The one GameNetworkingSockets library of this process, and who owns what in it.

The library exists once per process; any number of transports share it: it opens with the first that needs it, under a
name made up for the occasion, and closes with the last. Changes and signals are drained by whoever polls first and go
to the transport that owns the connection.
"""

from __future__ import annotations

import itertools
import secrets
import string
from collections.abc import Iterator
from typing import Final, Protocol

from ...errors import AddressInUse, AlreadyOpen
from ...sockets import Connection, ConnectionChange, ConnectionState, ListenSocket, Signal, Sockets
from .cards import PORTS

LETTERS: Final = 24
"""Of the name: nobody guesses it, nobody else has it, and it says nothing about its owner."""

ENDED: Final = (ConnectionState.CLOSED_BY_PEER, ConnectionState.PROBLEM_DETECTED_LOCALLY)


class Owner(Protocol):
    """A transport, as the library sees it."""

    def knocked(self, change: ConnectionChange) -> None:
        """Somebody connects to a listen socket of yours."""

    def changed(self, change: ConnectionChange) -> None:
        """A connection of yours changed its state."""

    def signalled(self, signal: Signal) -> bool:
        """Take a signal that is to be carried, if it is about a peer of yours."""


class Library:
    """The library, open."""

    def __init__(self) -> None:
        self.identity: Final = "str:" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(LETTERS))
        try:
            self.net = Sockets(identity=self.identity)
        except AlreadyOpen:
            raise AlreadyOpen(
                "a gamenet.sockets.Sockets is open in this process; sessions bring their own, which is shared among "
                "them: close yours before you open a session, or run the two in separate processes"
            ) from None
        self.net.on_connection_changed = self._changed
        self.users: set[Owner] = set()
        self.ports: set[int] = set()
        """First virtual ports that are taken."""
        self._next_port = itertools.cycle(PORTS)
        self._owners: dict[Connection, Owner] = {}
        self._released: dict[Connection, Owner] = {}
        self._listening: dict[int, Owner] = {}

    def take_port(self) -> int:
        """A first virtual port, the one that was free for longest: others may still know somebody at the last one's.

        Raises:
            AddressInUse: all are taken.
        """
        for port in itertools.islice(self._next_port, len(PORTS)):
            if port not in self.ports:
                self.ports.add(port)
                return port
        raise AddressInUse(f"{len(PORTS)} sessions with an invite code are open in this process; it can have no more")

    def own(self, connection: Connection, owner: Owner) -> None:
        """What becomes of that connection is told to its owner from now on."""
        self._owners[connection] = owner

    def release(self, connection: Connection) -> None:
        """It is closed; its goodbye, which is a signal, still goes to who owned it."""
        owner = self._owners.pop(connection, None)
        if owner is not None and self.ports:  # only connections by identity say goodbye with a signal
            self._released[connection] = owner

    def owned(self, owner: Owner) -> list[Connection]:
        return [connection for connection, each in self._owners.items() if each is owner]

    def listen(self, socket: ListenSocket, owner: Owner) -> ListenSocket:
        """Who connects there is told to the owner from now on."""
        self._listening[socket.handle] = owner
        return socket

    def stop_listening(self, socket: ListenSocket) -> None:
        self._listening.pop(socket.handle, None)
        socket.destroy()

    def _changed(self, change: ConnectionChange) -> None:
        owner = self._owners.get(change.connection)
        if owner is None and change.listen_socket is not None and change.state is ConnectionState.CONNECTING:
            owner = self._listening.get(change.listen_socket.handle)
            if owner is not None:
                owner.knocked(change)
        elif owner is not None:
            owner.changed(change)
        elif change.state in ENDED:
            self.net.close_connection(change.connection)

    def carry(self) -> None:
        """Hand the signals that wait to those whom they are about. One crossing."""
        for signal in self.net.signals():
            for owner in self._about(signal):
                if owner.signalled(signal):
                    break
        self._released.clear()

    def _about(self, signal: Signal) -> Iterator[Owner]:
        """Its connection's owner; for one that never came to be, whoever knows whom it is for."""
        owner = self._owners.get(signal.connection) or self._released.get(signal.connection)
        if owner is not None:
            yield owner
        else:
            yield from self.users


_open: Library | None = None


def opened() -> Library | None:
    """The library while it is open."""
    return _open


def join(user: Owner) -> Library:
    """Use the library from now on; it opens if it must.

    Raises:
        AlreadyOpen: the program has a `Sockets` of its own.
    """
    global _open
    if _open is None or _open.net.closed:
        _open = Library()
    _open.users.add(user)
    return _open


def leave(user: Owner, library: Library) -> None:
    """Use it no more; with the last user it closes."""
    global _open
    library.users.discard(user)
    if not library.users:
        library.net.close()
        if _open is library:
            _open = None
