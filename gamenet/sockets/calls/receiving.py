"""Receiving messages, from one connection or from a poll group."""

from __future__ import annotations

from typing import Any

from gamenet._bridge import check, ffi

from .. import messages as _messages
from ..handles import Connection, PollGroup, handle
from ..messages import Message, ReceivedBatch
from .base import Calls


class ReceivingCalls(Calls):
    def receive_messages_on_connection(self, connection: Connection, limit: int = 32) -> list[Message]:
        """Up to `limit` messages that wait, oldest first. One crossing.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        batch = ffi.new("GnBatch *")  # one for each call: what it points to belongs to the calling thread
        count = self._lib.gn_sockets_receive_on_connection(handle(connection, "connection"), _limit(limit), batch)
        return _messages.read_batch(batch, check(count))

    def receive_messages_on_poll_group(self, group: PollGroup, limit: int = 32) -> list[Message]:
        """Up to `limit` messages that wait on the group's connections; in order for each connection. One crossing.

        Once 16 MiB are together, which is looked at every 256 messages, the rest stays for the next call.

        Raises:
            InvalidHandle: there is no such poll group (any more).
        """
        batch, count = self._receive_on_poll_group(group, limit)
        return _messages.read_batch(batch, count) if count else []

    def receive_batch(self, group: PollGroup, limit: int = 1 << 16) -> ReceivedBatch:
        """What `receive_messages_on_poll_group` gives, in one block of memory with views into it: for big messages.

        Raises:
            InvalidHandle: there is no such poll group (any more).
        """
        return ReceivedBatch(*self._receive_on_poll_group(group, limit))

    def _receive_on_poll_group(self, group: PollGroup, limit: int) -> tuple[Any, int]:
        """A `GnBatch`, and how many messages it has."""
        batch = ffi.new("GnBatch *")
        try:  # the usual way first: what is wrong with an argument is found out only when something is
            count = self._lib.gn_sockets_receive_on_poll_group(group, limit if limit > 0 else _limit(limit), batch)
        except (TypeError, OverflowError):
            number, most = handle(group, "group"), _limit(limit)
            count = self._lib.gn_sockets_receive_on_poll_group(number, most, batch)
        return batch, count if count >= 0 else check(count)

    def create_poll_group(self) -> PollGroup:
        """A poll group, empty: `set_connection_poll_group` puts connections into it."""
        return PollGroup(check(self._lib.gn_sockets_create_poll_group()))

    def destroy_poll_group(self, group: PollGroup) -> bool:
        """Ends a poll group; its connections stay open, in no group.

        Returns:
            False when there is none (any more).
        """
        return bool(check(self._lib.gn_sockets_destroy_poll_group(handle(group, "group"))))

    def set_connection_poll_group(self, connection: Connection, group: PollGroup | None) -> bool:
        """Moves the connection, with what waits on it, into the group, or with None out of its group.

        Returns:
            False when either does not exist (any more).
        """
        member = handle(connection, "connection")
        if group is not None and handle(group, "group") == 0:
            return False  # native code would take it for None
        return bool(check(self._lib.gn_sockets_set_poll_group(member, group or 0)))


def _limit(limit: object) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"limit must be an int, not {type(limit).__name__}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    return min(limit, 1 << 20)
