"""The calls for connections from peer to peer, in one process: we connect to ourselves, and the test is the post.

Whether a way is found is tested where there is one: tests/loopback/test_p2p.py. On the Steam network:
tests/sockets/steam/cases.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gamenet._bridge import counting
from gamenet.errors import AddressInUse, AlreadyConnected, GamenetError, InvalidAddress, InvalidHandle, LibraryClosed
from gamenet.sockets import (
    Connection,
    ConnectionChange,
    ConnectionState,
    IceCandidates,
    Identity,
    Options,
    Result,
    Signal,
    Sockets,
    TurnServer,
    ice_options,
)
from tests.sockets.support import NOBODY, Pumped

ALICE = "str:alice"
QUIET = {"P2P_Transport_ICE_Enable": int(IceCandidates.PRIVATE)}
SYMMETRIC = {**QUIET, "SymmetricConnect": 1}


@pytest.fixture
def me() -> Iterator[Sockets]:
    with Sockets(identity=ALICE) as sockets:
        yield sockets


def signal_of(net: Sockets, connection: Connection) -> Signal:
    """Waits for what the library wants to have carried for a connection."""
    taken: list[Signal] = []

    def some() -> bool:
        taken.extend(signal for signal in net.signals() if signal.connection == connection)
        return bool(taken)

    Pumped(net, accepts=False).until(some, "a signal")
    return taken[0]


def carried(pumped: Pumped, condition: Any) -> None:
    """Pumps and carries until `condition()`."""

    def so() -> Any:
        for signal in pumped.net.signals():
            assert pumped.net.receive_signal(signal.data, signal.to) is True
        return condition()

    pumped.until(so)


# --- Listening and connecting ---------------------------------------------------------------------------------------


def test_a_peer_that_is_carried_to_comes_in_and_the_way_is_looked_for(me: Sockets) -> None:
    pumped = Pumped(me)
    listen = me.create_listen_socket_p2p(3, QUIET)
    connection = me.connect_p2p(ALICE, 3, QUIET)
    carried(pumped, lambda: pumped.told(connection, ConnectionState.FINDING_ROUTE))
    (came_in,) = pumped.accepted
    first = pumped.told(came_in, ConnectionState.CONNECTING)
    assert first is not None and first.listen_socket is listen
    assert first.info.identity == Identity(ALICE)
    assert me.get_connection_info(came_in).listen_socket == listen.handle


def test_a_listen_socket_of_peers_has_a_virtual_port_instead_of_an_address(me: Sockets) -> None:
    with me.create_listen_socket_p2p(65535) as listen:
        assert (listen.virtual_port, listen.address, listen.port) == (65535, "", 0)
        assert repr(listen) == "ListenSocket(virtual_port=65535)"
        with pytest.raises(AddressInUse, match="virtual port 65535 has a listen socket already"):
            me.create_listen_socket_p2p(65535)
    me.create_listen_socket_p2p(65535).destroy()
    assert me.create_listen_socket_ip("127.0.0.1:0").virtual_port is None


def test_nobody_can_listen_or_connect_and_is_told_how_to_be_somebody(net: Sockets) -> None:
    for call in (lambda: net.create_listen_socket_p2p(), lambda: net.connect_p2p("str:bob")):
        with pytest.raises(GamenetError, match=r'open Sockets\(identity="str:alice"\)'):
            call()
    assert net.receive_signal(b"anything") is False


@pytest.mark.parametrize("port", [-1, 65536, 1 << 40])
def test_a_virtual_port_out_of_range_is_refused(me: Sockets, port: int) -> None:
    with pytest.raises(ValueError, match=f"virtual_port must be from 0 to 65535, not {port}"):
        me.create_listen_socket_p2p(port)
    with pytest.raises(ValueError, match="virtual_port must be from 0 to 65535"):
        me.connect_p2p("str:bob", port)


@pytest.mark.parametrize("port", ["0", None, 1.0, True])
def test_a_virtual_port_of_a_wrong_type_is_refused(me: Sockets, port: Any) -> None:
    with pytest.raises(TypeError, match="virtual_port must be an int"):
        me.create_listen_socket_p2p(port)


@pytest.mark.parametrize("identity", ["bob", "", "str:", "str:" + 40 * "b", 0, 7, -1, 1 << 64])
def test_who_nobody_is_called_is_told_with_good_names(me: Sockets, identity: Any) -> None:
    with pytest.raises(InvalidAddress, match=r"'str:alice' .* 'steamid:76561197960287930'"):
        me.connect_p2p(identity)


@pytest.mark.parametrize("identity", ["str:b\0b", "ip:127.0.0.1", "ip:::1"])
def test_a_name_that_could_be_anybody_is_refused(me: Sockets, identity: Any) -> None:
    with pytest.raises(InvalidAddress):
        me.connect_p2p(identity)


@pytest.mark.parametrize("identity", [None, b"str:bob", 1.5, True])
def test_an_identity_of_a_wrong_type_is_refused(me: Sockets, identity: Any) -> None:
    with pytest.raises(TypeError, match="identity must be a str as in 'str:alice'"):
        me.connect_p2p(identity)
    if identity is not None:
        with pytest.raises(TypeError, match="sender must be"):
            me.receive_signal(b"", identity)


def test_an_identity_may_be_a_text_an_identity_or_a_steam_id(me: Sockets) -> None:
    steam = 76561197960287930
    for given, written in [("str:bob", "str:bob"), (Identity("str:eve"), "str:eve"), (steam, f"steamid:{steam}")]:
        connection = me.connect_p2p(given, 0, QUIET)
        assert me.get_connection_info(connection).identity == Identity(written)


def test_options_that_do_not_fit_are_refused_in_the_librarys_words(me: Sockets) -> None:
    with pytest.raises(GamenetError, match=r"cannot connect to str:bob on virtual port 2: .*ICE not enabled"):
        me.connect_p2p("str:bob", 2, ice_options(candidates=IceCandidates.NONE))
    with pytest.raises(GamenetError, match=r"cannot connect to str:bob on virtual port 2: .*candidate types"):
        me.connect_p2p("str:bob", 2, ice_options(candidates=IceCandidates.RELAY, turn=[]))


# --- Symmetric ------------------------------------------------------------------------------------------------------


def test_a_second_symmetric_connection_names_the_first(me: Sockets) -> None:
    first = me.connect_p2p("str:bob", 5, Options(symmetric_connect=True))
    with pytest.raises(AlreadyConnected, match=f"connection {first} to str:bob on virtual port 5") as refused:
        me.connect_p2p("str:bob", 5, SYMMETRIC)
    assert refused.value.connection == first
    assert me.connect_p2p("str:bob", 6, SYMMETRIC) != first
    assert me.connect_p2p("str:eve", 5, SYMMETRIC) != first
    assert me.close_connection(first) is True
    assert me.connect_p2p("str:bob", 5, SYMMETRIC) != first


def test_a_symmetric_connection_to_oneself_is_refused_unless_its_ports_differ(me: Sockets) -> None:
    with pytest.raises(InvalidAddress, match="a symmetric connection would be its own other end"):
        me.connect_p2p(ALICE, 5, SYMMETRIC)
    pumped = Pumped(me)
    me.create_listen_socket_p2p(5, SYMMETRIC)
    connection = me.connect_p2p(ALICE, 5, {**SYMMETRIC, "LocalVirtualPort": 6})
    carried(pumped, lambda: pumped.told(connection, ConnectionState.FINDING_ROUTE))
    assert len(pumped.accepted) == 1


def test_connecting_to_who_waits_accepts_them_and_accepting_again_says_so(me: Sockets) -> None:
    pumped = Pumped(me, accepts=False)
    me.create_listen_socket_p2p(5, SYMMETRIC)
    first = me.connect_p2p(ALICE, 5, {**SYMMETRIC, "LocalVirtualPort": 6})
    carried(pumped, lambda: any(change.listen_socket for change in pumped.changes))
    waiting = next(change.connection for change in pumped.changes if change.listen_socket)
    options = {**SYMMETRIC, "LocalVirtualPort": 5, "NagleTime": 7}
    assert me.connect_p2p(ALICE, 6, options) == waiting
    assert me.get_option("NagleTime", waiting) == 7
    assert me.accept_connection(waiting) is Result.DUPLICATE_REQUEST
    carried(pumped, lambda: pumped.told(first, ConnectionState.FINDING_ROUTE))
    with pytest.raises(AlreadyConnected) as refused:
        me.connect_p2p(ALICE, 6, options)
    assert refused.value.connection == waiting


@pytest.mark.parametrize("told", [False, True])
def test_who_came_in_and_was_connected_to_goes_with_the_listen_socket_told_or_not(me: Sockets, told: bool) -> None:
    listen = me.create_listen_socket_p2p(5, SYMMETRIC)
    request = signal_of(me, me.connect_p2p(ALICE, 5, {**SYMMETRIC, "LocalVirtualPort": 6}))
    assert me.receive_signal(request.data) is True
    came_in = me.connect_p2p(ALICE, 6, {**SYMMETRIC, "LocalVirtualPort": 5})
    if told:
        assert Pumped(me, accepts=False).expect(came_in, ConnectionState.CONNECTING).listen_socket is listen
    listen.destroy()
    assert me.get_connection_real_time_status(came_in).state is ConnectionState.NONE


# --- Signals --------------------------------------------------------------------------------------------------------


def test_a_signal_says_whom_it_is_for_and_which_connection_it_is_about(me: Sockets) -> None:
    connection = me.connect_p2p("str:bob", 0, QUIET)
    signal = signal_of(me, connection)
    assert (signal.connection, signal.to) == (connection, Identity("str:bob"))
    assert 100 < len(signal.data) < 2000
    assert b"str:alice" in signal.data and b"str:bob" in signal.data


def test_closing_queues_a_goodbye_unless_it_lingers_or_nobody_is_known_there(me: Sockets) -> None:
    pumped = Pumped(me)
    me.create_listen_socket_p2p(0, QUIET)
    connections = [me.connect_p2p(ALICE, 0, QUIET) for _ in range(2)]
    carried(pumped, lambda: all(pumped.told(each, ConnectionState.FINDING_ROUTE) for each in connections))
    unknown = me.connect_p2p("str:bob", 0, QUIET)
    me.signals()
    me.close_connection(unknown, reason=1003, debug="nobody")
    me.close_connection(connections[0], linger=True, reason=1002, debug="later")
    assert not any(b"nobody" in signal.data or b"later" in signal.data for signal in me.signals())
    me.close_connection(connections[1], reason=1001, debug="farewell")
    (goodbye,) = (signal for signal in me.signals() if signal.connection == connections[1])
    assert (goodbye.to, b"farewell" in goodbye.data) == (Identity(ALICE), True)
    assert me.receive_signal(goodbye.data, ALICE) is True
    other = pumped.accepted[1]
    assert pumped.expect(other, ConnectionState.CLOSED_BY_PEER).debug == "farewell"
    me.close_connection(other)
    assert not any(signal.connection == other and b"Test" in signal.data for signal in me.signals())


def test_all_signals_come_in_one_crossing_and_no_signal_is_no_more(me: Sockets) -> None:
    with counting() as crossings:
        assert me.signals() == []
    assert dict(crossings) == {"gn_sockets_signals": 1}
    connections = {me.connect_p2p("str:bob", port, QUIET) for port in range(20)}
    pumped, taken = Pumped(me, accepts=False), set()
    pumped.until(lambda: taken.update(signal.connection for signal in me.signals()) or taken >= connections)


def test_signals_that_nobody_takes_are_kept_up_to_a_limit_and_the_loss_is_logged(
    me: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    me.create_listen_socket_p2p(0, QUIET)
    request = signal_of(me, me.connect_p2p(ALICE, 0, QUIET)).data
    spoiled = request.replace(b"str:alice", b"str:malet", 1)  # inside the certificate: turned down with a signal
    with caplog.at_level(logging.WARNING, "gamenet.sockets"):
        for _ in range(4200):
            assert me.receive_signal(spoiled) is False
        me.run_callbacks()
    (told,) = [record for record in caplog.records if "were lost because nobody took them" in record.message]
    assert told.levelno == logging.WARNING
    assert len(me.signals()) == 4096
    assert not [signal for signal in me.signals() if not signal.connection]  # what we want of Alice is asked again


@pytest.mark.parametrize("data", [b"", b"\xff" * 100, bytes(1 << 17), b"\x42\x09str:alice"])
def test_bytes_that_are_no_signal_are_refused_with_a_line_in_the_log(
    me: Sockets, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert me.receive_signal(data) is False
    assert me.receive_signal(bytearray(data), ALICE) is False
    me.run_callbacks()
    assert "A P2P signal was refused" in caplog.text


def test_who_knocks_where_nobody_listens_is_not_answered_and_the_log_tells(
    me: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    request = signal_of(me, me.connect_p2p(ALICE, 77, QUIET))
    pumped = Pumped(me)
    assert me.receive_signal(request.data) is False
    me.run_callbacks()
    assert "nobody listens on virtual port 77" in caplog.text
    assert not any(change.listen_socket for change in pumped.changes)


def test_a_signal_from_somebody_else_than_it_says_is_refused(me: Sockets, caplog: pytest.LogCaptureFixture) -> None:
    me.create_listen_socket_p2p(0, QUIET)
    request = signal_of(me, me.connect_p2p(ALICE, 0, QUIET))
    assert me.receive_signal(request.data, "str:mallory") is False
    assert me.receive_signal(request.data, 76561197960287930) is False
    me.run_callbacks()
    assert "it came from str:mallory and says that it is from str:alice" in caplog.text
    assert me.receive_signal(request.data, Identity(ALICE)) is True


def test_what_is_no_bytes_or_no_sender_is_the_callers_mistake(me: Sockets) -> None:
    with pytest.raises(TypeError, match="data must be bytes, not str"):
        me.receive_signal("signal")  # type: ignore[arg-type]
    for wrong in ("nonsense", "str:a\0b", ""):
        with pytest.raises(InvalidAddress):
            me.receive_signal(b"", wrong)


def test_a_signal_may_be_handed_in_from_a_handler(me: Sockets) -> None:
    listen = me.create_listen_socket_p2p(0, QUIET)
    request = signal_of(me, me.connect_p2p(ALICE, 0, QUIET))
    pumped, handed = Pumped(me), []

    def changed(change: ConnectionChange) -> None:
        pumped.changes.append(change)
        if not handed:
            handed.append(me.receive_signal(request.data))

    me.on_connection_changed = changed
    me.connect_p2p("str:bob", 0, QUIET)  # of which it is told
    pumped.until(lambda: any(change.listen_socket is listen for change in pumped.changes))
    assert handed == [True]


def test_nothing_of_it_outlives_the_library(me: Sockets) -> None:
    me.create_listen_socket_p2p(0, QUIET)
    request = signal_of(me, me.connect_p2p(ALICE, 0, QUIET))
    assert me.receive_signal(request.data) is True
    for port in range(10):
        me.connect_p2p("str:bob", port, SYMMETRIC)
    signal_of(me, me.connect_p2p("str:eve", 0, QUIET))
    me.close()
    for call in (me.signals, lambda: me.receive_signal(b""), lambda: me.connect_p2p("str:bob")):
        with pytest.raises(LibraryClosed):
            call()
    with Sockets(identity=ALICE) as again:
        assert again.signals() == []
        assert again.create_listen_socket_p2p(0).virtual_port == 0


# --- Servers --------------------------------------------------------------------------------------------------------


def test_servers_for_a_connection_that_is_none_are_refused(me: Sockets) -> None:
    with pytest.raises(InvalidHandle):
        me.set_ice_servers(stun=["192.0.2.1"], connection=NOBODY)
    with pytest.raises(TypeError):
        me.set_ice_servers(stun=["192.0.2.1"], connection="7")  # type: ignore[arg-type]


def test_a_refusal_does_not_show_a_password(me: Sockets) -> None:
    relay = TurnServer("192.0.2.1", "ada", "5ecret")
    with pytest.raises(InvalidHandle) as unknown:
        me.set_ice_servers(turn=[relay], connection=NOBODY)
    with pytest.raises(GamenetError) as refused:
        me.connect_p2p("str:bob", 0, ice_options(turn=[relay], candidates=IceCandidates.NONE))
    assert "5ecret" not in str(unknown.value) + str(refused.value)
