"""Strangers who flood a listener: by coming in and saying nothing, and by saying too much."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gamenet.sockets import MAX_WAITING, Connection, ConnectionState, SendFlags, Sockets
from tests.sockets.support import Pumped, connect

LIMIT = 2 << 20
"""Bytes that wait to be received on one connection, at most, as the page says."""
FLOODER = Path(__file__).with_name("flooder.py")


@contextmanager
def flooder(word: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, str(FLOODER), word, *map(str, words)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ask(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return said(process)


def told_to_go(caplog: pytest.LogCaptureFixture) -> list[int]:
    """How many were turned away, as the log lines say."""
    lines = (record.getMessage() for record in caplog.records)
    return [int(line.split()[0]) for line in lines if "connections were turned away" in line]


def test_who_comes_in_by_the_thousand_gets_no_further_than_the_limit(
    net: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    pumped, more = Pumped(net, accepts=False), 300
    listen = net.create_listen_socket_ip("127.0.0.1:0", {"TimeoutInitial": 60_000})
    with flooder("knock", listen.address, MAX_WAITING + more) as strangers:
        assert said(strangers) == str(MAX_WAITING + more)  # nobody pumped so far
        pumped.until(lambda: sum(told_to_go(caplog)) == more, "the rest to be turned away")
        assert len(told_to_go(caplog)) < more / 10  # one line a second, not one for each
        pumped.until(lambda: len(pumped.changes) >= MAX_WAITING, "those who wait to be told")
        pumped.until(lambda: ask(strangers) == str(more), "each of the rest to be closed with its reason")
        waiting = [change.connection for change in pumped.changes]
        assert len(waiting) == len(set(waiting)) == MAX_WAITING
        for connection in waiting:
            assert net.close_connection(connection)
        pumped.accepts = True
        client = net.connect_by_ip_address(listen.address)
        pumped.expect(client, ConnectionState.CONNECTED)


def test_a_thousand_who_come_at_once_are_all_let_in(net: Sockets, caplog: pytest.LogCaptureFixture) -> None:
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with flooder("knock", listen.address, 1000) as players:
        assert said(players) == "1000"  # between two looks of a listener that was busy
        pumped.until(lambda: len(pumped.accepted) == 1000, "all to come in")
        assert told_to_go(caplog) == []
        assert ask(players) == "0"


def test_connections_that_nobody_waits_for_any_more_make_room(net: Sockets, caplog: pytest.LogCaptureFixture) -> None:
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0", {"TimeoutInitial": 500})
    with flooder("knock", listen.address, MAX_WAITING) as strangers:
        assert said(strangers) == str(MAX_WAITING)
        given_up = ConnectionState.PROBLEM_DETECTED_LOCALLY
        pumped.until(lambda: sum(change.state is given_up for change in pumped.changes) == MAX_WAITING)
    client = net.connect_by_ip_address(listen.address)  # none of them was closed by us
    came_in = pumped.expect(client, ConnectionState.CONNECTING)
    assert came_in.end_reason == 0
    pumped.until(lambda: [c for c in pumped.changes if c.listen_socket is listen][MAX_WAITING * 2 :])
    assert told_to_go(caplog) == []


def test_a_failed_assertion_of_the_library_is_a_log_record_and_not_a_word_on_the_terminal(
    net: Sockets, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(120):  # a hundred changes that wait are too many for it
        net.connect_by_ip_address("127.0.0.1:9")
    net.run_callbacks()
    failed = [record for record in caplog.records if "Callbacks backing up" in record.getMessage()]
    assert 0 < len(failed) <= 8
    assert {record.levelno for record in failed} == {logging.ERROR}
    assert failed[0].getMessage().startswith("csteamnetworkingsockets.cpp(")
    assert capfd.readouterr() == ("", "")


@pytest.mark.timeout(120)
def test_who_floods_with_messages_keeps_nobody_else_from_playing(net: Sockets) -> None:
    pair = connect(net)
    assert pair.listen is not None
    group = net.create_poll_group()
    net.set_connection_poll_group(pair.server, group)
    got: dict[Connection, int] = {}
    with flooder("messages", pair.listen.address) as stranger:
        pair.until(lambda: len(pair.accepted) == 2, "the flooder to come in")
        net.set_connection_poll_group(pair.accepted[1], group)
        assert said(stranger) == "connected"
        deadline, asked = time.monotonic() + 30, 0
        while got.get(pair.server, 0) < 200 or got.get(pair.accepted[1], 0) < 2000:
            assert time.monotonic() < deadline, got
            net.run_callbacks()
            if got.get(pair.server, 0) == asked:
                asked += net.send_message_to_connection(pair.client, b"a move", SendFlags.RELIABLE_NO_NAGLE) == 1
            while batch := net.receive_messages_on_poll_group(group, 10_000):
                for message in batch:
                    got[message.connection] = got.get(message.connection, 0) + 1
        status = net.get_connection_info(pair.server)
        assert status.state is ConnectionState.CONNECTED


def test_what_a_flood_of_messages_makes_us_keep_is_limited_while_nobody_receives(net: Sockets) -> None:
    pair = connect(net)
    assert pair.listen is not None
    with flooder("messages", pair.listen.address) as stranger:
        pair.until(lambda: len(pair.accepted) == 2, "the flooder to come in")
        assert (said(stranger), said(stranger)) == ("connected", "many")
        stranger.kill()  # or more comes in while we take what is there than what lies in the system's buffer
        stranger.wait()
        kept = net.receive_messages_on_connection(pair.accepted[1], 65_536)
        size = sum(len(message.data) for message in kept)
        assert 1_000_000 < size < LIMIT + 1_000_000
