"""Codes, services, and addresses that look like neither."""

from __future__ import annotations

import pytest

from gamenet.errors import InvalidAddress
from gamenet.rendezvous.places import Place, parse, service_address


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("K7QX-3MNP", Place("K7QX-3MNP", "")),
        (" k7qx3mnp ", Place("k7qx3mnp", "")),
        ("k7qx 3mnp", Place("k7qx 3mnp", "")),
        ("ABCD-EFGH", Place("ABCD-EFGH", "")),
        ("K7QX-3MNP@play.example.org", Place("K7QX-3MNP", "play.example.org")),
        ("K7QX-3MNP @ [::1]:27021", Place("K7QX-3MNP", "[::1]:27021")),
        ("nonsense@", Place("nonsense", "")),
        ("starfish", None),
        ("server12345", None),
        ("K7QX3MN", None),
        ("192.0.2.7", None),
        ("k7qx-3mn.", None),
        ("player1:4000", None),
        ("my-host42", None),
        ("lan", None),
        ("", None),
    ],
)
def test_a_code_is_told_from_an_address(where: str, place: Place | None) -> None:
    assert parse(where) == place


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ("play.example.org", "play.example.org:27020"),
        (" play.example.org:4000 ", "play.example.org:4000"),
        ("192.0.2.7", "192.0.2.7:27020"),
        ("2001:db8::7", "[2001:db8::7]:27020"),
        ("[2001:db8::7]", "[2001:db8::7]:27020"),
        ("[2001:db8::7]:4000", "[2001:db8::7]:4000"),
        ("localhost", "localhost:27020"),
    ],
)
def test_a_service_has_a_port_of_its_own(service: str, address: str) -> None:
    assert service_address(service) == address


@pytest.mark.parametrize(
    "service", ["", ":27020", "a b", "play.example.org:", "play.example.org:99999", "http://x", "1.2"]
)
def test_a_service_that_cannot_be_is_told_with_one_that_can(service: str) -> None:
    with pytest.raises(InvalidAddress, match=r'no rendezvous service.*"play\.example\.org"'):
        service_address(service)
