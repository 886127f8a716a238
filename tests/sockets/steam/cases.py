"""What holds on the Steam network, each case in its own process: `python -m tests.sockets.steam.cases CASE LIBRARY`.

`tests/sockets/test_steam.py` runs them. Each ends with the same questions to the stub: was everything closed, was every
message released, was every call one that Steam takes.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gamenet import sockets
from gamenet.errors import AlreadyOpen, GamenetError, InvalidAddress, InvalidHandle, SteamUnavailable, UnknownOption
from gamenet.sockets import (
    AuthenticationChange,
    AuthenticationStatus,
    Connection,
    ConnectionState,
    Identity,
    Options,
    Result,
    SendFlags,
    Sockets,
)
from tests.pages import SOCKETS, blocks_of
from tests.sockets.steam.stub import FRIEND, US, Stub
from tests.sockets.support import Pair, Pumped

UP = [ConnectionState.CONNECTING, ConnectionState.FINDING_ROUTE, ConnectionState.CONNECTED]
NOBODY = Connection(99)

CASES: dict[str, Callable[[str, Stub], None]] = {}


def case(function: Callable[[str, Stub], None]) -> Callable[[str, Stub], None]:
    CASES[function.__name__] = function
    return function


@contextlib.contextmanager
def refused(kind: type[BaseException], *words: str) -> Iterator[None]:
    """The block raises that, with all these words in the message."""
    try:
        yield
    except kind as error:
        said = str(error)
    else:
        raise AssertionError(f"no {kind.__name__}")
    assert all(word in said for word in words), f"not all of {words} in {said!r}"


def connected(net: Sockets, port: int = 0) -> Pair:
    """Two ends of one connection through Steam, from us to ourselves."""
    pair = Pair(net)
    pair.listen = net.create_listen_socket_p2p(port)
    pair.client = net.connect_p2p(US, port)
    pair.expect(pair.client, ConnectionState.CONNECTED)
    pair.until(lambda: pair.accepted, "a connection to come in")
    pair.server = pair.accepted[0]
    pair.expect(pair.server, ConnectionState.CONNECTED)
    return pair


# --- Opening and closing ----------------------------------------------------------------------------------------------


@case
def who_we_are_is_what_steam_says(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        assert net.get_identity() == Identity(f"steamid:{US}")
        stub.log_in(0)
        assert net.get_identity() is None


@case
def an_identity_of_our_own_is_refused_before_steam_starts(library: str, stub: Stub) -> None:
    with refused(InvalidAddress, "'str:alice'", "Steam says who we are"):
        Sockets(identity="str:alice", library=library)
    assert stub.lines() == []


@case
def steams_own_words_are_told_and_a_later_try_may_succeed(library: str, stub: Stub) -> None:
    stub.starts_not(2, "Cannot reach the client. Is it running?")
    for _ in range(2):
        with refused(
            SteamUnavailable, "(Cannot reach the client. Is it running?)", "start the Steam client and log in"
        ):
            Sockets(library=library)
    stub.starts_not(1, "No app id.")
    with refused(OSError, "(No app id.)", "steam_appid.txt"):
        Sockets(library=library)
    assert stub.calls("Shutdown") == []
    stub.starts_not(0, "")
    Sockets(library=library).close()


@case
def an_old_library_that_gives_no_reason_is_told_with_what_it_may_be(library: str, stub: Stub) -> None:
    stub.starts_not(1, "")
    with refused(SteamUnavailable, "Steam does not start: is the Steam client running", "steam_appid.txt"):
        Sockets(library=library)
    stub.starts_not(0, "")
    Sockets(library=library).close()
    assert stub.calls("Init") == ["", ""]


@case
def an_sdk_1_58_starts_steam_by_the_function_that_was_its_only_one(library: str, stub: Stub) -> None:
    stub.starts_not(2, "Nobody is there.")
    with refused(SteamUnavailable, "(Nobody is there.)", "start the Steam client and log in"):
        Sockets(library=library)
    stub.starts_not(0, "")
    Sockets(library=library).close()
    assert stub.calls("InternalInit") == ["", ""] and stub.calls("Shutdown") == ["left=0"]


@case
def a_client_that_is_too_old_for_the_library_is_told_and_let_go(library: str, stub: Stub) -> None:
    stub.is_too_old()
    with refused(SteamUnavailable, "the Steam client on this machine is older than this libsteam_api"):
        Sockets(library=library)
    assert stub.calls("Shutdown") == ["left=0"]
    Sockets().close()


@case
def closing_goes_from_the_connections_to_steam_itself(library: str, stub: Stub) -> None:
    net = Sockets(library=library)
    connected(net)
    net.create_poll_group()
    net.close()
    net.close()
    names = [line.split(" ")[0] for line in stub.lines()]
    first = names.index("CloseConnection")
    end = ["DestroyPollGroup", "CloseListenSocket", "SetDebugOutputFunction", "Shutdown"]
    assert names[first:] == ["CloseConnection"] * 2 + end, names
    assert stub.calls("CloseConnection")[0] == "reason=1000 debug='the program closed the library' linger=0"


@case
def one_library_at_a_time_and_each_can_follow_the_other(library: str, stub: Stub) -> None:
    with Sockets(library=library):
        for another in ({}, {"library": library}):
            with refused(AlreadyOpen, "close it first"):
                Sockets(**another)  # type: ignore[arg-type]
    with Sockets(identity="str:alice") as net:
        assert net.get_identity() == Identity("str:alice")
        one, other = net.create_socket_pair()
        net.send_messages([(one, b"our own", SendFlags.RELIABLE)])
        assert [message.data for message in net.receive_messages_on_connection(other)] == [b"our own"]
    with Sockets(library=library) as net:
        connected(net)
    assert stub.calls("Shutdown") == ["left=0", "left=0"]


@case
def what_is_left_open_is_closed_at_exit(library: str, stub: Stub) -> None:
    net = Sockets(library=library)
    connected(net)
    sockets.kept = net  # type: ignore[attr-defined]


# --- Connections ------------------------------------------------------------------------------------------------------


@case
def a_connection_goes_through_the_states_on_both_sides(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pair = connected(net, port=7)
        for end in (pair.client, pair.server):
            told = [change for change in pair.changes if change.connection == end]
            assert [change.state for change in told] == UP
            assert [change.old_state for change in told] == [ConnectionState.NONE, *UP[:-1]]
            info = net.get_connection_info(end)
            assert info.identity == Identity(f"steamid:{US}") and info.state is ConnectionState.CONNECTED
            assert info.relayed and info.authenticated and info.encrypted and info.address == ""
        first = next(change for change in pair.changes if change.connection == pair.server)
        assert first.listen_socket is pair.listen is not None


@case
def what_reaches_steam_is_what_was_said(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        net.create_listen_socket_p2p(12, {"SDRClient_ForceRelayCluster": "fra"})
        for who in (FRIEND, f"steamid:{FRIEND}", Identity(f"steamid:{FRIEND}")):
            net.connect_p2p(who, 999, Options(nagle_time=0, symmetric_connect=True, local_virtual_port=3))
        net.close_connection(net.connect_p2p(FRIEND), reason=1007, debug="enough", linger=True)
    identity = (16).to_bytes(4, "little") + (8).to_bytes(4, "little") + FRIEND.to_bytes(8, "little")
    options = "NagleTime=0 SymmetricConnect=1 LocalVirtualPort=3"
    assert stub.calls("CreateListenSocketP2P") == ["port=12 SDRClient_ForceRelayCluster='fra'"]
    assert stub.calls("ConnectP2P") == [
        *[f"identity={identity.hex()} port=999 {options}"] * 3,
        f"identity={identity.hex()} port=0",
    ]
    assert stub.calls("CloseConnection")[0] == "reason=1007 debug='enough' linger=1"


@case
def options_hold_for_the_connection_that_they_were_given_to(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        connection = net.connect_p2p(FRIEND, 0, {"NagleTime": 1, "SDRClient_ForceRelayCluster": "sto"})
        assert net.get_option("NagleTime", connection) == 1 and net.get_option("NagleTime") == 5000
        assert net.get_option("SDRClient_ForceRelayCluster", connection) == "sto"
        net.set_option("NagleTime", 2, connection)
        net.set_option("NagleTime", 3)
        assert net.get_option("NagleTime", connection) == 2 and net.get_option("NagleTime") == 3
        net.set_option("FakePacketLoss_Send", 2.5)
        assert net.get_option("FakePacketLoss_Send") == 2.5
        with refused(UnknownOption, "the nearest is 'NagleTime'"):
            net.connect_p2p(FRIEND, 0, {"NagelTime": 1})
        with refused(InvalidHandle, "there is no connection"):
            net.set_option("NagleTime", 1, NOBODY)


@case
def nobody_there_is_an_event_with_steams_reason(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pumped = Pumped(net)
        for connection in (net.connect_p2p(FRIEND), net.connect_p2p(US, 5)):
            change = pumped.expect(connection, ConnectionState.PROBLEM_DETECTED_LOCALLY)
            assert (change.end_reason, change.debug) == (5008, "nobody answers there")
            assert change.old_state is ConnectionState.CONNECTING


@case
def a_friend_is_talked_to_and_heard_leaving(library: str, stub: Stub) -> None:
    stub.befriend(port=4)
    with Sockets(library=library) as net:
        pumped = Pumped(net)
        connection = net.connect_p2p(FRIEND, 4)
        early = net.send_message_to_connection(connection, b"early")
        assert (early, net.send_message_to_connection(connection, b"", 5)) == (Result.OK, Result.IGNORED)
        pumped.expect(connection, ConnectionState.CONNECTED)
        net.send_message_to_connection(connection, b"late", SendFlags.UNRELIABLE)
        assert [(m.data, m.reliable) for m in pumped.receive(connection, 2)] == [(b"early", True), (b"late", False)]
        stub.friend_leaves(1042, "dinner")
        change = pumped.expect(connection, ConnectionState.CLOSED_BY_PEER)
        assert (change.end_reason, change.debug) == (1042, "dinner")
        assert change.info.identity == Identity(f"steamid:{FRIEND}")
        assert net.send_message_to_connection(connection, b"too late") is Result.NO_CONNECTION
        assert net.close_connection(connection) and not net.close_connection(connection)


@case
def who_connects_to_us_is_known_and_may_be_refused(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pumped = Pumped(net, accepts=False)
        listen = net.create_listen_socket_p2p(1)
        assert stub.friend_connects(1) and not stub.friend_connects(2)
        pumped.until(lambda: pumped.changes)
        change = pumped.changes[0]
        assert change.listen_socket is listen and change.info.identity == Identity(f"steamid:{FRIEND}")
        assert net.close_connection(change.connection, reason=1001)
        assert net.accept_connection(change.connection) is Result.INVALID_PARAM
        listen.destroy()
        assert not stub.friend_connects(1)
        net.create_listen_socket_p2p(1)


@case
def a_taken_port_and_a_peer_that_is_none_of_steams_are_refused(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        net.create_listen_socket_p2p(1)
        with refused(GamenetError, "virtual port 1", "another listen socket may have it"):
            net.create_listen_socket_p2p(1)
        with refused(GamenetError, "Steam refuses to connect to str:alice"):
            net.connect_p2p("str:alice")
        for nobody in (0, 5, -1, 2**64, "steamid:", "7656"):
            with refused(InvalidAddress, "steamid:76561197960287930"):
                net.connect_p2p(nobody)
        for wrong in (None, 7.5, True, b"steamid:1"):
            with refused(TypeError, "identity must be"):
                net.connect_p2p(wrong)  # type: ignore[arg-type]
        assert len(stub.calls("ConnectP2P")) == 1


@case
def addresses_and_pairs_work_as_on_our_own_network(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pair = Pair(net)
        pair.listen = net.create_listen_socket_ip("127.0.0.1:0", Options(nagle_time=0))
        pair.client = net.connect_by_ip_address(pair.listen.address)
        pair.expect(pair.client, ConnectionState.CONNECTED)
        assert stub.calls("CreateListenSocketIP") == ["last=1 port=some NagleTime=0"]
        assert stub.calls("ConnectByIPAddress") == ["last=1"]
        one, other = net.create_socket_pair()
        net.send_message_to_connection(one, b"there")
        assert [message.data for message in pair.receive(other, 1)] == [b"there"]


@case
def unknown_handles_are_values_or_errors_as_everywhere(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        assert net.accept_connection(NOBODY) is Result.INVALID_PARAM
        assert net.send_message_to_connection(NOBODY, b"") is Result.INVALID_PARAM
        assert net.send_messages([(NOBODY, b"", 8)]) == [Result.INVALID_PARAM]
        assert net.get_connection_real_time_status(NOBODY).state is ConnectionState.NONE
        assert not net.set_connection_poll_group(NOBODY, net.create_poll_group())
        for call in (net.get_connection_info, net.get_connection_name, net.receive_messages_on_connection):
            with refused(InvalidHandle, "there is no connection 99"):
                call(NOBODY)


# --- Messages ---------------------------------------------------------------------------------------------------------


@case
def messages_arrive_whole_numbered_and_on_our_clock(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pair, before = connected(net), time.monotonic()
        net.configure_connection_lanes(pair.client, [0, 1], [3, 1])
        assert stub.calls("ConfigureConnectionLanes") == ["count=2 first=0:3"]
        bodies = [b"", b"\0\1\2", bytes(300_000)]
        sent = [(pair.client, body, 9, 1) for body in bodies]
        assert net.send_messages([*sent, (pair.client, b"fast", 1, 0)]) == [Result.OK] * 4
        got = pair.receive(pair.server, 4)
        assert [(m.data, m.number, m.reliable) for m in got] == [
            *[(body, i, True) for i, body in enumerate(bodies, 1)],
            (b"fast", 1, False),
        ]
        assert all(m.connection == pair.server for m in got)
        assert all(before - 0.01 <= m.received_at <= time.monotonic() + 0.01 for m in got)


@case
def a_poll_group_gives_what_came_on_all_its_connections_in_order(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pair = connected(net)
        group = net.create_poll_group()
        assert net.set_connection_poll_group(pair.client, group) and net.set_connection_poll_group(pair.server, group)
        order = [pair.client, pair.server, pair.client]
        for i, connection in enumerate(order):
            net.send_message_to_connection(connection, bytes([i]))
        got = net.receive_messages_on_poll_group(group)
        partner = {pair.client: pair.server, pair.server: pair.client}
        assert [(m.connection, m.data) for m in got] == [(partner[c], bytes([i])) for i, c in enumerate(order)]
        assert net.destroy_poll_group(group) and not net.destroy_poll_group(group)
        with refused(InvalidHandle, "poll group"):
            net.receive_messages_on_poll_group(group)


@case
def what_is_refused_is_released_and_told_for_each_message(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pair = connected(net)
        big = bytes(sockets.MAX_MESSAGE + 1)
        sent = [(pair.client, b"1", 8), (NOBODY, b"2", 8), (pair.client, big, 8), (pair.client, b"4", 8)]
        results = net.send_messages(sent)  # type: ignore[arg-type]
        assert results == [Result.OK, Result.INVALID_PARAM, Result.LIMIT_EXCEEDED, Result.OK]
        assert [m.data for m in pair.receive(pair.server, 2)] == [b"1", b"4"]
        assert net.send_message_to_connection(pair.client, big) is Result.LIMIT_EXCEEDED
        assert stub.alive == 0
        net.send_message_to_connection(pair.client, b"never received")


@case
def a_new_sdk_is_told_to_delete_what_it_does_not_send(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        net.send_messages([(NOBODY, b"", 8)] * 3)
    assert stub.calls("SendMessages") == ["count=3 delete=1"]


@case
def an_old_sdk_deletes_without_being_told(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        assert "RecvMaxMessageSize" not in net._known
        net.send_messages([(NOBODY, b"", 8)] * 3)
    assert stub.calls("SendMessages") == ["count=3"]


# --- Knowing ----------------------------------------------------------------------------------------------------------


@case
def authentication_is_steams_and_reaches_for_the_relays(library: str, stub: Stub) -> None:
    told: list[AuthenticationChange] = []
    with Sockets(library=library) as net:
        pumped = Pumped(net)
        net.on_authentication_status = told.append
        assert net.get_authentication_status()[0] is AuthenticationStatus.NEVER_TRIED
        net.run_callbacks()
        assert told == [] and stub.calls("InitAuthentication") == []
        assert net.init_authentication() is AuthenticationStatus.NEVER_TRIED
        pumped.until(lambda: told and told[-1].status is AuthenticationStatus.CURRENT)
        assert [int(change.status) for change in told] == [2, 3, 100]
        assert net.get_authentication_status() == (AuthenticationStatus.CURRENT, "the stub's status 100")
        assert told[-1].debug == "the stub's status 100"
    reached = [line for line in stub.lines() if line.startswith("Init") and line != "InitFlat"]
    assert reached == ["InitRelayNetworkAccess", "InitAuthentication"]


@case
def authentication_that_fails_says_so_and_is_tried_again(library: str, stub: Stub) -> None:
    told: list[AuthenticationChange] = []
    stub.authenticates(-102, -101, -10, 3, 100, -100)
    with Sockets(library=library) as net:
        net.on_authentication_status = told.append
        net.init_authentication()
        Pumped(net).until(lambda: len(told) == 6)
        names = "CANNOT_TRY FAILED RETRYING ATTEMPTING CURRENT PREVIOUSLY"
        assert " ".join(change.status.name for change in told) == names


@case
def certificates_are_valves_and_what_is_demanded_of_peers_is_steams_to_check(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        for call in (net.certificate_request, lambda: net.trust("root"), lambda: net.set_certificate(b"certificate")):
            with refused(GamenetError, "on the Steam network Valve itself certifies who is who"):
                call()
        net.create_listen_socket_p2p(3, Options(ip_allow_without_auth=0))
        net.connect_p2p(FRIEND, 3, Options(ip_allow_without_auth=0, unencrypted=1))
        net.set_option("IP_AllowWithoutAuth", 1)
        assert net.get_option("IP_AllowWithoutAuth") == 1
    assert stub.calls("CreateListenSocketP2P") == ["port=3 IP_AllowWithoutAuth=0"]
    assert stub.calls("ConnectP2P")[0].endswith("port=3 IP_AllowWithoutAuth=0 Unencrypted=1")


@case
def how_a_connection_does_is_steams_to_say(library: str, stub: Stub) -> None:
    with Sockets(library=library) as net:
        pair = connected(net)
        status = net.get_connection_real_time_status(pair.client)
        assert status.state is ConnectionState.CONNECTED
        assert (status.ping, status.queue_time) == (0.031, 0.044)
        assert (status.quality_local, status.quality_remote) == (0.75, 0.5)
        assert status[5:9] == (1, 2, 3, 4) and status.send_rate == 262_144
        assert (status.pending_unreliable, status.pending_reliable, status.sent_unacked_reliable) == (11, 22, 33)
        description = net.get_connection_info(pair.client).description
        assert net.get_detailed_connection_status(pair.client) == f"the stub's details of {description}\n"
        net.set_connection_name(pair.client, "ours")
        assert net.get_connection_name(pair.client) == "ours"


@case
def log_lines_go_to_our_logger(library: str, stub: Stub) -> None:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("gamenet.sockets").addHandler(handler)
    logging.getLogger("gamenet.sockets").setLevel(logging.INFO)
    with Sockets(library=library) as net:
        net.run_callbacks()
        assert "the stub speaks" in lines
    assert any(line.startswith("Steam keeps its own FakePacketLag_Send") for line in lines), lines
    assert stub.calls("SetDebugOutputFunction") == ["on", "off"]


# --- The page ---------------------------------------------------------------------------------------------------------


@case
def the_program_on_the_page_talks_to_a_friend(library: str, stub: Stub) -> None:
    stub.befriend(port=0)
    os.chdir(Path(library).parent)
    sys.argv = ["talk.py", str(FRIEND)]
    (program,) = blocks_of(SOCKETS / "steam.md")
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(program.compiled(), {"__name__": "talk"})
    assert said.getvalue() == "b'Hello!'\n"
    assert stub.calls("CloseConnection")[0] == "reason=1000 debug='said hello' linger=0"
    assert stub.calls("Shutdown") == ["left=0"]


@case
def the_program_on_the_page_says_why_there_is_no_steam(library: str, stub: Stub) -> None:
    stub.starts_not(2, "Steam is not running.")
    os.chdir(Path(library).parent)
    with refused(SystemExit, "not on Steam: Steam does not start (Steam is not running.)"):
        exec(blocks_of(SOCKETS / "steam.md")[0].compiled(), {"__name__": "talk"})


def main(name: str, library: str) -> None:
    stub = Stub(library)
    CASES[name](library, stub)
    if name == what_is_left_open_is_closed_at_exit.__name__:
        return  # the stub itself looks when it is unloaded, and says what it does not like
    assert stub.wrong == 0, stub.lines()
    assert stub.alive == 0, f"{stub.alive} messages were not released"
    assert all(left == "left=0" for left in stub.calls("Shutdown")), stub.lines()


if __name__ == "__main__":
    main(*sys.argv[1:])
