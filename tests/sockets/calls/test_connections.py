"""Connections: unknown ones, wrong arguments, pairs and names. What needs two processes is in tests/loopback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gamenet.errors import (
    InvalidAddress,
    InvalidHandle,
)
from gamenet.sockets import (
    ConnectionState,
    Identity,
    PollGroup,
    Result,
    Sockets,
)

from ..support import NOBODY, Pumped


def test_an_unknown_connection_is_a_value_where_the_reference_has_one(net: Sockets) -> None:
    assert net.accept_connection(NOBODY) is Result.INVALID_PARAM
    assert net.close_connection(NOBODY) is False
    assert net.send_message_to_connection(NOBODY, b"x") is Result.INVALID_PARAM
    assert net.flush_messages_on_connection(NOBODY) is Result.INVALID_PARAM
    assert net.set_connection_poll_group(NOBODY, net.create_poll_group()) is False
    assert net.destroy_poll_group(PollGroup(77)) is False
    assert net.real_time_statuses([NOBODY])[0].state is ConnectionState.NONE


UNKNOWN: list[Callable[[Sockets], object]] = [
    lambda net: net.receive_messages_on_connection(NOBODY),
    lambda net: net.receive_messages_on_poll_group(PollGroup(77)),
    lambda net: net.get_connection_info(NOBODY),
    lambda net: net.get_detailed_connection_status(NOBODY),
    lambda net: net.get_connection_name(NOBODY),
    lambda net: net.set_connection_name(NOBODY, "x"),
    lambda net: net.get_connection_user_data(NOBODY),
    lambda net: net.set_connection_user_data(NOBODY, 1),
    lambda net: net.set_option("NagleTime", 1, NOBODY),
    lambda net: net.get_option("NagleTime", NOBODY),
]


@pytest.mark.parametrize("call", UNKNOWN)
def test_an_unknown_handle_raises_where_there_is_nothing_to_return(
    net: Sockets, call: Callable[[Sockets], object]
) -> None:
    with pytest.raises(InvalidHandle, match="there is no"):
        call(net)


GARBAGE: list[Any] = [None, "1", 1.5, b"1", Ellipsis, []]


TAKES_CONNECTION: list[Callable[[Sockets, Any], object]] = [
    lambda net, wrong: net.accept_connection(wrong),
    lambda net, wrong: net.close_connection(wrong),
    lambda net, wrong: net.send_message_to_connection(wrong, b"x"),
    lambda net, wrong: net.receive_messages_on_connection(wrong),
    lambda net, wrong: net.get_connection_info(wrong),
    lambda net, wrong: net.get_detailed_connection_status(wrong),
    lambda net, wrong: net.set_option("NagleTime", 1, wrong) if wrong is not None else net.accept_connection(wrong),
    lambda net, wrong: net.configure_connection_lanes(wrong, [0]),
    lambda net, wrong: net.set_connection_name(wrong, "x"),
    lambda net, wrong: net.get_connection_user_data(wrong),
    lambda net, wrong: net.set_connection_user_data(wrong, 1),
    lambda net, wrong: net.get_connection_real_time_status(wrong, lanes=1),
]


@pytest.mark.parametrize("wrong", GARBAGE, ids=repr)
@pytest.mark.parametrize("call", TAKES_CONNECTION)
def test_a_connection_of_the_wrong_type_is_named(
    net: Sockets, call: Callable[[Sockets, Any], object], wrong: object
) -> None:
    with pytest.raises(TypeError, match="connection must be an int"):
        call(net, wrong)


@pytest.mark.parametrize("wrong", [-1, 2**32, 2**99])
def test_a_connection_out_of_range_is_an_invalid_handle(net: Sockets, wrong: int) -> None:
    for call in TAKES_CONNECTION:
        with pytest.raises(InvalidHandle):
            call(net, wrong)


def test_a_reason_that_is_not_the_programs_to_give_is_refused(net: Sockets) -> None:
    for reason in (0, 999, 3000, -5):
        with pytest.raises(ValueError, match="reason must be from 1000 to 2999"):
            net.close_connection(NOBODY, reason=reason)
    for reason, name in ((2401, "UNPROVEN"), (2402, "CROWDED"), (2999, "CUT_SHORT")):
        with pytest.raises(ValueError, match=rf"reason {reason} is EndReason.{name}.*2001 to 2998 but 2401 and 2402"):
            net.close_connection(NOBODY, reason=reason)
    with pytest.raises(TypeError, match="debug a str"):
        net.close_connection(NOBODY, debug=b"x")  # type: ignore[arg-type]


@pytest.mark.parametrize("through_network", [False, True])
def test_a_socket_pair_is_connected_from_the_start(net: Sockets, through_network: bool) -> None:
    one, other = net.create_socket_pair(through_network=through_network)
    assert net.send_message_to_connection(one, b"hello") is Result.OK
    (message,) = Pumped(net).receive(other, 1)
    assert (message.data, message.reliable, message.connection) == (b"hello", True, other)


@pytest.mark.parametrize("through_network", [False, True])
def test_each_end_of_a_pair_sees_the_identity_that_was_given_for_its_peer(net: Sockets, through_network: bool) -> None:
    bob_and_alice = ("str:bob", Identity("str:alice"))
    one, other = net.create_socket_pair(through_network=through_network, peer_identities=bob_and_alice)
    assert net.get_connection_info(one).identity == Identity("str:bob")
    assert net.get_connection_info(other).identity == Identity("str:alice")
    assert net.get_connection_info(one).in_process is not through_network


def test_an_identity_of_a_pair_that_is_none_is_refused(net: Sockets) -> None:
    with pytest.raises(InvalidAddress, match='"nobody at all" is no identity'):
        net.create_socket_pair(peer_identities=("str:alice", "nobody at all"))
    with pytest.raises(TypeError, match=r"peer_identities\[1\] must be a str"):
        net.create_socket_pair(peer_identities=("str:alice", None))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="peer_identities must be a pair"):
        net.create_socket_pair(peer_identities="str:alice")  # type: ignore[arg-type]


def test_a_number_of_the_programs_own_goes_with_a_connection(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    assert net.get_connection_user_data(one) == -1
    for number in (2**63 - 1, -(2**63), 0):
        net.set_connection_user_data(one, number)
        assert net.get_connection_user_data(one) == net.get_connection_info(one).user_data == number
    assert net.get_connection_user_data(other) == -1


def test_that_number_is_there_from_the_first_change_when_given_as_an_option(net: Sockets) -> None:
    pumped = Pumped(net)
    connection = net.connect_by_ip_address("127.0.0.1:9", {"ConnectionUserData": 2**40})
    assert pumped.expect(connection, ConnectionState.CONNECTING).info.user_data == 2**40


def test_a_number_that_does_not_fit_or_is_none_is_refused(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    for number in (2**63, -(2**63) - 1):
        with pytest.raises(ValueError, match="data must fit 64 bits"):
            net.set_connection_user_data(one, number)
    with pytest.raises(TypeError, match="data must be an int"):
        net.set_connection_user_data(one, "7")  # type: ignore[arg-type]


def test_fewer_lanes_are_told_as_such_even_where_another_would_go_first(net: Sockets) -> None:
    one, _ = net.create_socket_pair(through_network=True)
    assert net.configure_connection_lanes(one, [1, 0]) is Result.OK
    with pytest.raises(ValueError, match=f"priorities are those of 1 lanes, but connection {one} has more already"):
        net.configure_connection_lanes(one, [0])


def test_lanes_can_grow_but_not_shrink(net: Sockets) -> None:
    one, _ = net.create_socket_pair(through_network=True)
    assert net.configure_connection_lanes(one, [0, 1]) is Result.OK
    assert net.configure_connection_lanes(one, [0, 1, 1], [1, 3, 1]) is Result.OK
    with pytest.raises(ValueError, match=f"priorities are those of 2 lanes, but connection {one} has more already"):
        net.configure_connection_lanes(one, [0, 1])
    assert net.configure_connection_lanes(one, [0] * 255) is Result.OK


@pytest.mark.parametrize(
    ("priorities", "weights", "said"),
    [
        ([], None, "priorities must be those of 1 to 255 lanes, not of 0"),
        ([0] * 256, None, "priorities must be those of 1 to 255 lanes, not of 256"),
        ([0, 1], [1], "2 priorities and 1 weights: each lane has one of each"),
        ([0, 1], [1, 0], r"weights\[1\] must be from 1 to 65535, not 0"),
        ([0, 1], [1, 65536], r"weights\[1\] must be from 1 to 65535, not 65536"),
        ([0, -1], None, r"priorities\[1\] must be from 0 to 2147483647, not -1"),
    ],
)
def test_lanes_that_cannot_be_are_refused_with_what_can(
    net: Sockets, priorities: list[int], weights: list[int] | None, said: str
) -> None:
    one, _ = net.create_socket_pair()
    with pytest.raises(ValueError, match=said):
        net.configure_connection_lanes(one, priorities, weights)


def test_lanes_of_a_connection_that_has_ended_are_answered_with_a_value(net: Sockets) -> None:
    one, other = net.create_socket_pair()
    net.configure_connection_lanes(one, [0, 1])
    net.close_connection(other)
    Pumped(net).expect(one, ConnectionState.CLOSED_BY_PEER)
    assert net.configure_connection_lanes(one, [0]) is Result.INVALID_STATE
    net.close_connection(one)
    assert net.configure_connection_lanes(one, [0]) is Result.NO_CONNECTION


def test_a_name_is_kept_and_shown(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    net.set_connection_name(one, "Größe 7")
    assert net.get_connection_name(one) == "Größe 7"
    assert "Größe 7" in net.get_connection_info(one).description


def test_a_long_name_is_cut_between_characters(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    net.set_connection_name(one, "é" * 500)
    name = net.get_connection_name(one)
    assert name
    assert set(name) == {"é"}


def test_lanes_are_not_put_into_an_order_that_the_library_would_lose_itself_in(net: Sockets) -> None:
    one, _ = net.create_socket_pair()
    assert net.configure_connection_lanes(one, [2, 1, 0]) is Result.OK
    with pytest.raises(ValueError, match="lane 0 stood behind others and cannot be put first"):
        net.configure_connection_lanes(one, [0, 0, 0])
    assert net.configure_connection_lanes(one, [5, 5, 1]) is Result.OK, "lane 2 still goes first"
    fresh, _ = net.create_socket_pair()
    assert net.configure_connection_lanes(fresh, [0, 0, 0]) is Result.OK
