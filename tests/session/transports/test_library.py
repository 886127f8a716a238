"""The one library of the process, and whose is what."""

from __future__ import annotations

import pytest

from gamenet.errors import AddressInUse, AlreadyOpen
from gamenet.session.transports import library
from gamenet.session.transports.cards import PORTS
from gamenet.session.transports.gns import GnsTransport
from gamenet.session.transports.library import LETTERS
from gamenet.session.transports.p2p import P2PTransport
from gamenet.sockets import Sockets


def test_all_transports_share_one_which_closes_with_the_last() -> None:
    by_address, by_identity = GnsTransport(), P2PTransport()
    assert library.opened() is None
    by_address.listen("127.0.0.1:0")
    shared = library.opened()
    assert shared is not None and by_identity.identity == shared.identity
    by_address.shutdown()
    assert library.opened() is shared and not shared.net.closed
    by_identity.shutdown()
    assert library.opened() is None and shared.net.closed


def test_each_time_it_opens_under_a_name_that_nobody_guesses() -> None:
    names = set()
    for _ in range(3):
        transport = P2PTransport()
        names.add(transport.identity)
        transport.shutdown()
    assert len(names) == 3 and {len(name) for name in names} == {len("str:") + LETTERS}


def test_sockets_of_the_programs_own_are_refused_with_advice() -> None:
    with Sockets(), pytest.raises(AlreadyOpen, match="close yours before you open a session"):
        GnsTransport().listen("127.0.0.1:0")


def test_virtual_ports_are_given_back_and_last_for_any_number_of_sessions_one_after_another() -> None:
    with_library = P2PTransport()
    assert with_library.identity
    shared = library.opened()
    assert shared is not None
    for _ in range(3 * len(PORTS)):
        shared.ports.discard(shared.take_port())
    taken = {shared.take_port() for _ in range(len(PORTS) - 1)}
    assert len(taken) == len(PORTS) - 1
    with pytest.raises(AddressInUse, match="500 sessions"):
        P2PTransport().listen("")
    with_library.shutdown()
    assert library.opened() is None


def test_connections_by_address_leave_nothing_behind() -> None:
    transport = GnsTransport()
    transport.listen("127.0.0.1:0")
    for _ in range(3):
        transport.connect("127.0.0.1:9")
    shared = library.opened()
    assert shared is not None
    for connection in shared.owned(transport):
        transport._finish(connection)
    assert not shared._released and not shared._owners
    transport.shutdown()
