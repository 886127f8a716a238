"""TURN: passwords, and which relays are named."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import time

import pytest

from gamenet.errors import BadArgument, InvalidAddress
from gamenet.rendezvous import turn
from gamenet.rendezvous.messages import MOST_SERVERS, Relay
from gamenet.rendezvous.stun import Responder
from gamenet.sockets import TurnServer


def test_a_password_is_the_mac_of_who_and_until_when() -> None:
    """What `echo -n 1700021600:str:ada | openssl dgst -sha1 -hmac secret -binary | base64` says."""
    assert turn.password("secret", "1700021600:str:ada") == "DP//ZYzWZpNLxEpj0auntxnsiDg="


def test_each_player_gets_a_user_of_its_own_that_expires() -> None:
    relays = turn.Turn(["turn:192.0.2.1:3478", "192.0.2.2"], "secret", lambda: 1_700_000_000.5).relays("str:ada")
    user = "1700021600:str:ada"
    told = base64.b64encode(hmac.digest(b"secret", user.encode(), hashlib.sha1)).decode()
    assert relays == [Relay("turn:192.0.2.1:3478", user, told), Relay("192.0.2.2", user, told)]


def test_what_is_handed_out_is_what_the_library_takes() -> None:
    (relay,) = turn.Turn(["turn:192.0.2.1"], "secret", lambda: 1e12).relays("str:" + "x" * 31)
    assert TurnServer(*relay).url == "turn:192.0.2.1"
    assert len(relay.user.encode()) <= 256


def test_relays_that_do_not_work_are_not_named() -> None:
    some = turn.Turn(["192.0.2.1", "192.0.2.2"], "secret", lambda: 0.0, works=lambda url: url == "192.0.2.2")
    assert [relay.url for relay in some.relays("str:ada")] == ["192.0.2.2"]


def test_what_cannot_be_handed_out_is_told_in_the_caller_s_line() -> None:
    with pytest.raises(InvalidAddress):
        turn.Turn(["stun:192.0.2.1"], "secret", lambda: 0.0)
    with pytest.raises(BadArgument, match="secret is empty"):
        turn.Turn(["192.0.2.1"], "", lambda: 0.0)
    with pytest.raises(BadArgument, match="are more than the 8"):
        turn.Turn(["192.0.2.1"] * (MOST_SERVERS + 1), "secret", lambda: 0.0)


def test_a_watch_knows_who_answers() -> None:
    responder = Responder("127.0.0.1:0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        here, nobody = f"turn:127.0.0.1:{responder.port}", f"127.0.0.1:{mute.getsockname()[1]}"
        watch = turn.Watch([here, nobody])
        try:
            until = time.monotonic() + 10
            while not watch.works(here):
                assert time.monotonic() < until, "never seen to answer"
                time.sleep(0.001)
            assert not watch.works(nobody)
        finally:
            watch.close()
            responder.close()


def test_who_does_not_answer_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PATIENCE", 0.01)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        assert not turn.is_there(f"127.0.0.1:{mute.getsockname()[1]}")
    assert not turn.is_there("turn:no-such-machine.invalid")
