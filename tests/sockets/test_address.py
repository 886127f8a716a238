"""Addresses as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import InvalidAddress
from gamenet.sockets import Identity
from gamenet.sockets.address import parse_address, told_identity


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


@pytest.mark.parametrize(
    "wrong", ["alice", "", ":alice", "str:", "str:" + "a" * 32, "str:a\0b", "ip:nowhere", "steamid:alice", "steamid:"]
)
def test_what_is_no_identity_is_told_with_good_ones(wrong: str) -> None:
    with pytest.raises(InvalidAddress, match=r"is no identity: write it as in 'str:alice'.*'ip:.*'steamid:"):
        Identity(wrong)


@pytest.mark.parametrize(
    "good",
    ["str:" + "a" * 31, "ip:192.0.2.1", "ip:192.0.2.1:9", "ip:::1", "ip:[::1]:9", "steamid:7656", "gen:0a", "new:kind"],
)
def test_every_spelling_of_the_librarys_is_an_identity(good: str) -> None:
    assert str(Identity(good)) == good


def test_an_identity_that_is_no_text_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="an identity must be a str as in 'str:alice', not int"):
        Identity(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("strange", ["unknown", "str:" + "\ufffd" * 31])
def test_whom_the_library_tells_of_is_an_identity_whatever_it_calls_him(strange: str) -> None:
    assert told_identity(strange).text == str(told_identity(strange)) == strange
