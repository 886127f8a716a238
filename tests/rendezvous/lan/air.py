"""A local network in memory: everybody hears a question at once, and an answer reaches who asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gamenet.rendezvous.lan.packets import Notice
from gamenet.rendezvous.lan.sockets import Heard, Place
from gamenet.session.envelope import VERSION


def notice(**said: Any) -> Notice:
    """A game as a host might announce it."""
    data: Mapping[str, str] = {"map": "moon"}
    return Notice(VERSION, "pong/1", "Pong", "Hilda", 1, 4, False, data, 27015, "", "")._replace(**said)


class Air:
    """All sockets there are; `down` is the reason why nothing can be sent, or ""."""

    def __init__(self) -> None:
        self.asking: dict[str, AirAsking] = {}
        self.answering: list[AirAnswering] = []
        self.down = ""
        self.question = b""
        self.asked = self.answered = self.opened = 0

    def ask_from(self, host: str) -> AirAsking:
        self._open()
        self.asking[host] = AirAsking(self, host)
        return self.asking[host]

    def answer_from(self, host: str) -> AirAnswering:
        self._open()
        self.answering.append(AirAnswering(self, host))
        return self.answering[-1]

    def _open(self) -> None:
        self.opened += 1
        if self.down:
            raise OSError(self.down)


class AirAsking:
    def __init__(self, air: Air, host: str) -> None:
        self.air, self.host = air, host
        self.inbox: list[Heard] = []
        self.closed = False

    def ask(self, data: bytes) -> str:
        assert not self.closed
        self.air.asked += 1
        self.air.question = data
        for each in () if self.air.down else self.air.answering:
            each.inbox.append(Heard(data, self.host, (self.host,)))
        return self.air.down

    def receive(self) -> list[Heard]:
        heard, self.inbox = self.inbox, []
        return heard

    def close(self) -> None:
        self.closed = True


class AirAnswering:
    def __init__(self, air: Air, host: str) -> None:
        self.air, self.host = air, host
        self.inbox: list[Heard] = []
        self.refreshed = 0

    def refresh(self) -> None:
        self.refreshed += 1

    def receive(self) -> list[Heard]:
        heard, self.inbox = self.inbox, []
        return heard

    def answer(self, data: bytes, place: Place) -> None:
        self.air.answered += 1
        self.air.asking[place[0]].inbox.append(Heard(data, self.host, (self.host,)))

    def close(self) -> None:
        self.air.answering.remove(self)
