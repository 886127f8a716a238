"""`Sockets`: GameNetworkingSockets, open.

One per process. It is pumped: what happened is queued natively and told by `run_callbacks()`, on the caller's thread;
no thread of the library ever enters Python. Calls may come from any thread. It does not survive a fork.
"""

from __future__ import annotations

import atexit
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Final

from typing_extensions import Self

from gamenet import _bridge
from gamenet._bridge import check, ffi
from gamenet.clock import RealClock
from gamenet.errors import AlreadyOpen, InvalidAddress, LibraryClosed

from . import info as _info
from . import messages as _messages
from . import options as _options
from .address import Identity, parse_address
from .enums import AuthenticationStatus, Result, SendFlags
from .fake import FakeNetwork, global_options
from .handles import Connection, ListenSocket, PollGroup, handle
from .info import AuthenticationChange, ConnectionChange, ConnectionInfo, RealTimeStatus
from .messages import Message, Outgoing
from .options import AnyOptions, OptionValue

MAX_MESSAGE: Final = 512 * 1024
"""Bytes of the longest message that can be sent."""

MAX_UNSPLIT: Final = 1132
"""Bytes of the longest message that travels in one packet of the default size, whatever acknowledgements and statistics
share it: the library keeps 100 bytes for those (alone on a quiet line 1,220 fit). What is queued for the same
connection is packed without gaps, so one that begins behind another may still be split: flush small ones first."""

RECEIVE_LIMITS: Final = {"RecvMaxMessageSize": MAX_MESSAGE, "RecvBufferSize": 2 << 20, "RecvBufferMessages": 8192}
"""What one connection may make this process keep, set when the library opens: bytes of one message (a longer one ends
its connection), and bytes and messages that wait to be received (what would pass them is dropped; reliable
ones come again). A program that pumps 60 times a second is far from them; a peer that floods gets no further."""

_log: Final = logging.getLogger("gamenet.sockets")
_LOG_LEVELS: Final = {1: logging.ERROR, 2: logging.ERROR, 3: logging.INFO, 4: logging.WARNING, 5: logging.INFO}
_FORKED: Final = (
    "GameNetworkingSockets was open when this process was forked, and it does not survive that: its threads stay "
    "behind. Start other processes with subprocess or multiprocessing's 'spawn', or open the library after the fork"
)


def _valve_log_level() -> int:
    """How much the library needs to say for what the logger lets through."""
    level = _log.getEffectiveLevel()
    return 6 if level <= logging.DEBUG else 5 if level <= logging.INFO else 4 if level <= logging.WARNING else 2


def simulate(fake: FakeNetwork) -> None:
    """Makes the network of this whole process as bad as that: for who plays in bad weather with a session's library.

    Raises:
        LibraryClosed: neither a `Sockets` nor a session has opened the library.
    """
    if _open is None:
        raise LibraryClosed("no library is open in this process: open a session or a Sockets first, then simulate")
    _open.simulate(fake)


class Sockets:
    """The library, open from here until `close()` or the end of the `with` block.

    Args:
        identity: who we are, as in `"str:alice"`; "" for none, which is enough for connections by address.

    Raises:
        AlreadyOpen: there is one already; sessions share theirs.
        LibraryClosed: this process was forked from one in which it was open.
        InvalidAddress: no such identity.
    """

    on_connection_changed: Callable[[ConnectionChange], object] | None
    on_authentication_status: Callable[[AuthenticationChange], object] | None

    def __init__(self, *, identity: str = "") -> None:
        global _open
        self.on_connection_changed = None
        self.on_authentication_status = None
        self._lib: _bridge.Lib = _bridge.lib
        self._listening: dict[int, ListenSocket] = {}
        self._pending: deque[ConnectionChange | AuthenticationChange] = deque()
        if not isinstance(identity, str):
            raise TypeError(f"identity must be a str, not {type(identity).__name__}")
        if _forked:
            raise LibraryClosed(_FORKED)
        if _open is not None:
            raise AlreadyOpen("a Sockets is open in this process already: close it first, or share it")
        self._open(identity)
        _open = self
        atexit.register(self.close)

    def _open(self, identity: str) -> None:
        self._events, self._batch = ffi.new("GnEvents *"), ffi.new("GnBatch *")
        try:
            check(_bridge.lib.gn_sockets_open(identity.encode(), _valve_log_level(), RealClock().now()))
        except _bridge.NativeFault as error:
            raise InvalidAddress(str(error)) from None
        self._known = _options.known_options()
        for name, value in RECEIVE_LIMITS.items():
            self.set_option(name, value)
        self.simulate(FakeNetwork())

    def close(self) -> None:
        """Closes every connection (the other sides are told), poll group and listen socket, then the library.

        What was sent but not delivered is lost: where that matters, pump until `get_connection_real_time_status` shows
        nothing pending or unacknowledged. A second time is harmless.
        """
        global _open
        if self._lib is not _bridge.lib:
            return
        self._lib = _bridge.Refusing("this Sockets is closed")
        self._pending.clear()
        self._listening.clear()
        _open = None
        atexit.unregister(self.close)
        check(_bridge.lib.gn_sockets_close())

    @property
    def closed(self) -> bool:
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

        Returns:
            How many calls of handlers were made. One crossing, however much happened.

        An exception in a handler comes out here; what was not told yet is told next time.
        """
        events = self._events
        if check(self._lib.gn_sockets_run_callbacks(events)):
            for line in ffi.unpack(events.logs, events.log_count):
                _log.log(_LOG_LEVELS.get(line.level, logging.DEBUG), "%s", _info.text(line.text))
            changes = ffi.unpack(events.changes, events.change_count)
            self._pending.extend(_info.read_change(change, self._listening) for change in changes)
            self._pending.extend(map(_info.read_authentication, ffi.unpack(events.auths, events.auth_count)))
        return self._tell()

    def _tell(self) -> int:
        told = 0
        while self._pending:
            event = self._pending.popleft()
            if isinstance(event, ConnectionChange):
                told += self.on_connection_changed is not None
                if self.on_connection_changed is not None:
                    self.on_connection_changed(event)
            elif self.on_authentication_status is not None:
                told += 1
                self.on_authentication_status(event)
        return told

    # --- Listening and connecting ------------------------------------------------------------------------------------

    def create_listen_socket_ip(self, address: str, options: AnyOptions = None) -> ListenSocket:
        """Listens on `address`: `"[::]:27015"` is every interface, port 0 a free one of the system's choice.

        Raises:
            InvalidAddress, AddressInUse: it cannot be parsed; somebody else listens there.
            UnknownOption, TypeError, ValueError: options that do not exist or do not fit.
            GamenetError: the system or the library refused, in its words.
        """
        native = _options.settings(options, self._options())
        number = check(self._lib.gn_sockets_listen(parse_address(address).encode(), native.array, native.length))
        buffer = ffi.new("char[]", 64)
        check(self._lib.gn_sockets_listen_address(number, buffer, 64))
        self._listening[number] = ListenSocket(number, _info.text(buffer), self.close_listen_socket)
        return self._listening[number]

    def close_listen_socket(self, listen: ListenSocket) -> None:
        """`ListenSocket.destroy()`."""
        if not isinstance(listen, ListenSocket):
            raise TypeError(f"listen must be a ListenSocket, not {type(listen).__name__}")
        if self._listening.pop(listen.handle, None) is listen:
            check(self._lib.gn_sockets_close_listen_socket(listen.handle))

    def connect_by_ip_address(self, address: str, options: AnyOptions = None) -> Connection:
        """Begins to connect to `address`, as in `"192.0.2.1:27015"`; a `ConnectionChange` tells what becomes of it.

        Nobody there is `PROBLEM_DETECTED_LOCALLY` after `timeout_initial`. Close the connection in any case.

        Raises:
            InvalidAddress: it cannot be parsed, or its port is 0.
            UnknownOption, TypeError, ValueError: options that do not exist or do not fit.
        """
        target = parse_address(address)
        if target.endswith(":0"):
            raise InvalidAddress(f"{address!r}: nobody can be connected to on port 0")
        native = _options.settings(options, self._options())
        return Connection(check(self._lib.gn_sockets_connect(target.encode(), native.array, native.length)))

    def accept_connection(self, connection: Connection) -> Result:
        """Accepts what came in (`CONNECTING`, with a listen socket): `OK`, `INVALID_PARAM` or `INVALID_STATE`."""
        return Result(check(self._lib.gn_sockets_accept(handle(connection, "connection"))))

    def close_connection(
        self, connection: Connection, linger: bool = False, reason: int = 1000, debug: str = ""
    ) -> bool:
        """Closes; the other side gets `reason` and `debug` with `CLOSED_BY_PEER`. What was not received is discarded.

        Args:
            linger: what was sent is still delivered in the background, as long as the library stays open.
            reason: 1000–1999 for a usual end, 2000–2999 for an unusual one.
            debug: at most 127 bytes, for people who look for causes.

        Returns:
            False when there is no such connection (any more).
        """
        if not isinstance(reason, int) or not isinstance(debug, str):
            raise TypeError(
                f"reason must be an int and debug a str, not {type(reason).__name__} and {type(debug).__name__}"
            )
        if not 1000 <= reason < 3000:
            raise ValueError(f"reason must be from 1000 to 2999 (the library's own are higher), not {reason}")
        number, words = handle(connection, "connection"), _cut(debug, 127)
        return bool(check(self._lib.gn_sockets_close_connection(number, reason, words, bool(linger))))

    def create_socket_pair(self, *, through_network: bool = False) -> tuple[Connection, Connection]:
        """Two connections to each other, through buffers of this process or through its network.

        They are connected from the start, so no change is told.
        """
        pair = ffi.new("uint32_t[2]")
        check(self._lib.gn_sockets_pair(bool(through_network), pair))
        return Connection(pair[0]), Connection(pair[1])

    def set_connection_name(self, connection: Connection, name: str) -> None:
        """Names a connection for log lines and descriptions; at most 31 bytes are kept."""
        if not isinstance(name, str):
            raise TypeError(f"name must be a str, not {type(name).__name__}")
        check(self._lib.gn_sockets_set_name(handle(connection, "connection"), _cut(name, 31)))

    def get_connection_name(self, connection: Connection) -> str:
        buffer = ffi.new("char[]", 256)
        check(self._lib.gn_sockets_name(handle(connection, "connection"), buffer, 256))
        return _info.text(buffer)

    def configure_connection_lanes(
        self, connection: Connection, priorities: Sequence[int], weights: Sequence[int] | None = None
    ) -> Result:
        """Splits what this side sends into as many lanes as there are priorities; each has its own reliable order.

        Args:
            priorities: a lower number goes first, always.
            weights: how lanes of one priority share the line, from 1 to 65535; equally without.
        """
        shares = [1] * len(priorities) if weights is None else weights
        if len(shares) != len(priorities):
            raise ValueError(f"{len(priorities)} priorities and {len(shares)} weights: each lane has one of each")
        ranks = [_messages.number(priority, f"priorities[{i}]", 31) for i, priority in enumerate(priorities)]
        parts = [_messages.number(share, f"weights[{i}]", 16) for i, share in enumerate(shares)]
        number = handle(connection, "connection")
        native = ffi.new("int32_t[]", ranks), ffi.new("uint16_t[]", parts)
        return Result(check(self._lib.gn_sockets_configure_lanes(number, *native, len(ranks))))

    # --- Sending -----------------------------------------------------------------------------------------------------

    def send_message_to_connection(
        self, connection: Connection, data: bytes, flags: int = SendFlags.RELIABLE
    ) -> Result:
        """Sends one message; see `SendFlags` for how and `Result` for what may become of it."""
        body = data if type(data) is bytes else _messages.payload(data, "data")
        try:
            code = self._lib.gn_sockets_send_one(connection, body, len(body), flags)
        except (TypeError, OverflowError):
            number, how = handle(connection, "connection"), _messages.number(flags, "flags", 31)
            code = self._lib.gn_sockets_send_one(number, body, len(body), how)
        return Result(check(code))

    def send_batch(self, messages: Sequence[Outgoing]) -> list[Result]:
        """Sends `(connection, data, flags)` or `(connection, data, flags, lane)` in order, in one crossing.

        When a connection refuses a message, the later ones for it get the same result, so nothing overtakes: put what
        may be refused (without delay) last for each connection.

        Returns:
            A result for each.

        Raises:
            TypeError, ValueError, InvalidHandle: a message of the wrong shape; nothing was sent then.
        """
        if not messages:
            return []
        native = _messages.columns(messages)
        return _messages.results(check(self._lib.gn_sockets_send(*native)), native.results, native.length)

    def send_messages(self, messages: Iterable[Outgoing]) -> list[Result]:
        """`send_batch` for any iterable."""
        return self.send_batch(messages if isinstance(messages, (list, tuple)) else list(messages))

    def flush_messages_on_connection(self, connection: Connection) -> Result:
        """Sends now what waits for company on this connection."""
        return self.flush_connections([connection])[0]

    def flush_connections(self, connections: Iterable[Connection]) -> list[Result]:
        """Flushes each, in one crossing; a result for each."""
        native, count = _messages.handle_column(connections, "connections")
        codes = ffi.new("int32_t[]", count)
        return _messages.results(check(self._lib.gn_sockets_flush(native, count, codes)), codes, count)

    # --- Receiving ---------------------------------------------------------------------------------------------------

    def receive_messages_on_connection(self, connection: Connection, limit: int = 32) -> list[Message]:
        """Up to `limit` messages that wait, oldest first. One crossing.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        count = self._lib.gn_sockets_receive_on_connection(handle(connection, "connection"), _limit(limit), self._batch)
        return _messages.read_batch(self._batch, check(count))

    def receive_messages_on_poll_group(self, group: PollGroup, limit: int = 32) -> list[Message]:
        """Up to `limit` messages that wait on the group's connections; in order for each connection. One crossing.

        Raises:
            InvalidHandle: there is no such poll group (any more).
        """
        return self.receive_batch(group, limit)

    def receive_batch(self, group: PollGroup, limit: int = 1 << 16) -> list[Message]:
        """All that waits on the group's connections, in one crossing.

        Beyond `limit` messages or some 16 MiB, the rest stays for the next call.
        """
        try:  # the usual way first: what is wrong with an argument is found out only when something is
            count = self._lib.gn_sockets_receive_on_poll_group(
                group, limit if limit > 0 else _limit(limit), self._batch
            )
        except (TypeError, OverflowError):
            number, most = handle(group, "group"), _limit(limit)
            count = self._lib.gn_sockets_receive_on_poll_group(number, most, self._batch)
        return _messages.read_batch(self._batch, check(count))

    # --- Poll groups -------------------------------------------------------------------------------------------------

    def create_poll_group(self) -> PollGroup:
        return PollGroup(check(self._lib.gn_sockets_create_poll_group()))

    def destroy_poll_group(self, group: PollGroup) -> bool:
        """Its connections stay open, in no group. False when there is none (any more)."""
        return bool(check(self._lib.gn_sockets_destroy_poll_group(handle(group, "group"))))

    def set_connection_poll_group(self, connection: Connection, group: PollGroup | None) -> bool:
        """Moves the connection, with what waits on it, into the group, or with None out of its group.

        Returns:
            False when either does not exist (any more).
        """
        number = 0 if group is None else handle(group, "group")
        return bool(check(self._lib.gn_sockets_set_poll_group(handle(connection, "connection"), number)))

    # --- Knowing -----------------------------------------------------------------------------------------------------

    def get_connection_info(self, connection: Connection) -> ConnectionInfo:
        """What is known about it; raises `InvalidHandle` when there is none (any more)."""
        native = ffi.new("GnInfo *")
        check(self._lib.gn_sockets_info(handle(connection, "connection"), native))
        return _info.read_info(native)

    def get_connection_real_time_status(self, connection: Connection) -> RealTimeStatus:
        """How it does right now; `state` is `NONE` when there is none (any more)."""
        return self.real_time_statuses([connection])[0]

    def real_time_statuses(self, connections: Iterable[Connection]) -> list[RealTimeStatus]:
        """How each does right now, in one crossing."""
        native, count = _messages.handle_column(connections, "connections")
        rows = ffi.new("GnRealTime[]", count)
        check(self._lib.gn_sockets_real_time(native, count, rows))
        return _info.read_real_time(rows, count)

    def get_detailed_connection_status(self, connection: Connection) -> str:
        """Several lines for a person; raises `InvalidHandle` when there is none (any more)."""
        number, size = handle(connection, "connection"), 1 << 16
        buffer = ffi.new("char[]", size)
        check(self._lib.gn_sockets_detailed(number, buffer, size))
        return _info.text(buffer)

    def get_identity(self) -> Identity | None:
        """Who we are; None while we are nobody."""
        buffer = ffi.new("char[]", 160)
        return Identity(_info.text(buffer)) if check(self._lib.gn_sockets_identity(buffer, 160)) else None

    def init_authentication(self) -> AuthenticationStatus:
        """Begins to become able to authenticate; changes are told to `on_authentication_status`."""
        native = ffi.new("GnAuth *")
        check(self._lib.gn_sockets_init_authentication(native))
        return _info.read_authentication(native).status

    def get_authentication_status(self) -> tuple[AuthenticationStatus, str]:
        """How ready we are to authenticate, and the library's words about it."""
        native = ffi.new("GnAuth *")
        check(self._lib.gn_sockets_authentication(native))
        now = _info.read_authentication(native)
        return now.status, now.debug

    # --- Options -----------------------------------------------------------------------------------------------------

    def _options(self) -> dict[str, _options.Described]:
        if isinstance(self._lib, _bridge.Refusing):
            raise LibraryClosed(self._lib.why)
        return self._known

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

    # --- Forks -------------------------------------------------------------------------------------------------------

    def _left_behind(self) -> None:
        """In the child of a fork: the library's threads are not here, so nothing of it may be touched."""
        self._lib = _bridge.Refusing(_FORKED)
        atexit.unregister(self.close)


def _cut(text: str, most: int) -> bytes:
    """`text` as UTF-8 of at most `most` bytes, whole characters only."""
    return text.replace("\0", " ").encode()[:most].decode(errors="ignore").encode()


def _limit(limit: object) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"limit must be an int, not {type(limit).__name__}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    return min(limit, 1 << 20)


_open: Sockets | None = None
_forked = False


def _after_fork() -> None:
    global _open, _forked
    if _open is not None:
        _open._left_behind()
        _open, _forked = None, True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
