"""Connections, poll groups and listen sockets, as numbers and by what they stand for."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, NewType

from typing_extensions import Self

from gamenet.errors import InvalidHandle

Connection = NewType("Connection", int)
"""A connection. The number of one that is closed or never was is refused: it never reaches another connection."""

PollGroup = NewType("PollGroup", int)
"""A set of connections that are received from in one call."""

_HANDLES: Final = range(2**32)


def handle(value: object, name: str) -> int:
    """`value` as a handle that may go to native code.

    Raises:
        TypeError: it is no int.
        InvalidHandle: no handle can be that number.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, as the call that made it returned it, not {type(value).__name__}")
    if value not in _HANDLES:
        raise InvalidHandle(f"{name} {value} is no handle: they are whole numbers from 1 to {len(_HANDLES) - 1}")
    return value


class ListenSocket:
    """Where connections come in. `destroy()` it, or use it in a `with` block; closing the library does it too."""

    __slots__ = ("_destroy", "address", "handle", "virtual_port")

    address: Final[str]
    """Where it is really bound, as in `"[::]:27015"`; with port 0 asked for, the system's choice stands here.
    "" for peer to peer."""
    virtual_port: Final[int | None]
    """Where it listens for peers; None when it has an address."""
    handle: Final[int]
    """Valve's number, which `ConnectionInfo.listen_socket` has."""

    def __init__(
        self,
        number: int,
        address: str,
        destroy: Callable[[ListenSocket], None],
        *,
        virtual_port: int | None = None,
    ) -> None:
        self.handle = number
        self.address = address
        self.virtual_port = virtual_port
        self._destroy = destroy

    @property
    def port(self) -> int:
        """The port of the address; 0 when there is none."""
        return int(self.address.rpartition(":")[2] or 0)

    def destroy(self) -> None:
        """Stops listening. Connections that came in here are closed without a goodbye. A second time is harmless."""
        self._destroy(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.destroy()

    def __repr__(self) -> str:
        if self.virtual_port is not None:
            return f"ListenSocket(virtual_port={self.virtual_port})"
        return f"ListenSocket({self.address!r})"
