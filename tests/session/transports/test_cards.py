"""Cards and the addresses made of them."""

from __future__ import annotations

import pytest

from gamenet.errors import InvalidAddress
from gamenet.session.transports.cards import PORTS, Card, address_of, split_address


@pytest.mark.parametrize("port", [0, 4, PORTS[-1]])
def test_an_address_is_split_into_what_it_was_made_of(port: int) -> None:
    card = Card("str:kqzwhbvd", port, b"machine", 40000)
    assert split_address(address_of(card)) == (card.identity, card.port)


BAD = (
    "",
    "str:a",
    "str:/0",
    "str:a/1",
    "str:a/1000",
    "str:a/-2",
    "str:a/ 2",
    "ip:a/0",
    "a/0",
    f"str:{'x' * 32}/0",
    "str:\n/0",
)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_shows_a_good_one(text: str) -> None:
    with pytest.raises(InvalidAddress, match='is like "str:kqzwhbvd/0"'):
        split_address(text)
