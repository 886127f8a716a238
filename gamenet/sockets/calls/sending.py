"""Sending messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gamenet._bridge import check, ffi

from .. import messages as _messages
from ..arguments import several
from ..enums import Result, SendFlags
from ..handles import Connection, handle
from ..messages import Outgoing
from .base import Calls

_OK: Final = Result.OK
"""Kept: looking it up in its class takes a part of the crossing."""


class SendingCalls(Calls):
    def send_message_to_connection(
        self, connection: Connection, data: bytes, flags: int = SendFlags.RELIABLE, *, lane: int = 0
    ) -> Result:
        """Sends one message.

        Args:
            data: bytes, a bytearray or a memoryview, at most `MAX_MESSAGE` of them.
            flags: one of `SendFlags`.
            lane: one of those that `configure_connection_lanes` made.

        Returns:
            `OK`: it was taken. `INVALID_PARAM`: there is no such connection (any more), or no such lane.
            `NO_CONNECTION`: it has ended. `LIMIT_EXCEEDED`: it is too long, or too much waits already. `IGNORED`: it
            could not go without delay. `INVALID_STATE`: the proof of identity that was demanded has not come yet.
        """
        body = data if type(data) is bytes else _messages.payload(data, "data")
        if lane != 0 or type(lane) is not int:
            return self._send_on_lane(connection, body, flags, lane)
        try:
            code = self._lib.gn_sockets_send_one(connection, body, len(body), flags)
        except (TypeError, OverflowError):
            number, how = handle(connection, "connection"), _messages.number(flags, "flags", 31)
            code = self._lib.gn_sockets_send_one(number, body, len(body), how)
        return _OK if code == 1 else Result(check(code))

    def _send_on_lane(self, connection: Connection, body: bytes, flags: int, lane: int) -> Result:
        number, how = handle(connection, "connection"), _messages.number(flags, "flags", 31)
        return self.send_messages([(Connection(number), body, how, _messages.number(lane, "lane", 16))])[0]

    def send_messages(self, messages: Iterable[Outgoing]) -> list[Result]:
        """Sends `(connection, data, flags)` or `(connection, data, flags, lane)` in order, in one crossing.

        When a connection refuses a message, the later ones for it get the same result, so nothing overtakes: put what
        may be refused (without delay) last for each connection.

        Returns:
            A result for each.

        Raises:
            TypeError, ValueError, InvalidHandle: a message of the wrong shape, and which. Nothing was sent then.
        """
        if not isinstance(messages, (list, tuple)):
            messages = several(messages, "messages")
        rows, count = _messages.pack(messages), len(messages)
        codes = ffi.new("int32_t[]", count)
        refused = self._lib.gn_sockets_send(rows, len(rows), codes, count)
        if refused < 0:  # native code found a wrong one: the error is to say what is wrong with it
            rows = _messages.checked(messages)
            refused = check(self._lib.gn_sockets_send(rows, len(rows), codes, count))
        return _messages.results(refused, codes, count)

    def flush_messages_on_connection(self, connection: Connection) -> Result:
        """Sends now what waits for company on this connection.

        Returns:
            `OK`; `IGNORED` while it is not up yet: what waits goes as soon as it is. `INVALID_PARAM` when there is no
            such connection (any more), `NO_CONNECTION` when it has ended.
        """
        return self.flush_connections([Connection(handle(connection, "connection"))])[0]

    def flush_connections(self, connections: Iterable[Connection]) -> list[Result]:
        """Flushes each, in one crossing.

        Returns:
            A result for each, as of `flush_messages_on_connection`.
        """
        native, count = _messages.handle_column(connections, "connections")
        codes = ffi.new("int32_t[]", count)
        return _messages.results(check(self._lib.gn_sockets_flush(native, count, codes)), codes, count)
