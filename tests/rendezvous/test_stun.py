"""The STUN responder: what it says, and to what it says nothing."""

from __future__ import annotations

import ipaddress
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import AddressInUse, InvalidAddress
from gamenet.rendezvous import stun

TRANSACTION = bytes(range(12))


def told(answer: bytes | None, transaction: bytes = TRANSACTION) -> tuple[str, int]:
    """The address in an answer, read by RFC 5389, section 15.2."""
    assert answer is not None
    kind, length, cookie, same = struct.unpack_from("!HHI12s", answer)
    assert (kind, length, cookie, same) == (0x0101, len(answer) - 20, 0x2112A442, transaction)
    attribute, size, family, port = struct.unpack_from("!HHxBH", answer, 20)
    assert attribute == 0x0020 and size == len(answer) - 24 == {1: 8, 2: 20}[family]
    mask = struct.pack("!I", 0x2112A442) + transaction
    packed = bytes(a ^ b for a, b in zip(answer[28:], mask, strict=False))
    return str(ipaddress.ip_address(packed)), port ^ 0x2112


@pytest.mark.parametrize(
    ("host", "said", "size"),
    [
        ("192.0.2.1", "192.0.2.1", 32),
        ("::ffff:192.0.2.1", "192.0.2.1", 32),
        ("2001:db8::7", "2001:db8::7", 44),
        ("fe80::1%eth0", "fe80::1", 44),
    ],
)
def test_who_asks_is_told_its_address(host: str, said: str, size: int) -> None:
    answer = stun.answer(stun.ask(TRANSACTION), host, 40_000)
    assert told(answer) == (said, 40_000)
    assert answer is not None and len(answer) == size


def test_the_example_of_rfc_5769_is_answered_as_it_says() -> None:
    """Its transaction, address and port, and the value of XOR-MAPPED-ADDRESS in its IPv4 answer (section 2.2)."""
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    answer = stun.answer(stun.ask(transaction), "192.0.2.1", 32853)
    assert answer is not None and answer[20:] == bytes.fromhex("002000080001a147e112a643")


def test_an_attribute_in_the_request_does_no_harm() -> None:
    mapped = struct.pack("!HHBBHI", 0x0001, 8, 0, 1, 0, 0)  # as GameNetworkingSockets sends it
    odd = struct.pack("!HH5s3x", 0x8022, 5, b"words")
    body = mapped + odd
    request = struct.pack("!HHI12s", 1, len(body), 0x2112A442, TRANSACTION) + body
    assert told(stun.answer(request, "192.0.2.1", 5)) == ("192.0.2.1", 5)


def packet(kind: int = 1, length: int = 0, cookie: int = 0x2112A442, body: bytes = b"") -> bytes:
    return struct.pack("!HHI12s", kind, length, cookie, TRANSACTION) + body


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        packet()[:-1],
        packet() + b"x",
        packet(length=4),
        packet(kind=0x0101),
        packet(kind=0x0011),
        packet(cookie=0),
        packet(length=3, body=b"abc"),
        packet(length=4, body=struct.pack("!HH", 0x8022, 4)),
        packet(length=800, body=struct.pack("!HH", 0x8022, 796) + bytes(796)),
    ],
)
def test_what_is_no_binding_request_gets_no_answer(request_: bytes) -> None:
    assert stun.answer(request_, "192.0.2.1", 5) is None


@given(st.binary(max_size=700))
def test_any_bytes_get_a_right_answer_or_none(data: bytes) -> None:
    for request in (data, packet(length=len(data), body=data)):
        answer = stun.answer(request, "192.0.2.1", 5)
        assert answer is None or told(answer, request[8:20]) == ("192.0.2.1", 5)


def test_an_answer_is_known_by_its_transaction() -> None:
    answer = stun.answer(stun.ask(TRANSACTION), "192.0.2.1", 5)
    assert answer is not None and stun.answers(answer, TRANSACTION)
    assert stun.answers(packet(kind=0x0111), TRANSACTION)
    assert not stun.answers(answer, bytes(12)) and not stun.answers(answer[:19], TRANSACTION)
    assert not stun.answers(stun.ask(TRANSACTION), TRANSACTION)


@pytest.mark.parametrize(("bound", "asked"), [("127.0.0.1:0", "127.0.0.1"), ("[::]:0", "::1"), ("[::]:0", "127.0.0.1")])
def test_a_responder_answers_over_ipv4_and_ipv6_and_outlives_nonsense(bound: str, asked: str) -> None:
    responder = stun.Responder(bound)
    family = socket.AF_INET6 if ":" in asked else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect((asked, responder.port))
            for nonsense in (b"", b"x" * 2000, packet(kind=7)):
                client.send(nonsense)
            client.send(stun.ask(TRANSACTION))
            assert told(client.recv(2048)) == client.getsockname()[:2]
    finally:
        responder.close()


def test_a_port_in_use_is_told_and_a_closed_responder_frees_its_own() -> None:
    responder = stun.Responder("127.0.0.1:0")
    with pytest.raises(AddressInUse, match="STUN"):
        stun.Responder(f"127.0.0.1:{responder.port}")
    responder.close()
    responder.close()
    stun.Responder(f"127.0.0.1:{responder.port}").close()


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(InvalidAddress):
        stun.Responder("here")
