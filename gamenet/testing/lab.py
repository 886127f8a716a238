"""Complete peers in one process, on virtual time, in seeded bad weather.

    with Lab(clients=2, link="poor", seed=7, room=Table, setup=rules) as lab:
        ship = lab.host.spawn(Ship(x=1))
        lab.run(seconds=2)
        twin = lab.clients[0].get(ship)
        assert twin and twin.x == ship.x

The sessions are ordinary ones; only clock and network are the Lab's own. The same seed gives the same run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Generic, cast, overload
from weakref import WeakKeyDictionary

from typing_extensions import Self, TypeVar, Unpack

from ..game import Room, Session
from ..opening import Opening, classes_of, settings_of
from ..session.hosting import Hosting
from ..session.joining import Joining
from ..session.node import Node
from ..session.transports.memory import MemoryTransport, Network
from .clock import ManualClock
from .link import Link, weather

RoomT = TypeVar("RoomT", bound=Room, default=Room)
Setup = Callable[[Any], object]

JOINING: Final = 30.0
"""Seconds of virtual time within which everybody has to be in."""

_PORT: Final = 27015


class Lab(Generic[RoomT]):
    """A host and its clients: a star, or with `mesh=` a mesh of so many equal peers."""

    @overload
    def __init__(
        self: Lab[Room],
        clients: int = 2,
        *,
        mesh: int = 0,
        link: str | Link = "good",
        seed: int = 0,
        fps: float = 60,
        setup: Setup | None = None,
        dedicated: bool = False,
        **said: Unpack[Opening],
    ) -> None: ...
    @overload
    def __init__(
        self,
        clients: int = 2,
        *,
        room: type[RoomT],
        mesh: int = 0,
        link: str | Link = "good",
        seed: int = 0,
        fps: float = 60,
        setup: Callable[[Session[RoomT]], object] | None = None,
        dedicated: bool = False,
        **said: Unpack[Opening],
    ) -> None: ...
    def __init__(
        self,
        clients: int = 2,
        *,
        room: type[Any] = Room,
        mesh: int = 0,
        link: str | Link = "good",
        seed: int = 0,
        fps: float = 60,
        setup: Setup | None = None,
        dedicated: bool = False,
        **said: Unpack[Opening],
    ) -> None:
        """
        Args:
            clients: besides the host.
            mesh: instead of `clients`: how many peers, the host included, each linked with each.
            link: perfect, good, fair, poor, terrible, or a `Link`.
            seed: of the weather.
            fps: frames a second of every session.
            setup: called with each session before its first frame, late ones too.
            dedicated: the host is a server and no player.
            said: keywords of the openings; `strict` is on unless said otherwise.
        """
        self.clock = ManualClock()
        self._network = Network(weather(link, seed))
        self._room, self._mesh, self._fps, self._setup = room, mesh > 0, fps, setup
        self._said: Opening = {"strict": True, **said}
        self._classes = classes_of(room, self._said, sys._getframe(1))
        self._joiners = 0
        self._machines: WeakKeyDictionary[Session[Any], MemoryTransport] = WeakKeyDictionary()
        self.host: Session[RoomT] = self._open_host(dedicated)
        self.clients: list[Session[RoomT]] = []
        for _ in range(mesh - 1 if mesh else clients):
            self._join("")

    def _open_host(self, dedicated: bool) -> Session[RoomT]:
        transport = self._network.transport("host")
        settings = settings_of(self._said, self._classes, dedicated=dedicated)
        return self._session(Hosting(transport, f"host:{_PORT}", settings, mesh=self._mesh), transport)

    def _join(self, name: str, room_name: str = "") -> Session[RoomT]:
        self._joiners += 1
        transport = self._network.transport(f"client{self._joiners}")
        settings = settings_of({**self._said, "name": name or f"client {self._joiners}"}, self._classes)
        node = Joining(transport, f"host:{_PORT}", room_name, settings, mesh=self._mesh)
        session = self._session(node, transport)
        self.clients.append(session)
        return session

    def _session(self, node: Node, transport: MemoryTransport) -> Session[RoomT]:
        strict = self._said.get("strict", True)
        session: Session[Any] = Session(node, self.clock, self._room, self._classes, strict=strict, mesh=self._mesh)
        self._machines[session] = transport
        if self._setup is not None:
            self._setup(session)
        return cast("Session[RoomT]", session)

    @property
    def sessions(self) -> list[Session[RoomT]]:
        """The host and the clients."""
        return [self.host, *self.clients]

    def __enter__(self) -> Self:
        self.until(lambda: all(session.state == "joined" for session in self.sessions), seconds=JOINING)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        for session in self.sessions:
            session.close()

    def add_client(self, *, name: str = "", room: str = "") -> Session[RoomT]:
        """Somebody else joins, beginning with the next frame; `room` names one of several."""
        return self._join(name, room)

    def run(self, seconds: float, each_frame: Callable[[Session[RoomT]], object] | None = None) -> None:
        """Let virtual time pass.

        Args:
            each_frame: called with each session inside each of its frames.
        """
        for _ in range(round(seconds * self._fps)):
            self.step(each_frame)

    def step(self, each_frame: Callable[[Session[RoomT]], object] | None = None) -> None:
        """One frame of every session."""
        length = 1 / self._fps
        self.clock.advance(length)
        for session in self.sessions:
            with session.frame(length):
                if each_frame is not None:
                    each_frame(session)

    def until(self, condition: Callable[[], object], *, seconds: float = 10) -> None:
        """Run until the condition holds.

        Raises:
            AssertionError: it did not within so many seconds of virtual time.
        """
        for _ in range(round(seconds * self._fps)):
            if condition():
                return
            self.step()
        if not condition():
            states = ", ".join(f"{s.me.name}: {s.state} {s.problem}".strip() for s in self.sessions)
            raise AssertionError(f"not within {seconds:g} s of virtual time ({states})")

    def cut(self, session: Session[Any]) -> None:
        """Pull the session's plug: nothing leaves or reaches it any more, and nobody says so."""
        self._network.cut(self._machines[session].machine)

    def mend(self, session: Session[Any]) -> None:
        """Put its plug back in."""
        self._network.mend(self._machines[session].machine)
