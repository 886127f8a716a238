"""A small game that tests of replication share, and what is needed to cheat in it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Annotated, Any

import gamenet as gn
from gamenet.ids import HOST, PeerId
from gamenet.replication import operations as op
from gamenet.replication.codec.reference import pack_row, quantise
from gamenet.replication.model.values import rows_of
from gamenet.replication.model.world import Told, World
from gamenet.replication.replica import Replica
from gamenet.testing import Lab


class Team(enum.Enum):
    RED = "r"
    BLUE = "b"
    GREEN = "g"


class Ship(gn.Entity["Arena"], authority="owner"):
    """Its owner computes it, but for its hull and its rank."""

    x: float = gn.coord(0, low=-4096, high=4096)
    y: float = gn.coord(0, low=-4096, high=4096)
    angle: float = gn.angle(0)
    name: str = gn.text("", longest=16)
    hull: int = gn.integer(100, low=0, high=100, authority="host")
    rank: str = gn.text("", longest=16, authority="host")

    @gn.rpc(to="owner", caller="anyone")
    def hail(self, caller: gn.Caller, text: str) -> str:
        return f"{self.name} heard {text}"

    @gn.rpc(to="everyone")
    def flash(self, caller: gn.Caller, colour: int) -> None:
        note(self, "flash", caller.peer.name, colour)

    @gn.rpc(to="host")
    def scuttle(self, caller: gn.Caller) -> None:
        self.room.despawn(self)


class Keepsake(gn.Entity["Arena"], authority="owner", leaves="keep", most=2):
    x: float = gn.coord(0, low=-100, high=100)


class Rock(gn.Entity["Arena"]):
    """The host computes it; a field of every kind."""

    x: float = gn.coord(0, low=-4096, high=4096)
    angle: float = gn.angle(0)
    mass: float = 1.0
    heat: float = gn.number(0, low=0, high=1, step=0.01)
    count: int = 0
    small: int = gn.integer(0, low=-5, high=5)
    solid: bool = True
    team: Team = Team.RED
    label: str = gn.text("", longest=40)
    seen: list[Any] = gn.local(factory=list)

    @gn.changed("count")
    def counted(self, old: int, new: int) -> None:
        self.seen.append((old, new))


class Arena(gn.Room):
    score: int = 0
    speed: float = 1.0
    topic: str = gn.text("", longest=40)
    notes: list[Any] = gn.local(factory=list)

    @gn.rpc(rate=5)
    def say(self, caller: gn.Caller, text: Annotated[str, gn.text(longest=20)]) -> int:
        if not text.strip():
            raise gn.Refused("say something")
        self.notes.append((caller.peer.name, text))
        return len(text)

    @gn.rpc(to="everyone", rate=1000)
    def count(self, caller: gn.Caller, number: int) -> None:
        self.notes.append((caller.peer.name, number))

    @gn.rpc(to="others")
    def nudge(self, caller: gn.Caller, number: int) -> None:
        self.notes.append((caller.peer.name, number))

    @gn.rpc(to="everyone", caller="host")
    def meet(self, caller: gn.Caller, rock: Rock, who: gn.Peer) -> None:
        self.notes.append((rock.label, who.name))

    @gn.rpc()
    def touch(self, caller: gn.Caller, thing: gn.Entity) -> int:
        return thing.id or 0

    @gn.rpc()
    def build(self, caller: gn.Caller, label: str) -> Rock:
        return self.spawn(Rock(label=label))

    @gn.rpc(to="everyone", caller="anyone", rate=1000)
    def whisper(self, caller: gn.Caller, number: int) -> int:
        self.notes.append((caller.peer.name, number))
        return number

    @gn.rpc()
    def when(self, caller: gn.Caller) -> list[float]:
        return [float(caller.tick), float(caller.seen)]

    @gn.rpc()
    def fail(self, caller: gn.Caller) -> None:
        raise RuntimeError("a mistake of the game")

    @gn.rpc()
    def deep(self, caller: gn.Caller, numbers: list[list[int]]) -> int:
        return sum(map(sum, numbers))


def note(ship: Ship, *what: Any) -> None:
    ship.room.notes.append(what)


def lab(clients: int = 1, **said: Any) -> Lab[Arena]:
    return Lab(clients, room=Arena, **{"link": "good", **said})


def replica(net: gn.Session[Any]) -> Replica:
    return net._conductor.current.replica


def world(net: gn.Session[Any]) -> World:
    return replica(net).world


def peer(net: gn.Session[Any], other: gn.Session[Any]) -> gn.Peer:
    """`other`, as `net` knows it."""
    return next(peer for peer in net.peers if peer.id == other.me.id)


def rows_for(entity: Any) -> list[bytes]:
    """Its numbers as they travel with structure, by the readable codec."""
    kind, found = entity.__gamenet__, []
    for part, row in zip(kind.parts, rows_of(entity), strict=True):
        floats, ints = iter(row[: len(part.floats)]), iter(row[len(part.floats) :])
        values = [next(floats if field.kind.is_float else ints) for field in part.table.fields]
        units = tuple(quantise(field, value) for field, value in zip(part.table.fields, values, strict=True))
        found.append(pack_row(part.table, units))
    return found


def smuggle(net: gn.Session[Any], *operations: op.Operation, to: frozenset[PeerId] | None = None) -> None:
    """Say what no honest session does, with the next frame."""
    for operation in operations:
        world(net).told.append(Told(lambda operation=operation: operation, to))  # type: ignore[misc]


def smuggle_bytes(net: gn.Session[Any], *bodies: bytes, to: PeerId = HOST) -> None:
    """Send call messages of these bytes, with the next frame."""
    theirs: Replica = replica(net)
    honest: Callable[[], dict[PeerId, list[bytes]]] = theirs.calls

    def calls() -> dict[PeerId, list[bytes]]:
        del theirs.calls
        messages = dict(honest())
        messages[to] = [*messages.get(to, ()), *bodies]
        return messages

    theirs.calls = calls  # type: ignore[method-assign]
