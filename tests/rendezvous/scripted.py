"""A rendezvous service that says what a test wants, and what a client made of it; on virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gamenet.channels import Channel
from gamenet.rendezvous import messages as m
from gamenet.rendezvous.client import Client, News
from gamenet.rendezvous.conversation import Talk
from gamenet.session.transports import Farewell, Lost, Opened, Parcel
from gamenet.session.transports.cards import Card
from gamenet.session.transports.memory import MemoryTransport, Network

M = TypeVar("M")

FRAME = 1 / 60
ADA, BOB, CLEO = (Card(f"str:{name}", 0, bytes(16), 40000) for name in ("ada", "bob", "cleo"))
TOKEN, KEY = b"t" * m.TOKEN_SIZE, b"k" * m.KEY_SIZE
WELCOME = m.Welcome("root", b"certificate", 86_400.0, (":3478",), ())
JOIN = m.Join("K7QX-3MNP", KEY, "Ada", False, ADA)
CREATE = m.Create("", KEY, "pong/1", "Pong", "Ada", 4, m.INVITE, False, {}, ADA)


def seat(id: int, card: Card) -> m.Seat:
    return m.Seat(id, card.identity[4:], card)


def entered(**changes: Any) -> m.Entered:
    """Ada's answer: Bob hosts at seat 1, she is at 2."""
    fields: dict[str, Any] = {
        "code": "K7QX-3MNP",
        "title": "Pong",
        "epoch": 0,
        "seat": 2,
        "host": 1,
        "members": (seat(1, BOB), seat(2, ADA)),
    }
    return m.Entered(**{**fields, **changes})


class Talks:
    """A client, and the service's end of its connections."""

    def __init__(self, request: bytes = b"request", service: str = "service:27020", *, up: bool = True) -> None:
        self.network = Network()
        self.now = self.network.now = 100.0
        self.service: MemoryTransport = self.network.transport("service")
        self.client = Client(self.network.transport("player"), service, "str:ada", TOKEN, request)
        self.connection = 0
        self.told: list[m.FromClient] = []
        """What the client said since the last `forget`."""
        self.news: list[News] = []
        self.ends: list[Lost] = []
        if up:
            self.service.listen(":27020")

    def frame(self, seconds: float = FRAME) -> None:
        self.now += seconds
        self.news += self.client.poll(self.now)
        self.client.send(self.now)
        for happening in self.service.poll(self.now):
            if isinstance(happening, Opened):
                self.connection = happening.connection
            elif isinstance(happening, Lost):
                self.ends.append(happening)
        for received in self.service.receive(0):
            record = m.FROM_CLIENT.decode(received.data)
            assert not isinstance(record, str), record
            self.told.append(record)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.frame()

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> float:
        """Run until it holds. Returns how long that took."""
        started = self.now
        while not condition():
            assert self.now - started < seconds, f"it did not come to that; news: {self.news}"
            self.frame()
        return self.now - started

    def until_told(self, kind: type[M]) -> M:
        self.until(lambda: self.heard_by_service(kind))
        return self.heard_by_service(kind)[-1]

    def say(self, *records: m.FromService) -> None:
        """The service says it; two frames later the client has taken it."""
        self.say_bytes(*(m.FROM_SERVICE.encode(record) for record in records))

    def say_bytes(self, *bodies: bytes) -> None:
        self.service.send(self.now, [Parcel(self.connection, Channel.CONTROL, body) for body in bodies])
        self.run(2 * FRAME)

    def seated(self, wish: m.Create | m.Join = JOIN, answer: m.Entered | None = None) -> None:
        """The client has its seat, and what was said until then is forgotten."""
        self.client.ask(wish)
        self.until_told(type(wish))
        self.say(WELCOME, answer or entered())
        assert self.client.talk is Talk.SEATED
        self.forget()

    def hang_up(self) -> None:
        self.service.close(self.connection, Farewell.GOODBYE)
        self.connection = 0

    def heard_by_service(self, kind: type[M]) -> list[M]:
        return [record for record in self.told if isinstance(record, kind)]

    def heard(self, kind: type[M]) -> list[M]:
        return [each for each in self.news if isinstance(each, kind)]

    def forget(self) -> None:
        self.told.clear()
        self.news.clear()
        self.ends.clear()
