"""Addresses as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import InvalidAddress
from gamenet.sockets import Identity
from gamenet.sockets.address import parse_address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:27015", "127.0.0.1:27015"),
        (" 127.0.0.1:0 ", "127.0.0.1:0"),
        ("[::]:1", "[::]:1"),
        ("[2001:DB8:0::1]:065", "[2001:db8::1]:65"),
    ],
)
def test_an_address_is_read_and_spelled_the_usual_way(text: str, meant: str) -> None:
    assert parse_address(text) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no port"),
        ("127.0.0.1", "no port"),
        (":27015", "no port"),
        ("127.0.0.1:", "no port from 0"),
        ("127.0.0.1:65536", "no port from 0"),
        ("127.0.0.1:-1", "no port from 0"),
        ("127.0.0.1:٣", "no port from 0"),
        ("localhost:27015", "no IP address"),
        ("256.0.0.1:1", "no IP address"),
        ("::1:27015", "in brackets"),
        ("[127.0.0.1]:1", "in brackets"),
        ("[fe80::1%eth0]:1", "no zone"),
    ],
)
def test_what_is_no_address_is_told_with_good_ones(text: str, said: str) -> None:
    with pytest.raises(InvalidAddress, match=said) as caught:
        parse_address(text)
    assert "'[::]:27015'" in str(caught.value)


@pytest.mark.parametrize("value", [None, 27015, b"127.0.0.1:1", ("127.0.0.1", 1)])
def test_what_is_no_text_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="address must be a str"):
        parse_address(value)


@given(st.text())
def test_any_text_is_an_address_or_an_invalid_one(text: str) -> None:
    try:
        meant = parse_address(text)
    except InvalidAddress:
        return
    assert parse_address(meant) == meant


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_numeric_address_is_read(ip: object, port: int) -> None:
    text = f"[{ip}]" if ":" in str(ip) else str(ip)
    assert parse_address(f"{text}:{port}") == f"{text}:{port}"


def test_an_identity_has_a_kind_and_a_name() -> None:
    identity = Identity("str:alice:b")
    assert (identity.kind, identity.name, str(identity)) == ("str", "alice:b", "str:alice:b")
    assert identity == Identity("str:alice:b") != Identity("str:bob")
