"""What can be sent, and what is refused in the sender's line."""

from __future__ import annotations

from typing import Any

import pytest

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
    with pytest.raises(ValueError, match=f"flags are none of SendFlags: {flags}"):
        net.send_message_to_connection(one, b"x", flags)
    with pytest.raises(ValueError, match=rf"messages\[1\] flags (are none of SendFlags:|must be from 0 to).* {flags}"):
        net.send_messages([(one, b"x", 8), (one, b"x", flags)])
    assert net.receive_messages_on_connection(other) == []


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
