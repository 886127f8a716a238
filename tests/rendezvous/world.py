"""A service and its callers on virtual time."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

from gamenet.channels import Channel
from gamenet.rendezvous import messages as m
from gamenet.rendezvous.service import Service
from gamenet.session.transports import Happening, Lost, Opened, Parcel
from gamenet.session.transports.memory import Network

M = TypeVar("M")

STEP = 0.05


class Issuer:
    """An authority whose certificates can be read."""

    root = "root"

    def issue(self, request: bytes, days: float, identity: str) -> bytes:
        return b"%s for %s" % (request, identity.encode())


class World:
    """A network with a service in it."""

    def __init__(self, **given: Any) -> None:
        self.now = 0.0
        self.network = Network()
        self.given = {"authority": Issuer(), **given}
        self.callers: list[Caller] = []
        self.begin()

    def begin(self) -> None:
        """A service on its machine, which may have had one before."""
        self.service = Service(self.network.transport("service"), ":27020", **self.given)

    def run(self, seconds: float = 0.2) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self.now < until:
            self.now += STEP
            self.service.pump(self.now)
            for caller in self.callers:
                caller.pump(self.now)

    def caller(self, name: str, machine: str = "", *, hello: bool = True) -> Caller:
        """Somebody who is connected, and greeted by default."""
        caller = Caller(self, name, machine)
        self.callers.append(caller)
        self.run()
        if hello:
            caller.say(m.Hello(m.WIRE, caller.identity, caller.token, b""))
            self.run()
        return caller

    def host(self, name: str = "ada", **given: Any) -> Caller:
        """Somebody with a room."""
        caller = self.caller(name)
        caller.ask(caller.create(**given))
        return caller

    def member(self, host: Caller, name: str, **given: Any) -> Caller:
        """Somebody in that room."""
        caller = self.caller(name)
        caller.ask(caller.join(host.code, **given))
        return caller


class Caller:
    """One connection to the service, and all that it heard."""

    def __init__(self, world: World, name: str, machine: str = "") -> None:
        self.world, self.name = world, name
        self.identity = f"str:{name}"
        self.token = hashlib.md5(name.encode()).digest()
        self.key = hashlib.md5(b"key" + name.encode()).digest()
        self.card = m.Card(self.identity, 4, bytes(16), 40000)
        self.code = ""
        self.heard: list[m.FromService] = []
        self.happened: list[Happening] = []
        self.connection = 0
        self.transport = world.network.transport(machine)
        self.transport.connect("service:27020")

    # What a caller says

    def create(self, code: str = "", **given: Any) -> m.Create:
        wish: dict[str, Any] = {
            "key": self.key,
            "game": "asteroids/1.2",
            "title": "Friday",
            "name": self.name,
            "max_peers": 4,
            "visibility": m.PUBLIC,
            "locked": False,
            "data": {},
            "card": self.card,
        }
        return m.Create(code, **{**wish, **given})

    def join(self, code: str, **given: Any) -> m.Join:
        wish: dict[str, Any] = {"key": self.key, "name": self.name, "password": False, "card": self.card}
        return m.Join(code, **{**wish, **given})

    def say(self, message: m.FromClient) -> None:
        self.say_bytes(m.FROM_CLIENT.encode(message))

    def say_bytes(self, data: bytes) -> None:
        assert not self.transport.send(self.world.now, [Parcel(self.connection, Channel.CONTROL, data)])

    def ask(self, message: m.FromClient) -> m.FromService:
        """Say it, and give what is heard first."""
        self.heard.clear()
        self.say(message)
        self.world.run()
        return self.heard[0]

    # What it hears

    def pump(self, now: float) -> None:
        for each in self.transport.poll(now):
            self.happened.append(each)
            if isinstance(each, Opened):
                self.connection = each.connection
        for received in self.transport.receive(0):
            message = m.FROM_SERVICE.decode(received.data)
            assert not isinstance(message, str), message
            self.heard.append(message)
            if isinstance(message, m.Entered):
                self.code, self.seat = message.code, message.seat

    def all(self, kind: type[M]) -> list[M]:
        return [each for each in self.heard if isinstance(each, kind)]

    def the(self, kind: type[M]) -> M:
        """The one message of its kind."""
        (only,) = self.all(kind)
        return only

    @property
    def reasons(self) -> list[str]:
        return [each.reason for each in self.all(m.Refused)]

    @property
    def lost(self) -> Lost | None:
        return next((each for each in self.happened if isinstance(each, Lost)), None)

    def cut(self) -> None:
        """Nothing of it reaches the service any more."""
        self.world.network.cut(self.transport.machine)
