"""Every exception that gamenet raises, as one tree.

    GamenetError                     what the caller did wrong, in the caller's line
    ├── NotAuthoritative             a write, spawn or call that this peer does not decide
    ├── Refused                      raised *by the game* inside an RPC; its reason travels to the caller
    ├── SeveralRooms                 a word that belongs to one room, said to a session with several
    ├── BadDeclaration               an entity class, field or RPC that cannot be replicated (also TypeError)
    ├── BadArgument                  a call's argument of the wrong type, length or range (also TypeError)
    ├── InvalidArgument              an argument that native code refuses (also ValueError)
    ├── InvalidAddress               an address or identity that cannot be parsed (also ValueError)
    ├── UnknownOption                an option that GameNetworkingSockets does not have (also ValueError)
    ├── InvalidOption                an option's value that it does not take, there or then (also ValueError)
    ├── UnknownEvent                 `net.on` of an event that does not exist (also ValueError)
    ├── InvalidCertificate           a certificate, request, root or key that is not good (also ValueError)
    ├── NotAuthenticated             a proof of identity is asked for that cannot be given or checked yet
    ├── UnsafeKey                    a file with a private key that others may read (also PermissionError)
    ├── InvalidHandle                a connection, poll group or listen socket, unknown or closed (also ValueError)
    ├── AddressInUse                 a port that somebody else listens on (also OSError)
    ├── AlreadyOpen                  a second `Sockets` in the process
    ├── AlreadyConnected             a second symmetric connection to a peer on one virtual port
    ├── LibraryClosed                a call into a library that was closed
    └── SteamUnavailable             the Steam network's library cannot be used (also OSError)

What the network or another peer does is never an exception: it is an event or a value with a reason.
"""

from __future__ import annotations


class GamenetError(Exception):
    """The root: catching it catches everything that gamenet raises on purpose."""


class NotAuthoritative(GamenetError):
    """This peer does not decide what was written, spawned or called."""


class Refused(GamenetError):
    """Raised by the game inside an RPC: the reason becomes the caller's `call.error`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SeveralRooms(GamenetError):
    """The session has several rooms: say which one, as in `net.rooms["arena-1"].spawn(…)`."""


class BadDeclaration(GamenetError, TypeError):
    """A class, field or method that cannot be replicated; the message says what can."""


class BadArgument(GamenetError, TypeError):
    """An argument of the wrong type, length or range; the message names it."""


class InvalidArgument(GamenetError, ValueError):
    """An argument that native code refuses, or bytes that it cannot read; the message says why."""


class InvalidAddress(GamenetError, ValueError):
    """An address or identity that cannot be parsed; the message shows a good one."""


class UnknownOption(GamenetError, ValueError):
    """An option that does not exist; the message names the nearest one."""


class InvalidOption(GamenetError, ValueError):
    """A value that an option does not take, or a place or time at which it cannot be set; the message says what can."""


class UnknownEvent(GamenetError, ValueError):
    """An event that does not exist; the message lists those that do."""


class InvalidCertificate(GamenetError, ValueError):
    """A certificate, a request for one, a root or a key that cannot be used; the message says why."""


class NotAuthenticated(GamenetError):
    """A proof of identity is asked for that this process cannot give or check yet; the message says what is missing."""


class UnsafeKey(GamenetError, PermissionError):
    """A file with a private key that others may read; the message says what to do about it."""


class InvalidHandle(GamenetError, ValueError):
    """A connection, poll group or listen socket that is unknown or already closed."""


class AddressInUse(GamenetError, OSError):
    """Somebody else listens on that port."""


class AlreadyOpen(GamenetError):
    """GameNetworkingSockets exists once per process, and it is open already."""


class AlreadyConnected(GamenetError):
    """A symmetric connection to that peer on that virtual port is there already: `connection`."""

    def __init__(self, message: str, connection: int) -> None:
        super().__init__(message)
        self.connection = connection


class LibraryClosed(GamenetError):
    """The library was closed before this call."""


class SteamUnavailable(GamenetError, OSError):
    """`Sockets(library=…)` found no usable library there, or Steam does not start; the message has its words."""
