"""The library's own list of its options."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from gamenet.errors import InvalidOption, UnknownOption
from gamenet.sockets import ConnectionState, Options, Sockets
from gamenet.sockets.catalogue import FIXED, find, known_options

from .support import Pumped, connect


@pytest.mark.parametrize("name", ["NagleTime", "k_ESteamNetworkingConfig_NagleTime"])
def test_a_name_is_known_with_and_without_valves_prefix(net: Sockets, name: str) -> None:
    assert find(name, known_options()).name == "NagleTime"


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("Nagletime", "NagleTime"),
        ("NAGLETIME", "NagleTime"),
        ("nagle_time", "NagleTime"),
        ("k_ESteamNetworkingConfig_nagletime", "NagleTime"),
        ("fake_packet_los_send", "FakePacketLoss_Send"),
    ],
)
def test_a_name_that_is_nearly_right_is_never_guessed_but_the_right_one_is_told(
    net: Sockets, wrong: str, near: str
) -> None:
    with pytest.raises(UnknownOption, match=f"no option {wrong!r}; the nearest is ") as caught:
        find(wrong, known_options())
    assert near in str(caught.value)


@pytest.mark.parametrize("nonsense", ["", "xyzzy", "k_ESteamNetworkingConfig_", "?"])
def test_nonsense_has_no_nearest_name_but_is_told_where_all_of_them_are(net: Sockets, nonsense: str) -> None:
    with pytest.raises(
        UnknownOption, match=r"no option '.*'; docs/sockets/options.md has all of them.*list_options\(\)"
    ):
        find(nonsense, known_options())


def test_what_is_the_whole_librarys_is_read_without_a_connection(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9")
    with pytest.raises(InvalidOption, match=r"the whole library's, .*get_option\('FakePacketLoss_Send'\) reads it"):
        net.get_option("FakePacketLoss_Send", connection)
    with pytest.raises(InvalidOption, match=r"set_option\('FakePacketLoss_Send', …\) sets it"):
        net.set_option("FakePacketLoss_Send", 1.0, connection)


def test_what_only_steams_library_has_is_told_so(net: Sockets) -> None:
    with pytest.raises(UnknownOption, match="exists only in Steam's own library"):
        find("k_ESteamNetworkingConfig_SDRClient_SingleSocket", known_options())


@pytest.mark.parametrize("name", [7, None, b"NagleTime", ["NagleTime"]])
def test_a_name_that_is_no_text_is_a_type_error(net: Sockets, name: object) -> None:
    with pytest.raises(TypeError, match="an option's name must be a str"):
        find(name, known_options())  # type: ignore[arg-type]


def test_everything_is_listed_with_what_it_holds_and_is(net: Sockets) -> None:
    net.set_option("NagleTime", 77)
    rows = {info.name: info for info in net.list_options()}
    nagle = rows["NagleTime"]
    assert (nagle.id, nagle.kind, nagle.scope, nagle.fixed) == (12, "int32", "connection", False)
    assert (nagle.default, nagle.value, nagle.lowest, nagle.highest) == (5000, 77, 0, 20_000)
    assert {info.kind for info in rows.values()} == {"int32", "int64", "float", "string"}
    assert (rows["FakePacketLoss_Send"].scope, rows["FakePacketLoss_Send"].highest) == ("global", 100.0)
    assert [*rows] == sorted(rows, key=str.lower)
    assert len(rows) >= 50


def test_a_list_for_a_connection_has_what_is_in_force_there(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9", Options(nagle_time=7))
    rows = {info.name: info for info in net.list_options(connection)}
    assert rows["NagleTime"].value == 7
    assert {info.scope for info in rows.values()} == {"connection"}


def test_the_range_of_each_option_is_really_what_the_library_takes(net: Sockets) -> None:
    """It clamps without a word, so both ends come back as they were, and beyond them is refused here."""
    for info in net.list_options():
        if info.lowest is None or info.highest is None:
            continue
        assert info.lowest <= info.default <= info.highest  # type: ignore[operator]
        for end, step in ((info.lowest, -1), (info.highest, 1)):
            net.set_option(info.name, end)
            assert net.get_option(info.name) == end, info
            with pytest.raises((InvalidOption, TypeError)):
                net.set_option(info.name, end + step)  # type: ignore[operator]
        net.set_option(info.name, None)
        assert net.get_option(info.name) == info.default


def test_an_opened_library_has_valves_defaults_whatever_was_set_before() -> None:
    with Sockets() as net:
        net.set_option("NagleTime", 1)
        net.set_option("P2P_STUN_ServerList", "192.0.2.1:3478")
    with Sockets() as net:
        assert net.get_option("NagleTime") == 5000
        assert net.get_option("P2P_STUN_ServerList") == ""


def test_what_is_fixed_is_just_what_the_library_locks_on_a_connection(net: Sockets) -> None:
    pair = connect(net)
    outgoing = net.connect_by_ip_address("127.0.0.1:9")
    for connection in (pair.client, pair.server, outgoing):
        for info in net.list_options(connection):
            expected = pytest.raises(InvalidOption, match="give it when") if info.name in FIXED else nullcontext()
            if not info.read_only:
                with expected:
                    net.set_option(info.name, info.value, connection)
    assert {info.name for info in net.list_options() if info.fixed} == FIXED


def test_an_incoming_connection_locks_only_when_it_is_accepted(net: Sockets) -> None:
    pumped, listen = Pumped(net, accepts=False), net.create_listen_socket_ip("127.0.0.1:0")
    net.connect_by_ip_address(listen.address)
    pumped.until(lambda: [c for c in pumped.changes if c.listen_socket and c.state is ConnectionState.CONNECTING])
    incoming = next(change.connection for change in pumped.changes if change.listen_socket)
    net.set_option("IP_AllowWithoutAuth", 1, incoming)
    net.accept_connection(incoming)
    pumped.expect(incoming, ConnectionState.CONNECTED)
    with pytest.raises(InvalidOption, match="IP_AllowWithoutAuth cannot be changed here any more"):
        net.set_option("IP_AllowWithoutAuth", 2, incoming)
