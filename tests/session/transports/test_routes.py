"""How packets travel, from the other end's address."""

from __future__ import annotations

import pytest

from gamenet.session.transports.routes import route_of


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("127.0.0.1:40000", "local"),
        ("[::1]:40000", "local"),
        ("[::ffff:127.0.0.1]:5", "local"),
        ("10.77.0.1:5", "lan"),
        ("172.31.0.1:5", "lan"),
        ("192.168.1.4:5", "lan"),
        ("169.254.3.3:5", "lan"),
        ("[fe80::1]:5", "lan"),
        ("[fd12::1]:5", "lan"),
        ("[::ffff:10.0.0.1]:5", "lan"),
        ("172.32.0.1:5", "direct"),
        ("198.51.100.7:5", "direct"),
        ("100.64.0.1:5", "direct"),
        ("[2001:db8::7]:5", "direct"),
        ("", "direct"),
    ],
)
def test_the_route_is_that_of_the_address(address: str, route: str) -> None:
    assert route_of(address, relayed=False) == route


def test_what_is_relayed_has_no_address_that_says_anything() -> None:
    assert route_of("[::]:0", relayed=True) == route_of("10.0.0.1:5", relayed=True) == "relayed"
