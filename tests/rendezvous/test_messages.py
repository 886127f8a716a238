"""What clients and the service say survives the way, and nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.rendezvous import messages as m

CARD = m.Card("str:alice", 4, b"machine", 40000)
SEAT = m.Seat(3, "Ada", CARD)
KEY = bytes(16)

FROM_CLIENT = [
    m.Hello(m.WIRE, "str:alice", KEY, b"request"),
    m.Create("K7QX3MNP", KEY, "asteroids/1.2", "Friday", "Ada", 4, m.PUBLIC, True, {"map": "moon"}, CARD),
    m.Join("k7qx-3mnp", KEY, "Bob", False, CARD),
    m.Update("Friday", m.INVITE, False, {}),
    m.Release(2, "left the game"),
    m.Leave(""),
    m.Claim(3),
    m.Alive(),
    m.Renew(b"request"),
    m.Search("asteroids", 0),
    m.Signal(2, b"signal"),
]
FROM_SERVICE = [
    m.Welcome("root", b"certificate", 3600.0, (":27021",), (m.Relay("turn:192.0.2.1", "user", "password"),)),
    m.Refused("code", "There is no game with this code."),
    m.Entered("K7QX-3MNP", "Friday", 1, 3, 3, (SEAT,)),
    m.Came(SEAT),
    m.Went(3, "left the game"),
    m.Hosted(2, 3),
    m.Ended("The host ended the game."),
    m.Found((m.Listing("K7QX-3MNP", "asteroids/1.2", "Friday", 1, 4, False, 0.05, {}),), 0, 1),
    m.Stopping("The service is restarted."),
    m.Signal(2, b"signal"),
]


@pytest.mark.parametrize("message", FROM_CLIENT, ids=lambda each: type(each).__name__)
def test_what_clients_say_is_the_same_at_the_service(message: m.FromClient) -> None:
    assert m.FROM_CLIENT.decode(m.FROM_CLIENT.encode(message)) == message


@pytest.mark.parametrize("message", FROM_SERVICE, ids=lambda each: type(each).__name__)
def test_what_the_service_says_is_the_same_at_clients(message: m.FromService) -> None:
    assert m.FROM_SERVICE.decode(m.FROM_SERVICE.encode(message)) == message


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_or_words(data: bytes) -> None:
    for vocabulary in (m.FROM_CLIENT, m.FROM_SERVICE):
        assert not isinstance(vocabulary.decode(data), bytes)


@pytest.mark.parametrize(
    "message",
    [
        m.Signal(1, bytes(m.MOST_SIGNAL + 1)),
        m.Signal(1, b""),
        m.Create("", KEY, "g", "t", "n", 0, m.PUBLIC, False, {}, CARD),
        m.Create("", KEY, "g", "t", "n", 4, "secret", False, {}, CARD),
        m.Create("", KEY, "g", "t", "n", 4, m.PUBLIC, False, {str(n): "" for n in range(m.MOST_DATA + 1)}, CARD),
        m.Join("", KEY[1:], "n", False, CARD),
    ],
)
def test_what_is_out_of_its_limits_is_refused(message: m.FromClient) -> None:
    assert isinstance(m.FROM_CLIENT.decode(m.FROM_CLIENT.encode(message)), str)
