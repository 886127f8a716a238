"""Receiving: limits, times, crossings."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gamenet import _bridge
from gamenet.sockets import (
    Result,
    SendFlags,
    Sockets,
)

from ..support import connect


@pytest.mark.parametrize(("limit", "kind"), [(0, ValueError), (-1, ValueError), ("1", TypeError), (None, TypeError)])
def test_a_limit_that_is_none_is_named(net: Sockets, limit: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="limit must be"):
        net.receive_batch(net.create_poll_group(), limit)


def test_a_huge_limit_is_a_limit(net: Sockets) -> None:
    assert net.receive_messages_on_poll_group(net.create_poll_group(), 2**80) == []


def test_received_at_is_on_the_monotonic_clock(net: Sockets) -> None:
    pair = connect(net)
    before = time.monotonic()
    net.send_message_to_connection(pair.client, b"x", SendFlags.RELIABLE_NO_NAGLE)
    (message,) = pair.receive(pair.server, 1)
    assert before - 0.001 <= message.received_at <= time.monotonic() + 0.001


def test_one_crossing_carries_a_batch_each_way_however_many_messages(net: Sockets) -> None:
    counts = []
    for many in (1, 500):
        one, other = net.create_socket_pair()
        group = net.create_poll_group()
        assert net.set_connection_poll_group(other, group)
        with _bridge.counting() as crossings:
            assert net.send_messages([(one, b"x" * 50, SendFlags.RELIABLE)] * many) == [Result.OK] * many
            net.flush_connections([one] * many)
            net.real_time_statuses([one, other] * many)
            assert len(net.receive_batch(group)) == many
        counts.append(dict(crossings))
    assert counts[0] == counts[1]
    assert set(counts[0].values()) == {1}
