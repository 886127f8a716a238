"""The command line of the rendezvous service; tests/loopback/test_rendezvous.py runs it."""

from __future__ import annotations

import signal
import socket
import stat
from pathlib import Path

import pytest

from gamenet.rendezvous.limits import Limits
from gamenet.tools import rendezvous as module
from gamenet.tools.rendezvous import main


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for option in ("--listen", "--stun", "--turn ", "--turn-secret-file", "--key", "--store {memory}", "--limit"):
        assert option in told


@pytest.mark.parametrize(
    "wrong", [["--port", "1"], ["--store", "redis"], ["--limit", "x=1"], ["--limit", "clients=-1"]]
)
def test_a_command_line_without_sense_is_told(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(wrong) == 2
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--listen", "no such address"], "no such address"),
        (["--stun", "next"], "--stun takes a port from 0 to 65535, or off, not 'next'"),
        (["--turn", "turn:192.0.2.1"], "secret is empty"),
        (["--turn", "stun:192.0.2.1", "--turn-secret-file", __file__], "is no TURN server"),
        (["--turn", "turn:192.0.2.1", "--turn-secret-file", "/no/such/file"], "/no/such/file"),
        (["--key", __file__], "chmod 600"),
    ],
)
def test_what_it_cannot_begin_with_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Watch", Nothing)
    assert main(["--listen", "127.0.0.1:0", *arguments], {}) == 1
    assert told in capsys.readouterr().err


class Nothing:
    """A watch that asks nobody."""

    def __init__(self, urls: list[str]) -> None: ...
    def works(self, url: str) -> bool:
        return False

    def close(self) -> None: ...


def test_a_port_in_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert main(["--listen", "127.0.0.1:0", "--stun", str(port)]) == 1
    assert f"UDP port {port}, which is to answer STUN, is in use" in capsys.readouterr().err


def test_the_key_is_made_where_it_is_missing_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    made = module._authority(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert module._authority(path).root == made.root
    assert module._authority(None).root != made.root


@pytest.mark.parametrize(
    ("given", "meant"),
    [("[::]", "[::]:27020"), ("192.0.2.1", "192.0.2.1:27020"), ("localhost:1", "localhost:1"), ("[::1]:0", "[::1]:0")],
)
def test_a_port_that_is_not_given_is_the_usual_one(given: str, meant: str) -> None:
    assert module._with_port(given) == meant


def test_limits_are_given_by_name() -> None:
    wanted = module._parser().parse_args(["--limit", "clients=500", "--limit", "rooms=2"])
    assert Limits(**dict(wanted.limit)) == Limits(clients=500, rooms=2)


def test_the_first_signal_stops_it_and_the_second_is_as_ever() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with module._told_to_stop() as event:
        assert signal.getsignal(signal.SIGTERM) is not before
        signal.raise_signal(signal.SIGTERM)
        assert event.is_set()
        assert signal.getsignal(signal.SIGTERM) is before
