"""What can be sent, and what is refused in the sender's line."""

from __future__ import annotations

from typing import Any

import pytest

from gamenet._bridge import counting
from gamenet.sockets import Result, SendFlags, Sockets

from ..support import NOBODY, Pumped


@pytest.mark.parametrize("wrong", [None, "text", 5, [1, 2]], ids=repr)
def test_data_of_the_wrong_type_is_named(net: Sockets, wrong: Any) -> None:
    with pytest.raises(TypeError, match="data must be bytes"):
        net.send_message_to_connection(NOBODY, wrong)


@pytest.mark.parametrize("flags", ["8", 8.0, None])
def test_flags_of_the_wrong_type_are_named(net: Sockets, flags: Any) -> None:
    with pytest.raises(TypeError, match="flags must be an int"):
        net.send_message_to_connection(NOBODY, b"x", flags)


@pytest.mark.parametrize("flags", [-1, 2, 64, 1 << 20])
def test_flags_that_mean_nothing_are_refused_and_nothing_is_sent(net: Sockets, flags: int) -> None:
    one, other = net.create_socket_pair()
    with pytest.raises(ValueError, match=rf"flags are none of SendFlags: {flags}\. There are UNRELIABLE 0, .*NAGLE 9"):
        net.send_message_to_connection(one, b"x", flags)
    with pytest.raises(ValueError, match=rf"messages\[1\] flags (are none of SendFlags:|must be from 0 to).* {flags}"):
        net.send_messages([(one, b"x", 8), (one, b"x", flags)])
    assert net.receive_messages_on_connection(other) == []


def test_a_single_message_goes_on_the_lane_that_is_asked_for_in_one_crossing(net: Sockets) -> None:
    one, other = net.create_socket_pair(through_network=True)
    net.configure_connection_lanes(one, [0, 1])
    for lane in (0, 1):
        with counting() as crossings:
            assert net.send_message_to_connection(one, b"x", lane=lane) is Result.OK
        assert crossings.total() == 1
    assert sorted(message.lane for message in Pumped(net).receive(other, 2)) == [0, 1]
    assert net.send_message_to_connection(one, b"x", lane=2) is Result.INVALID_PARAM


@pytest.mark.parametrize(
    ("lane", "error"), [("1", TypeError), (1.0, TypeError), (None, TypeError), (-1, ValueError), (2**16, ValueError)]
)
def test_a_lane_that_can_be_none_is_named(net: Sockets, lane: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^lane must be"):
        net.send_message_to_connection(NOBODY, b"x", lane=lane)


def test_nothing_to_do_is_done_without_a_word(net: Sockets) -> None:
    assert net.send_messages([]) == net.send_messages(iter([])) == net.flush_connections([]) == []
    assert net.real_time_statuses([]) == []


def test_the_flag_for_this_very_thread_goes_together_with_the_others(net: Sockets) -> None:
    one, other = net.create_socket_pair(through_network=True)
    flags = SendFlags.UNRELIABLE_NO_NAGLE | SendFlags.USE_CURRENT_THREAD
    assert net.send_message_to_connection(one, b"x", flags) is Result.OK
    assert net.send_messages([(one, b"y", SendFlags.RELIABLE | SendFlags.USE_CURRENT_THREAD)]) == [Result.OK]
    got = {message.data: message.reliable for message in Pumped(net).receive(other, 2)}
    assert got == {b"x": False, b"y": True}
