"""What is told about connections, from native records."""

from __future__ import annotations

import pytest

from gamenet._bridge import ffi
from gamenet.sockets import ConnectionState, Identity, LaneStatus, ListenSocket
from gamenet.sockets.info import read_change, read_info, read_lanes, read_real_time


def test_a_record_becomes_values() -> None:
    native = ffi.new("GnInfo *", {"identity": b"str:bob", "address": b"192.0.2.1:9", "state": 3, "flags": 1 | 16})
    native.user_data = -(2**40)
    info = read_info(native)
    assert (info.identity, info.address, info.state) == (Identity("str:bob"), "192.0.2.1:9", ConnectionState.CONNECTED)
    assert (info.authenticated, info.encrypted, info.relayed) == (False, True, True)
    assert (info.fast, info.in_process, info.user_data) == (False, False, -(2**40))


@pytest.mark.parametrize(("flags", "fast", "in_process"), [(4, True, True), (8, True, False), (0, False, False)])
def test_how_near_the_other_side_is_follows_from_the_flags(flags: int, fast: bool, in_process: bool) -> None:
    info = read_info(ffi.new("GnInfo *", {"flags": flags}))
    assert (info.fast, info.in_process) == (fast, in_process)


def test_nobody_is_none() -> None:
    assert read_info(ffi.new("GnInfo *", {"identity": b"invalid"})).identity is None


def test_a_text_that_fills_its_array_or_is_no_utf8_is_still_read() -> None:
    info = read_info(ffi.new("GnInfo *", {"debug": b"\xff" * 128}))
    assert info.debug == "\N{REPLACEMENT CHARACTER}" * 128


def test_a_change_names_the_listen_socket_it_came_in_on() -> None:
    listen = ListenSocket(9, "[::]:1", lambda _: None)
    native = ffi.new("GnChange *", {"connection": 7, "old_state": 0, "info": {"state": 1, "listen_socket": 9}})
    change = read_change(native, {9: listen})
    assert (change.connection, change.state, change.listen_socket) == (7, ConnectionState.CONNECTING, listen)
    assert read_change(native, {}).listen_socket is None


def test_the_rows_of_real_time_statuses_are_read_field_by_field() -> None:
    rows = ffi.new("GnRealTime[2]")
    wanted = {
        "ping": 0.05,
        "queue_time": 0.5,
        "quality_local": 0.25,
        "quality_remote": 0.125,
        "out_packets": 1.0,
        "out_bytes": 2.0,
    }
    wanted |= {"in_packets": 3.0, "in_bytes": 4.0, "send_rate": 5, "pending_unreliable": 6, "pending_reliable": 7}
    wanted |= {"sent_unacked_reliable": 8, "max_jitter": 0.75}
    rows[1].state = 3
    for name, value in wanted.items():
        setattr(rows[1], name, value)
    first, second = read_real_time(rows, 2)
    assert first.state is ConnectionState.NONE
    assert second._asdict() == {"state": ConnectionState.CONNECTED, "lanes": ()} | wanted


def test_the_rows_of_lanes_are_read_field_by_field() -> None:
    rows = ffi.new("GnLane[2]")
    wanted = {"queue_time": 0.5, "pending_unreliable": 1, "pending_reliable": 2, "sent_unacked_reliable": 3}
    for name, value in wanted.items():
        setattr(rows[1], name, value)
    first, second = read_lanes(rows, 2)
    assert (first, second._asdict()) == (LaneStatus(0.0, 0, 0, 0), wanted)
