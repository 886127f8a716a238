"""gamenet.sockets over a long time: connections that come and go, and ten million messages, take no more memory."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gamenet.sockets import Connection, ConnectionState, Options, SendFlags, Sockets
from tests.sockets.support import Pumped, connect

CYCLES = 10_000
MESSAGES = 10_000_000
BATCH = 500

WARM = 2
"""Tenths after which memory has to be flat: the library keeps a closed connection for some seconds."""

MOST_GROWTH = 1 << 20
"""Bytes between the third tenth and the end: what an allocator may move. A leak of 150 bytes a connection is more."""

WIDE = Options(send_buffer_size=8 << 20, send_rate_min=200_000_000, send_rate_max=200_000_000)


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def sizes_over(work: Callable[[int], None], what: str) -> list[int]:
    """Resident bytes after each tenth of the work, which is done ten times; the figures are printed for the docs."""
    sizes = []
    began = time.monotonic()
    for tenth in range(10):
        work(tenth)
        sizes.append(resident())
    time.monotonic() - began
    (sizes[-1] - sizes[WARM]) / 1024
    return sizes


@pytest.mark.timeout(1800)
def test_ten_thousand_connections_that_come_and_go_leave_nothing(net: Sockets) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0")

    def come_and_go() -> None:
        client = net.connect_by_ip_address(listen.address)
        pumped.expect(client, ConnectionState.CONNECTED)
        net.send_message_to_connection(client, b"x" * 1000, SendFlags.RELIABLE_NO_NAGLE)
        pumped.until(lambda: pumped.accepted, "a connection to come in")
        server = pumped.accepted.pop()
        assert pumped.receive(server, 1)[0].data == b"x" * 1000
        net.close_connection(client)
        pumped.expect(server, ConnectionState.CLOSED_BY_PEER)
        net.close_connection(server)
        pumped.changes.clear()

    def tenth(_: int) -> None:
        for _ in range(CYCLES // 10):
            come_and_go()

    sizes = sizes_over(tenth, f"{CYCLES} connections")
    assert sizes[-1] - sizes[WARM] < MOST_GROWTH, [size >> 10 for size in sizes]


@pytest.mark.timeout(1800)
def test_ten_million_messages_leave_nothing(net: Sockets) -> None:
    net.set_option("RecvBufferSize", 64 << 20)
    net.set_option("RecvBufferMessages", 1 << 20)
    pair = connect(net, WIDE)
    group = net.create_poll_group()
    net.set_connection_poll_group(pair.server, group)
    messages: list[tuple[Connection, bytes, int]] = [
        (pair.client, b"%d" % i + b" " * 90, SendFlags.RELIABLE_NO_NAGLE) for i in range(BATCH)
    ]
    expected = [data for _, data, _ in messages]

    def batch() -> None:
        net.send_messages(messages)
        got: list[bytes] = []
        deadline = time.monotonic() + 20
        while len(got) < BATCH:
            got.extend(message.data for message in net.receive_messages_on_poll_group(group, BATCH))
            assert time.monotonic() < deadline, f"{len(got)} of {BATCH} messages came"
        assert got == expected

    def tenth(_: int) -> None:
        for _ in range(MESSAGES // 10 // BATCH):
            batch()

    sizes = sizes_over(tenth, f"{MESSAGES} messages")
    assert sizes[-1] - sizes[WARM] < MOST_GROWTH, [size >> 10 for size in sizes]
