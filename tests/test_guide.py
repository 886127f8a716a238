"""The guide does not rot: its sentences and numbers are the code's (that its examples run: tests/test_pages.py)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pygame
import pytest

import gamenet as gn
from gamenet import opening, rhythm
from gamenet.replication.model import compile as compiling
from gamenet.replication.model import fields, protocol, schema
from gamenet.replication.rpc import calls, declare, signature, types
from gamenet.session import patience, sentences
from gamenet.testing import Lab

from .pages import GUIDE

# ------------------------------------------------------------------------------------------------------------ sentences


class Arena(gn.Room):
    @gn.rpc()
    def slow(self, caller: gn.Caller) -> int:
        raise RuntimeError("a mistake")


class Ship(gn.Entity, authority="owner"):
    x: float = 0.0
    hp: int = gn.integer(100, low=0, high=100)

    @gn.rpc(to="host")
    def fire(self, caller: gn.Caller, aim: float) -> None:
        """Says nothing."""


class Rock(gn.Entity):
    x: float = 0.0


def lab(clients: int = 1, **said: object) -> Lab[Arena]:
    return Lab(clients=clients, room=Arena, link="perfect", **said)  # type: ignore[call-overload, no-any-return]


def surface_as_a_field() -> None:
    class _Picture(gn.Entity):
        image: pygame.Surface = pygame.Surface((1, 1))


def text_in_a_number() -> None:
    with lab(0) as it:
        it.host.spawn(Ship()).x = "left"  # type: ignore[assignment]
        it.run(1)


def unknown_class() -> None:
    class Hidden(gn.Entity):
        x: float = 0.0

    Hidden.__gamenet__.name = "Rock"
    with lab(0) as it:
        it.host.spawn(Hidden())


def anothers(do: Callable[[gn.Session[Arena], Ship], object]) -> Callable[[], None]:
    """Something that a client does with Ada's ship."""

    def attempt() -> None:
        with lab(1, name="Ada") as it:
            it.host.spawn(Ship())
            it.until(lambda: it.clients[0].all(Ship))
            do(it.clients[0], it.clients[0].all(Ship)[0])

    return attempt


def write(net: gn.Session[Arena], ship: Ship) -> None:
    ship.x = 1


def too_many() -> None:
    with lab(1) as it:
        for _ in range(65):
            it.clients[0].spawn(Ship())


def own_ship(do: Callable[[Ship], object]) -> Callable[[], None]:
    def attempt() -> None:
        with gn.solo(room=Arena) as net:
            do(net.spawn(Ship()))

    return attempt


def several_rooms() -> None:
    with lab(0) as it:
        it.host.open_room("cave")
        it.host.all(Ship)


def frame_in_frame() -> None:
    with gn.solo() as net, net.frame(0.1), net.frame(0.1):
        pass


def taken_port() -> None:
    with gn.host(port=0) as net:
        port = int(net._node.address.rpartition(":")[2])  # type: ignore[attr-defined]
        gn.host(port=port)


@pytest.mark.parametrize(
    ("kind", "quote", "do"),
    [
        (gn.BadDeclaration, "Surface cannot be replicated", surface_as_a_field),
        (gn.BadArgument, "x is 'left', not a number", text_in_a_number),
        (gn.BadArgument, "Ship has no field 'hpp'; did you mean 'hp'?", lambda: Ship(hpp=1)),  # type: ignore[call-arg]
        (gn.BadArgument, "Rock is not in this session's protocol", unknown_class),
        (gn.NotAuthoritative, "is decided by its owner Ada, not here", anothers(write)),
        (gn.NotAuthoritative, "only the host spawns a Rock", anothers(lambda net, ship: net.spawn(Rock()))),
        (gn.NotAuthoritative, "only its owner may call Ship.fire", anothers(lambda net, ship: ship.fire.send(1.0))),
        (gn.NotAuthoritative, "only the host kicks", anothers(lambda net, ship: net.kick(net.host))),
        (gn.BadArgument, "64 of mine exist already", too_many),
        (gn.BadArgument, "Ship.fire runs elsewhere", own_ship(lambda ship: ship.fire(0.3))),  # type: ignore[operator]
        (gn.BadArgument, "aim is 'up', not a number", own_ship(lambda ship: ship.fire.send("up"))),  # type: ignore[arg-type]
        (gn.UnknownEvent, "there is no event 'join', did you mean 'joined'?", lambda: gn.solo().on("join")),  # type: ignore[call-overload]
        (gn.SeveralRooms, "this session has several rooms", several_rooms),
        (gn.BadArgument, "one frame ends before the next begins", frame_in_frame),
        (gn.InvalidAddress, "is no address", lambda: gn.join("127.0.0.1:99999")),
        (gn.AddressInUse, "is in use", taken_port),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exception_reads_as_the_guide_says(
    kind: type[gn.GamenetError], quote: str, do: Callable[[], object]
) -> None:
    (row,) = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if f'"{quote}"' in line]
    assert kind.__name__ in row
    with pytest.raises(kind) as error:
        do()
    assert quote in str(error.value)


def failed_call() -> str:
    with lab(1) as it:
        call = it.clients[0].room.slow.call()
        it.until(lambda: call.done)
        return call.error


def unanswered_call() -> str:
    with lab(1) as it:
        it.cut(it.host)
        call = it.clients[0].room.slow.call()
        it.until(lambda: call.done)
        return call.error


def flood() -> str:
    with lab(1) as it:
        ship = it.clients[0].spawn(Ship())
        it.until(lambda: ship.id is not None)
        last = [ship.fire.call(1.0) for _ in range(30)][-1]
        it.until(lambda: last.done)
        return last.error


def other_classes() -> str:
    def ship(high: int) -> gn.Protocol:
        class Ship(gn.Entity):
            hp: int = gn.integer(100, low=0, high=high)

        return gn.Protocol([Ship])

    return sentences.other_protocol(ship(100).difference(ship(200).describe(), here="at the host", there="here"))


def refused(room: str = "", **said: object) -> Callable[[], str]:
    """Why a second client does not come in."""

    def attempt() -> str:
        with lab(1, **said) as it:
            late = it.add_client(room=room)
            it.until(lambda: late.state == "closed")
            return late.problem

    return attempt


def removed(of: int) -> Callable[[], str]:
    """What the removed player (0) and another one (1) read."""

    def attempt() -> str:
        with lab(2) as it:
            it.run(0.5)
            left: list[str] = []
            it.clients[1].on("peer_left")(lambda peer, reason: left.append(reason))
            it.host.kick(it.host.peers[1], "bad language")
            it.until(lambda: it.clients[0].state == "closed" and left)
            return (it.clients[0].problem, left[0])[of]

    return attempt


def gone(how: Callable[[Lab[Arena]], object], name: str = "Ada") -> Callable[[], str]:
    """What a client reads when its host goes."""

    def attempt() -> str:
        with lab(1, name=name) as it:
            how(it)
            it.until(lambda: it.clients[0].state == "closed", seconds=20)
            return it.clients[0].problem

    return attempt


def vanished() -> str:
    with lab(1) as it:
        left: list[str] = []
        it.host.on("peer_left")(lambda peer, reason: left.append(reason))
        it.cut(it.clients[0])
        it.until(lambda: left, seconds=20)
        return left[0]


def goodbye() -> str:
    with gn.solo() as net:
        said: list[str] = []
        net.on("closed")(said.append)
        net.pump(0.1)
        net.close()
        net.pump(0.1)
        assert net.problem == ""
        return said[0]


@pytest.mark.parametrize(
    ("quote", "really"),
    [
        ("failed", failed_call),
        ("no answer within 5 s", unanswered_call),
        ("fire: more than 20 calls a second", flood),
        ("Nobody answered at 127.0.0.1:27015", lambda: sentences.nobody_answered("127.0.0.1:27015")),
        ('There is no machine called "nowhere.example".', lambda: sentences.no_such_machine("nowhere.example")),
        ("Your game's classes differ from the host's: Ship.hp: 7 bits at the host, 8 bits here", other_classes),
        (
            "The host runs version 1.2 of asteroids, you run version 1.1",
            lambda: sentences.other_game("asteroids/1.1", "asteroids/1.2"),
        ),
        ("The password is wrong.", lambda: sentences.WRONG_PASSWORD),
        ("This game asks for a password.", lambda: sentences.NO_PASSWORD),
        ("The room is full: 2 of 2 players are in it.", refused(max_peers=2)),
        ('There is no room "cave" here', refused(room="cave")),
        ("The host removed you: bad language", removed(0)),
        ("was removed: bad language", removed(1)),
        ("The host (Ada) ended the game.", gone(lambda it: it.host.close())),
        ("The connection to the host was lost.", gone(lambda it: it.cut(it.host))),
        ("lost the connection", vanished),
        ("The session was closed.", goodbye),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_sentence_reads_as_the_guide_says(quote: str, really: Callable[[], str]) -> None:
    assert f'"{quote}"' in GUIDE.read_text(encoding="utf-8")
    assert quote in really()


# -------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("entities of a class that a peer other than the host may have", [schema._MOST]),
        ("a text field", [fields.LONGEST_TEXT, compiling._LONGEST]),
        ("the members of an Enum", [compiling._MOST_MEMBERS]),
        ("a collection's elements", [fields.MOST_COLLECTED, compiling._LONGEST_COLLECTION]),
        ("all texts and collections of an entity", [schema._MOST_STRUCTURE / 1024]),
        ("a text in an RPC", [types.LONGEST_TEXT]),
        ("bytes in an RPC", [types.LONGEST_BYTES]),
        ("a list in an RPC", [types.MOST_ITEMS]),
        ("all arguments of a call, or an answer", [signature.LARGEST_CALL]),
        ("calls a second of one method by one peer", [declare.RATE]),
        ("waiting for an answer", [calls.SECONDS]),
        ("a player's name", [opening.MOST_NAME]),
        ("a game's name, a password", [opening.MOST_WORD]),
        ("ticks in one frame", [rhythm.MOST_TICKS]),
        ("patience with a peer or a host that vanished", [patience.LINK_PATIENCE]),
        ("patience with an address where nobody answers", [patience.HELLO_PATIENCE]),
        ("silence before `stalled`", [patience.GAME_PATIENCE]),
        ("waiting for a peer that cannot be reached", [patience.MOST_KEPT_BYTES / 1024]),
        ("classes in a protocol", [protocol.MOST_CLASSES]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_limit_is_the_one_in_the_code(what: str, numbers: list[float]) -> None:
    (row,) = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {what} |")]
    limits = re.findall(r"\d[\d,.]*\d|\d", row.partition(what)[2])
    assert limits[: len(numbers)] == [f"{number:,g}" if number < 1e6 else f"{number:,}" for number in numbers]


def test_the_bits_of_fields_are_those_of_the_code() -> None:
    class Everything(gn.Entity):
        a: float = 0.0
        b: float = gn.coord(0)
        c: float = gn.angle(0)
        d: float = gn.number(0)
        e: float = gn.number(1, low=0, high=1, step=0.01)
        f: int = 0
        g: int = gn.integer(0, low=0, high=100)
        h: bool = False

    section = GUIDE.read_text(encoding="utf-8").partition("| Written |")[2].splitlines()[2:10]
    said = [line.rstrip("| ").split(" | ")[-2] for line in section]
    assert said == [str(field.bits) for field in Everything.__gamenet__.fields.values()]
