"""What is the same by address and by identity; the conformance of both (test_gns.py, test_p2p.py) holds the rest."""

from __future__ import annotations

import time

from gamenet.session.transports import Farewell, Lost, Transport
from gamenet.session.transports.gns import GnsTransport
from gamenet.testing.conformance import Yard


class Ground:
    def transport(self) -> Transport:
        return GnsTransport()

    def address(self) -> str:
        return "127.0.0.1:0"

    nobody = unknown = address

    def step(self) -> float:
        time.sleep(0.001)
        return time.monotonic()

    def close(self) -> None:
        """Nothing of its own."""


def test_a_connection_has_a_route_while_it_is_open() -> None:
    yard = Yard(Ground())
    server, far, client, near = yard.pair()
    assert client.transport.route(near) == server.transport.route(far) == "local"
    assert client.transport.route(near + 1) == ""
    client.transport.close(near, Farewell.GOODBYE)
    assert client.transport.route(near) == ""
    yard.until(lambda: server.happenings(Lost))
    assert server.transport.route(far) == ""
    for station in (server, client):
        station.transport.shutdown()
    assert server.transport.route(far) == ""
