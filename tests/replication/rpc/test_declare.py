from __future__ import annotations

import math
from typing import Annotated, Any

import pytest

from gamenet.errors import BadArgument, BadDeclaration, GamenetError, NotAuthoritative
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import text
from gamenet.replication.rpc.calls import SECONDS
from gamenet.replication.rpc.declare import Caller, Rpc, rpc
from tests.replication.model.homes import ADA, BOB, HOST, FakeHome, Room

Line = Annotated[str, text(longest=20)]


class Ship(Entity, authority="owner"):
    @rpc()
    def fire(self, caller: Caller, aim: float = 0.0) -> int:
        """Shoot."""
        return 1

    @rpc(to="everyone", caller="anyone", rate=5)
    def honk(self, caller: Caller, at: Ship | None = None) -> None: ...

    @rpc(to="owner", caller="host")
    def hit(self, caller: Caller) -> None: ...


class Arena(Room):
    @rpc()
    def say(self, caller: Caller, line: Line) -> int:
        return len(line)

    @rpc(to="others", caller="host")
    def heard(self, caller: Caller, line: Line) -> None: ...


def ship_of(me: int, owner: int | None) -> tuple[Ship, FakeHome]:
    home = FakeHome(me)
    return home.put(Ship(), 5, owner), home


# ------------------------------------------------------------------------------------------------------------ declaring


def test_rpcs_are_numbered_by_sorted_name() -> None:
    methods = Ship.__gamenet__.methods
    assert [(one.number, one.name) for one in methods] == [(0, "fire"), (1, "hit"), (2, "honk")]
    assert list(Ship.__gamenet__.rpcs) == ["fire", "hit", "honk"]


def test_what_is_not_said_is_to_the_host_by_the_owner_20_a_second() -> None:
    fire, say = Ship.__gamenet__.rpcs["fire"], Arena.__gamenet__.rpcs["say"]
    assert (fire.to, fire.caller, fire.rate) == ("host", "owner", 20)
    assert (say.to, say.caller) == ("host", "anyone"), "a room has no owner"


def test_the_class_shows_the_declaration_and_its_docstring() -> None:
    assert isinstance(Ship.fire, Rpc) and Ship.fire.__doc__ == "Shoot."


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ({"to": "server"}, "to='server'.*'host', 'owner', 'everyone', 'others'"),
        ({"to": "everone"}, "did you mean 'everyone'"),
        ({"caller": "me"}, "caller='me'"),
        ({"rate": 0}, "rate=0"),
        ({"rate": -1}, "rate=-1"),
        ({"rate": math.nan}, "rate=nan"),
        ({"rate": "fast"}, "rate='fast'"),
        ({"when": "shown"}, 'only when="now" is built yet'),
    ],
)
def test_words_that_do_not_exist_are_refused(said: dict[str, Any], advice: str) -> None:
    with pytest.raises(BadDeclaration, match=advice):
        rpc(**said)


def test_the_brackets_may_not_be_forgotten() -> None:
    with pytest.raises(BadDeclaration, match=r"needs its brackets: @gn.rpc\(\)"):
        rpc(lambda self, caller: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("said", [{"to": "owner"}, {"caller": "owner"}])
def test_a_room_has_no_owner_to_call_or_be_called(said: dict[str, Any]) -> None:
    def whisper(self: Any, caller: Caller) -> None: ...

    with pytest.raises(BadDeclaration, match=r"Hall.whisper: a room has no owner"):
        type("Hall", (Room,), {"whisper": rpc(**said)(whisper)})


def test_a_subclass_inherits_and_may_replace_rpcs() -> None:
    class Cruiser(Ship):
        @rpc(to="everyone")
        def fire(self, caller: Caller, aim: float = 0.0) -> int:
            return 2

        @rpc()
        def anchor(self, caller: Caller) -> None: ...

    assert list(Cruiser.__gamenet__.rpcs) == ["anchor", "fire", "hit", "honk"]
    assert Cruiser.__gamenet__.rpcs["fire"].to == "everyone" and Ship.__gamenet__.rpcs["fire"].to == "host"
    assert Cruiser.__gamenet__.rpcs["honk"].number == 3


def test_a_plain_method_cannot_take_an_rpc_s_place() -> None:
    with pytest.raises(BadDeclaration, match=r"Cruiser.fire takes the place of an RPC: decorate it with @gn.rpc, too"):
        type("Cruiser", (Ship,), {"fire": lambda self: None})


def test_an_argument_that_cannot_be_sent_is_refused_when_the_class_is_made() -> None:
    def take(self: Any, caller: Caller, things: dict[str, int]) -> None: ...

    with pytest.raises(BadDeclaration, match=r"take\(things\): .*list of pairs"):
        type("Chest", (Entity,), {"take": rpc()(take), "__module__": __name__})


# -------------------------------------------------------------------------------------------------------------- calling


def test_send_hands_a_checked_request_to_the_home() -> None:
    ship, home = ship_of(ADA, ADA)
    ship.fire.send(1)
    [request] = home.requests
    assert (request.target, request.rpc.name, request.arguments) == (ship, "fire", [1.0])
    assert request.receivers is None and request.call is None


def test_call_hands_on_a_call_that_waits_5_seconds_or_what_within_says() -> None:
    ship, home = ship_of(ADA, ADA)
    call, quick = ship.fire.call(1), ship.fire.within(0.5).call(1)
    assert [request.call for request in home.requests] == [call, quick]
    assert (call.seconds, quick.seconds, call.done) == (SECONDS, 0.5, False)


def test_an_rpc_is_not_called_like_a_method() -> None:
    ship, home = ship_of(ADA, ADA)
    with pytest.raises(BadArgument, match=r"Ship.fire.send\(…\) to call it, Ship.fire.call\(…\) to get its answer"):
        ship.fire(0.3)  # type: ignore[operator]
    assert home.requests == []


def test_before_spawning_a_call_says_what_to_do() -> None:
    with pytest.raises(NotAuthoritative, match=r"Ship.fire: this Ship is in no room: net.spawn"):
        Ship().fire.send()


@pytest.mark.parametrize(
    ("name", "me", "owner", "allowed"),
    [
        ("fire", ADA, ADA, True),
        ("fire", ADA, BOB, False),
        ("fire", ADA, None, False),
        ("fire", HOST, ADA, False),
        ("fire", HOST, None, True),
        ("fire", HOST, HOST, True),
        ("honk", ADA, BOB, True),
        ("honk", HOST, BOB, True),
        ("hit", HOST, BOB, True),
        ("hit", ADA, ADA, False),
    ],
)
def test_only_those_who_may_can_call(name: str, me: int, owner: int | None, allowed: bool) -> None:
    ship, home = ship_of(me, owner)
    if allowed:
        getattr(ship, name).send()
        assert len(home.requests) == 1
    else:
        with pytest.raises(NotAuthoritative, match=f"only .* may call Ship.{name}"):
            getattr(ship, name).send()
        assert home.requests == []


def test_wrong_arguments_are_told_in_the_caller_s_line() -> None:
    home = FakeHome()
    arena: Arena = home.put(Arena(), 0)
    with pytest.raises(BadArgument, match=r"Arena.say: line has 21 characters, more than 20"):
        arena.say.call("a" * 21)
    assert home.requests == []


def test_to_narrows_what_goes_to_many() -> None:
    ship, home = ship_of(ADA, ADA)
    ada, bob = home.peers[ADA], home.peers[BOB]
    ship.honk.to(bob).send()
    ship.honk.to([bob, ada, bob]).send(ship)
    ship.honk.to([]).send()
    assert [request.receivers for request in home.requests] == [(bob,), (bob, ada), ()]
    assert home.requests[1].arguments == [5]


def test_to_cannot_redirect_or_reach_out_of_the_room() -> None:
    ship, _ = ship_of(ADA, ADA)
    with pytest.raises(BadArgument, match=r"goes to the host alone; declare it with to=.everyone."):
        ship.fire.to([])
    with pytest.raises(BadArgument, match=r"takes a gn.Peer or several, not 'Bob'"):
        ship.honk.to(["Bob"])  # type: ignore[list-item]
    with pytest.raises(BadArgument, match="is not in this room"):
        ship.honk.to(FakeHome().peers[BOB]).send()


def test_an_answer_needs_one_receiver() -> None:
    ship, home = ship_of(ADA, ADA)
    bob = home.peers[BOB]
    for several in (ship.honk, ship.honk.to([]), ship.honk.to(list(home.peers.values()))):
        with pytest.raises(BadArgument, match="needs one receiver"):
            several.call()
    assert ship.honk.to(bob).within(2).call().seconds == 2
    assert ship.honk.within(2).to(bob).call().seconds == 2


def test_within_checks_its_time_in_the_caller_s_line() -> None:
    with pytest.raises(GamenetError, match="within"):
        ship_of(ADA, ADA)[0].fire.within(-1)


def test_a_guarded_entity_calls_like_any_other() -> None:
    ship, home = ship_of(ADA, ADA)
    ship.__class__ = Ship.__gamenet__.guard(frozenset({"x"}))
    ship.fire.send()
    assert repr(ship.fire) == "Ship.fire" and len(home.requests) == 1
