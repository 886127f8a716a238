from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from gamenet.errors import BadArgument, NotAuthoritative
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import coord, local, text
from tests.replication.model.homes import ADA, BOB, HOST, FakeHome, Room


class Ship(Entity["Arena"], authority="owner"):  # type: ignore[type-var]
    x: float = coord(0)
    y: float = 0.0
    name: str = text("")
    trail: list[float] = local(factory=list)

    @property
    def place(self) -> tuple[float, float]:
        return self.x, self.y

    def ahead(self, distance: float) -> float:
        return self.x + distance


class Rock(Entity):
    size: int = 3


class Needy(Entity):
    x: float
    y: float = 0.0


class Arena(Room):
    score: int = 0


# --------------------------------------------------------------------------------------------------------- constructing


def test_fields_are_plain_attributes() -> None:
    ship = Ship(x=3, name="Ada", trail=[1.0])
    ship.y += 2
    assert (ship.x, ship.y, ship.name, ship.trail) == (3, 2.0, "Ada", [1.0])


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"nam": "Ada"}, "Ship has no field 'nam'; did you mean 'name'"),
        ({"zzz": 1}, "it has x, y, name, trail"),
        ({"owner": None}, r"net.spawn\(Ship\(…\), owner=peer\)"),
        ({"x": "left"}, "x is 'left', not a number"),
        ({"name": 3}, "name is 3, not a text"),
    ],
)
def test_a_constructor_refuses_what_does_not_fit(values: dict[str, Any], advice: str) -> None:
    with pytest.raises(BadArgument, match=advice):
        Ship(**values)


def test_a_constructor_takes_keywords_only() -> None:
    with pytest.raises(BadArgument, match=r"Ship\(…\) takes keywords only, such as Ship\(x=0.0\)"):
        Ship(1, 2)  # type: ignore[call-arg]


def test_a_field_without_default_is_asked_for() -> None:
    with pytest.raises(BadArgument, match=r"Needy\(…\) needs x"):
        Needy(y=1)  # type: ignore[call-arg]
    assert Needy(x=2).x == 2


def test_a_constructor_of_one_s_own_may_leave_fields_at_their_defaults() -> None:
    class Odd(Entity):
        x: float = 4.0

        def __init__(self, label: str) -> None:
            self.label = label

    assert Odd("a").x == 4.0 and Odd("a")._home is None


def test_entities_compare_and_hash_by_identity() -> None:
    one, two = Ship(), Ship()
    assert one != two and len({one, two, one}) == 2


def test_subscripts_work_at_run_time_before_the_room_exists() -> None:
    assert issubclass(Ship, Entity) and Ship.__gamenet__.name == "Ship"


# ---------------------------------------------------------------------------------------------------- before spawning


def test_before_spawning_it_is_nobody_s_and_writes_are_free() -> None:
    ship = Ship()
    ship.teleport(x=4)
    ship.y = 3
    assert (ship.id, ship.owner, ship.mine, ship.x) == (None, None, False, 4)


@pytest.mark.parametrize(
    "ask", [lambda ship: ship.room, lambda ship: ship.authority, lambda ship: setattr(ship, "owner", None)]
)
def test_before_spawning_what_needs_a_room_says_so(ask: Any) -> None:
    with pytest.raises(NotAuthoritative, match=r"<Ship> is in no room.*net.spawn"):
        ask(Ship())


# ------------------------------------------------------------------------------------------------------- in a room


def test_in_a_room_it_knows_room_owner_and_who_computes_it() -> None:
    home = FakeHome()
    arena = home.put(Arena(), 0)
    mine, theirs, free, rock = (
        home.put(Ship(), 1, ADA),
        home.put(Ship(), 2, BOB),
        home.put(Ship(), 3),
        home.put(Rock(), 4, BOB),
    )
    assert [one.mine for one in (mine, theirs, free, rock)] == [True, False, False, False]
    assert mine.room is arena and mine.id == 1
    assert [one.authority.id for one in (mine, theirs, free, rock)] == [ADA, BOB, HOST, HOST]


def test_assigning_an_owner_is_the_home_s_to_decide() -> None:
    home = FakeHome(HOST)
    ship = home.put(Ship())
    ship.owner = home.peers[BOB]
    assert ship.owner is home.peers[BOB]
    with pytest.raises(BadArgument, match=r"an owner is a gn.Peer or None, not 'Bob'"):
        ship.owner = "Bob"


def test_teleport_checks_its_fields_and_goes_through_the_home() -> None:
    home = FakeHome()
    ship = home.put(Ship())
    ship.teleport(x=3, y=4)
    assert home.teleports == [(ship, {"x": 3, "y": 4})]


@pytest.mark.parametrize(
    ("values", "advice"),
    [({"xx": 1}, "has no xx to teleport"), ({"name": "a"}, "has no name"), ({"x": "a"}, "x is 'a', not a number")],
)
def test_teleport_refuses_what_it_cannot_move(values: dict[str, Any], advice: str) -> None:
    home = FakeHome()
    with pytest.raises(BadArgument, match=advice):
        home.put(Ship()).teleport(**values)
    assert home.teleports == []


def test_it_tells_in_a_sentence_which_one_it_is() -> None:
    home = FakeHome()
    assert [repr(Ship()), repr(home.put(Ship(), 7)), repr(home.put(Ship(), 8, BOB))] == [
        "<Ship>",
        "<Ship 7>",
        "<Ship 8 of Bob>",
    ]


# ----------------------------------------------------------------------------------------------------------- two faces


def test_simulated_reads_the_true_values_while_the_attributes_are_drawn() -> None:
    ship = Ship(x=10, y=5)
    assert ship.simulated.x == 10
    ship._simulated = {"x": 12.0}
    assert (ship.x, ship.simulated.x, ship.simulated.y) == (10, 12.0, 5)


def test_methods_and_properties_of_the_simulated_see_true_values() -> None:
    ship = Ship(x=10, y=5)
    ship._simulated = {"x": 12.0}
    assert ship.simulated.place == (12.0, 5) and ship.simulated.ahead(1) == 13.0


def test_simulated_is_to_read_only() -> None:
    with pytest.raises(NotAuthoritative, match="read only: write x"):
        Ship().simulated.x = 3


def test_an_unknown_attribute_of_the_simulated_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = Ship().simulated.nonsense  # type: ignore[attr-defined]


# ---------------------------------------------------------------------------------------------------------- for users

PROGRAM = """
from __future__ import annotations

import enum
from typing import Annotated

from typing_extensions import assert_type

from gamenet.game import Room
from gamenet.peer import Peer
from gamenet.replication.model import fields as gn
from gamenet.replication.model.entity import Entity
from gamenet.replication.rpc.calls import Call
from gamenet.replication.rpc.declare import Caller, rpc


class Team(enum.Enum):
    RED = 1


class Ship(Entity["Arena"], authority="owner", leaves="keep"):
    x: float = gn.coord(0, low=-4096, high=4096)
    hp: int = gn.integer(100, low=0, high=100, authority="host")
    team: Team = gn.choice(Team.RED)
    dust: list[int] = gn.local(factory=list)

    @gn.changed("hp")
    def hurt(self, old: int, new: int) -> None: ...

    @rpc(to="everyone")
    def fire(self, caller: Caller, aim: float, *, shots: int = 1) -> Team:
        assert_type(caller.peer, Peer)
        return Team.RED


class Arena(Room):
    score: int = 0

    @rpc(rate=5)
    def say(self, caller: Caller, text: Annotated[str, gn.text(longest=200)]) -> int:
        return len(text)


def use(ship: Ship, anyone: Entity, peer: Peer) -> None:
    Ship(x=3, team=Team.RED)
    assert_type(ship.room, Arena)
    assert_type(anyone.room, Room)
    assert_type(ship.simulated, Ship)
    assert_type(ship.simulated.x, float)
    assert_type(ship.owner, Peer | None)
    ship.owner = peer
    ship.fire.to([peer]).within(2).send(0.5, shots=3)
    call = ship.room.say.call("hi")
    assert_type(call, Call[int])
    call.then(lambda answer: assert_type(answer.value, int))
    others: list[Entity] = [ship]
    others[0].teleport(x=3)


def wrong(ship: Ship) -> None:
    Ship(3)  # E
    Ship(xx=3)  # E
    Ship(x="3")  # E
    ship.fire(0.5)  # E
    ship.fire.send("0.5")  # E
    ship.fire.send()  # E
    ship.room.say.call(3)  # E
    ship.y = 3  # E
    gn.coord(0, hihg=3)  # E


class Worse(Entity, authority="server"): ...  # E


@rpc()
def bare(self: object, text: str) -> None: ...  # (the decorator's line is told)
"""


def test_type_checkers_see_fields_constructors_rooms_and_rpcs(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    root = Path(__file__).parents[3]
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml", str(file)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    lines = PROGRAM.splitlines()
    expected = {number for number, line in enumerate(lines, 1) if line.endswith("# E")} | {
        lines.index("def bare(self: object, text: str) -> None: ...  # (the decorator's line is told)")
    }
    found = {int(line) for line in re.findall(r"program\.py:(\d+): error:", done.stdout)}
    assert found == expected, done.stdout + done.stderr
