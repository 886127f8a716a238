"""The life of a connection is the table: all that happens stands there, and all that stands there happens."""

from __future__ import annotations

from gamenet.sockets import Connection, ConnectionState, FakeNetwork, Options, SendFlags, Sockets
from gamenet.sockets.states import CHANGES, TRANSITIONS

from . import drawing
from .support import Pair, Pumped, connect

ROUTES = {pair for pair in CHANGES if ConnectionState.FINDING_ROUTE in pair}
"""Only P2P looks for a route: tests/loopback/test_p2p.py."""

NOBODY_THERE = "127.0.0.1:9"


def test_every_change_of_connections_by_address_in_the_table_happens_and_no_other(net: Sockets) -> None:
    pumped = Pumped(net)
    lost = connect(net, Options(timeout_connected=100))
    left, leaving = connect(net), connect(net)
    net.on_connection_changed = pumped._changed

    net.close_connection(leaving.client)
    pumped.expect(leaving.server, ConnectionState.CLOSED_BY_PEER)
    net.close_connection(leaving.server)
    left.listen.destroy() if left.listen else None

    never = net.connect_by_ip_address(NOBODY_THERE, Options(timeout_initial=50))
    pumped.expect(never, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    net.close_connection(never)
    net.close_connection(net.connect_by_ip_address(NOBODY_THERE))
    refuse(net, pumped)

    net.simulate(FakeNetwork(loss=100))
    net.send_message_to_connection(lost.client, b"no answer", SendFlags.RELIABLE)
    pumped.expect(lost.client, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    seen = {(change.old_state, change.state) for each in (lost, left, leaving, pumped) for change in each.changes}
    assert seen == CHANGES - ROUTES


def refuse(net: Sockets, pumped: Pumped) -> None:
    """Somebody comes in and is not let in."""
    pumped.accepts, before = False, len(pumped.changes)
    client = net.connect_by_ip_address(net.create_listen_socket_ip("127.0.0.1:0").address)

    def came_in() -> list[Connection]:
        return [change.connection for change in pumped.changes[before:] if change.listen_socket is not None]

    pumped.until(came_in)
    net.close_connection(came_in()[0])
    pumped.expect(client, ConnectionState.CLOSED_BY_PEER)


def test_closing_is_told_too_and_then_the_connection_is_gone(net: Sockets) -> None:
    pair: Pair = connect(net)
    net.close_connection(pair.client)
    change = pair.expect(pair.client, ConnectionState.NONE)
    assert change.old_state is ConnectionState.CONNECTED
    assert net.get_connection_real_time_status(pair.client).state is ConnectionState.NONE


def test_each_way_stands_in_the_table_once() -> None:
    assert len(CHANGES) == len(TRANSITIONS)
    assert not [each for each in TRANSITIONS if each.old is each.new]


def test_every_state_that_is_told_can_be_reached_and_left() -> None:
    told = {state for state in ConnectionState if state >= 0}
    assert {each.new for each in TRANSITIONS} == {each.old for each in TRANSITIONS} == told


def test_the_picture_has_every_way_of_the_table_once() -> None:
    drawn = [(old, arrow.new) for arrow in drawing.arrows() for old in arrow.olds]
    assert sorted(drawn) == sorted(CHANGES)
    assert drawing.svg().count('class="way"') == len(drawing.arrows())
    assert all(f">{state.name}<" in drawing.svg() for state in ConnectionState if state >= 0)
