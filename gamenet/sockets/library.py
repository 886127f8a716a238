"""`Sockets`: GameNetworkingSockets, open.

One per process. It is pumped: what happened is queued natively and told by `run_callbacks()`, on the caller's thread;
no thread of the library ever enters Python. Calls may come from any thread. It does not survive a fork.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final

from typing_extensions import Self

from gamenet import _bridge
from gamenet._bridge import check, ffi
from gamenet.clock import RealClock
from gamenet.errors import InvalidAddress, InvalidOption, LibraryClosed, UnknownOption

from . import info as _info
from . import logs
from .arguments import utf8
from .calls import (
    AuthenticationCalls,
    ConnectionCalls,
    OptionCalls,
    P2PCalls,
    ReceivingCalls,
    SendingCalls,
    StatusCalls,
)
from .catalogue import known_options
from .fake import FakeNetwork, global_options
from .handles import ListenSocket
from .info import AuthenticationChange, ConnectionChange
from .process import process

MAX_MESSAGE: Final = 512 * 1024
"""Bytes of the longest message that can be sent."""

MAX_UNRELIABLE: Final = 16_500
"""Bytes of the longest message that travels unreliably; a longer one is sent reliably, whatever its flags say."""

MAX_UNSPLIT: Final = 1132
"""Bytes of the longest message that travels in one packet of the default size, whatever acknowledgements and statistics
share it: the library keeps 100 bytes for those (alone on a quiet line 1,220 fit). What is queued for the same
connection is packed without gaps, so one that begins behind another may still be split: flush small ones first."""

RECEIVE_LIMITS: Final = {"RecvMaxMessageSize": MAX_MESSAGE, "RecvBufferSize": 2 << 20, "RecvBufferMessages": 8192}
"""What one connection may make this process keep, set when the library opens: bytes of one message (a longer one ends
its connection), and bytes and messages that wait to be received (what would pass them is dropped; reliable
ones come again). A program that pumps 60 times a second is far from them; a peer that floods gets no further."""

MAX_WAITING: Final = 1024
"""Connections that wait to be accepted, at most, at each listen socket: who comes then is closed at once with
`EndReason.CROWDED` and never told. Strangers who come in by the thousand and say nothing get no further."""

_HANDLERS: Final = ("on_connection_changed", "on_authentication_status")


def _steam(library: object, identity: str) -> bytes:
    """Where Steam's library is, as native code takes it; empty when it is not asked for."""
    if library is None:
        return b""
    if not isinstance(library, (str, os.PathLike)):
        raise TypeError(f"library must be the path of libsteam_api.so, not {type(library).__name__}")
    if identity:
        raise InvalidAddress(
            f"identity {identity!r} cannot be chosen on the Steam network: Steam says who we are. "
            "Leave it out, and ask get_identity()"
        )
    try:
        path = os.fsencode(library)
    except UnicodeEncodeError:
        path = b""
    if not path or b"\0" in path:
        raise ValueError(f"library must be the path of libsteam_api.so, not {library!r:.80}")
    return path


def simulate(fake: FakeNetwork) -> None:
    """Makes the network of this whole process as bad as that: for who plays in bad weather with a session's library.

    Raises:
        LibraryClosed: neither a `Sockets` nor a session has opened the library.
    """
    net = process.opened()
    if net is None:
        raise LibraryClosed("no library is open in this process: open a session or a Sockets first, then simulate")
    net.simulate(fake)


class Sockets(
    ConnectionCalls,
    P2PCalls,
    SendingCalls,
    ReceivingCalls,
    StatusCalls,
    AuthenticationCalls,
    OptionCalls,
):
    """The library, open from here until `close()` or the end of a `with` block. There is one in a process.

    Args:
        identity: who we are, as in `"str:alice"`; "" for none, which is enough for connections by address.
        library: where your own copy of Steam's `libsteam_api` is: the same calls then run on the Steam network, and
            who we are is Steam's to say (docs/sockets/steam.md).

    Raises:
        AlreadyOpen: there is one already; sessions share theirs.
        LibraryClosed: this process was forked from one in which it was open.
        InvalidAddress: no such identity, or one together with `library`.
        SteamUnavailable: no usable library there, or Steam does not start; the message has its words.
    """

    on_connection_changed: Callable[[ConnectionChange], object] | None
    """Yours to set: called by `run_callbacks()` when a connection comes in, goes on or ends. None to begin with."""
    on_authentication_status: Callable[[AuthenticationChange], object] | None
    """Yours to set: called by `run_callbacks()` when our readiness to prove who we are changes. None to begin with."""

    def __init__(self, *, identity: str = "", library: str | os.PathLike[str] | None = None) -> None:
        self.on_connection_changed = None
        self.on_authentication_status = None
        self._lib: _bridge.Lib = _bridge.lib
        self._listening: dict[int, ListenSocket] = {}
        self._pending: deque[ConnectionChange | AuthenticationChange] = deque()
        self._log_level = logs.wanted()
        if not isinstance(identity, str):
            raise TypeError(f"identity must be a str, not {type(identity).__name__}")
        steam = _steam(library, identity)
        with process.gate:
            process.require_free()
            if steam:
                check(_bridge.lib.gn_sockets_open_steam(steam, self._log_level, RealClock().now()))
            else:
                self._open_own(identity)
            try:
                self._begin(on_steam=bool(steam))
            except BaseException:
                check(_bridge.lib.gn_sockets_close())
                raise
            self._dropped = process.hold(self)

    def __setattr__(self, name: str, value: object) -> None:
        """Handlers are all that a program sets; a slip of the pen in their names would be a silence for ever."""
        if name in _HANDLERS:
            if value is not None and not callable(value):
                raise TypeError(f"{name} must be a function that takes what happened, or None, not {value!r:.60}")
        elif name.startswith("on_"):
            raise AttributeError(f"Sockets has no handler {name!r}: there are {' and '.join(_HANDLERS)}")
        super().__setattr__(name, value)

    def _open_own(self, identity: str) -> None:
        who = utf8(identity, "identity", InvalidAddress)
        check(_bridge.lib.gn_sockets_open(who, self._log_level, RealClock().now()))

    def _begin(self, *, on_steam: bool) -> None:
        """Sets what holds for the whole library. Which of it a Steam client has depends on how old that is."""
        self._known = known_options()
        for name, value in {**RECEIVE_LIMITS, **global_options(FakeNetwork())}.items():
            try:
                self.set_option(name, value)
            except (UnknownOption, InvalidOption) as refusal:
                if not on_steam:
                    raise
                logs.LOGGER.info("Steam keeps its own %s: %s", name, refusal)

    def close(self) -> None:
        """Closes every connection (the other sides are told), poll group and listen socket, then the library.

        What was sent but not delivered is lost: where that matters, pump until `get_connection_real_time_status` shows
        nothing pending or unacknowledged. A second time is harmless.
        """
        with process.gate:
            if self.closed:
                return
            self._refuse("this Sockets is closed")
            process.let_go()
            check(_bridge.lib.gn_sockets_close())

    def _refuse(self, why: str) -> None:
        """Every call from here on."""
        self._lib = _bridge.Refusing(why)
        self._dropped.detach()
        self._pending.clear()
        self._listening.clear()

    def _left_behind(self, why: str) -> None:
        """In the child of a fork: the library's threads are not here, so nothing of it may be touched."""
        self._refuse(why)

    @property
    def closed(self) -> bool:
        """Whether it was closed: every other call is `LibraryClosed` then."""
        return self._lib is not _bridge.lib

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    # --- What happened -----------------------------------------------------------------------------------------------

    def run_callbacks(self) -> int:
        """Tells what happened since the last time: log lines to the logger `gamenet.sockets`, the rest to the handlers.

        One crossing, however much happened. An exception in a handler comes out here; what was not told yet is told
        next time. A new level of the logger takes effect here.

        Of connections that came in, at most 64 are told at a time, and none while strangers keep the library busy: the
        rest, with what became of them, the next time. Of each kind of warning, eight a second are logged and the rest
        counted in one line.

        Returns:
            How many calls of handlers were made.
        """
        if (level := logs.wanted()) != self._log_level:
            check(self._lib.gn_sockets_set_log_level(level))
            self._log_level = level
        events = ffi.new("GnEvents *")  # one for each call: what it points to belongs to the calling thread
        if check(self._lib.gn_sockets_run_callbacks(events)):
            # All of it is read before any of it is told: whoever hears of it may call this again.
            lines, lost = logs.read(events.logs, events.log_count), events.lost_logs
            changes = ffi.unpack(events.changes, events.change_count)
            self._pending.extend([_info.read_change(change, self._listening) for change in changes])
            self._pending.extend([_info.read_authentication(a) for a in ffi.unpack(events.auths, events.auth_count)])
            logs.write(lines, lost)
        return self._tell()

    def _tell(self) -> int:
        told = 0
        while True:
            try:
                event = self._pending.popleft()
            except IndexError:  # empty, or another thread took the last one just now
                return told
            if isinstance(event, ConnectionChange):
                told += self.on_connection_changed is not None
                if self.on_connection_changed is not None:
                    self.on_connection_changed(event)
            elif self.on_authentication_status is not None:
                told += 1
                self.on_authentication_status(event)
