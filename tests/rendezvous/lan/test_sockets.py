"""The real sockets, on loopback: several hosts of one machine hear the group, answer the asker, and share the port."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from gamenet.rendezvous.lan import sockets
from gamenet.rendezvous.lan.sockets import AnsweringSockets, AskingSockets, Heard, interfaces


@pytest.fixture
def asking() -> Iterator[AskingSockets]:
    with closing(AskingSockets()) as sockets:
        yield sockets


def until(receive: Callable[[], list[Heard]]) -> list[Heard]:
    """What comes on loopback, where a packet is there before the call that sent it returns."""
    for _ in range(1000):
        heard = receive()
        if heard:
            return heard
    return []


def test_all_hosts_of_a_machine_hear_a_question_and_the_asker_hears_them(asking: AskingSockets) -> None:
    with closing(AnsweringSockets("[::]")) as first, closing(AnsweringSockets("0.0.0.0")) as second:
        assert asking.ask(b"who?") == ""
        for host, words in ((first, b"I"), (second, b"I, too")):
            (heard,) = until(host.receive)
            assert heard.data == b"who?" and heard.host == "127.0.0.1"
            host.answer(words, heard.place)
        assert {each.data for each in until(asking.receive)} == {b"I", b"I, too"}


def test_a_host_at_an_address_answers_from_it(asking: AskingSockets) -> None:
    with closing(AnsweringSockets("127.0.0.2")) as host:
        asking.ask(b"who?")
        (heard,) = until(host.receive)
        host.answer(b"I", heard.place)
        assert [(each.data, each.host) for each in until(asking.receive)] == [(b"I", "127.0.0.2")]


def test_a_host_on_loopback_listens_on_no_other_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAMENET_LAN")
    joined: list[int] = []
    monkeypatch.setattr(sockets, "_join", lambda its, version, interface: joined.append(interface))
    AnsweringSockets("127.0.0.1").close()
    assert joined == [each.number for each in interfaces() if each.loopback]


@pytest.mark.parametrize(("said", "count"), [("loopback", 1), ("off", 0), ("", len(socket.if_nameindex()))])
def test_the_environment_narrows_the_interfaces(monkeypatch: pytest.MonkeyPatch, said: str, count: int) -> None:
    monkeypatch.setenv("GAMENET_LAN", said)
    found = interfaces()
    assert len(found) == count and [each.loopback for each in found] == sorted(
        (each.loopback for each in found), reverse=True
    )


def test_with_no_interface_there_is_no_hosting_and_asking_says_so(
    monkeypatch: pytest.MonkeyPatch, asking: AskingSockets
) -> None:
    monkeypatch.setenv("GAMENET_LAN", "off")
    assert asking.ask(b"who?") == "there is no network"
    with pytest.raises(OSError, match="no network"):
        AnsweringSockets("[::]")


def test_a_machine_that_gives_no_sockets_is_an_oserror(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", forbidden)
    with pytest.raises(OSError, match="not permitted"):
        AskingSockets()
    with pytest.raises(OSError, match="not permitted"):
        AnsweringSockets("[::]")


def test_a_network_that_is_new_is_heard_after_a_refresh(monkeypatch: pytest.MonkeyPatch, asking: AskingSockets) -> None:
    real = sockets._join
    refused: list[int] = [1]

    def later(its: socket.socket, version: int, interface: int) -> None:
        if refused and version == socket.AF_INET:
            raise OSError("not yet")
        real(its, version, interface)

    monkeypatch.setattr(sockets, "_join", later)
    with closing(AnsweringSockets("[::]")) as host:
        refused.clear()
        host.refresh()
        asking.ask(b"who?")
        assert until(host.receive)
