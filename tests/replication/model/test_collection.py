"""Collections: changes travel, latecomers get the whole, everybody ends with the same."""

from __future__ import annotations

import contextlib
import enum
import random
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gamenet as gn
from gamenet.replication import operations as op
from gamenet.replication.model.collection import CollectionField
from gamenet.replication.operations import Malformed
from gamenet.testing import Lab
from tests.replication.arena import smuggle, smuggle_bytes, world
from tests.replication.model.homes import FakeHome


class Kind(enum.Enum):
    WOOD = 1
    STONE = 2


class Slot(NamedTuple):
    kind: Kind
    count: int


class Chest(gn.Entity["Cellar"], authority="owner"):
    slots: list[Slot] = gn.items([Slot(Kind.WOOD, 1)], longest=8)
    prices: dict[str, float] = gn.mapping(longest=8)
    keys: set[int] = gn.unique(longest=8)
    seals: list[str] = gn.items(longest=4, each=gn.text(longest=5), authority="host")
    seen: list[Any] = gn.local(factory=list)

    @gn.changed("keys")
    def opened(self, old: set[int], new: set[int]) -> None:
        self.seen.append((old, new))
        new.add(99)  # mine to do with as I like


class Cellar(gn.Room):
    scores: dict[str, int] = gn.mapping(longest=16)


FIELDS: dict[str, Any] = {field.name: field for field in Chest.__gamenet__.structural}


def lab(clients: int = 2, **said: Any) -> Lab[Cellar]:
    return Lab(clients, room=Cellar, **{"link": "good", **said})


def state(chest: Any) -> Any:
    return None if chest is None else (list(chest.slots), dict(chest.prices), set(chest.keys), list(chest.seals))


def agree(it: Lab[Cellar], chest: Any) -> bool:
    """Whether everybody who is to have it has the same."""
    return all(net.get(chest) is not None and state(net.get(chest)) == state(chest) for net in it.sessions)


def operations_of(net: gn.Session[Any]) -> list[op.Operation]:
    """All that it tells from now on, as it is told."""
    told: list[op.Operation] = []
    tell = world(net)
    changes: Any = next(one for one in tell._watchers if type(one).__name__ == "Changes")
    honest = changes.tell

    def listen() -> None:
        before = len(tell.told)
        honest()
        told.extend(one.make() for one in tell.told[before:])

    changes.tell = listen
    return told


# ------------------------------------------------------------------------------------------------------- declarations


def test_each_entity_has_a_collection_of_its_own_with_the_default_in_it() -> None:
    a, b = Chest(), Chest()
    a.slots.append(Slot(Kind.STONE, 2))
    assert (a.slots, b.slots) == ([Slot(Kind.WOOD, 1), Slot(Kind.STONE, 2)], [Slot(Kind.WOOD, 1)])


def test_the_table_says_what_is_in_it() -> None:
    assert "list of 4: str of 5" in Chest.wire()
    assert "dict of 8: str of 256 to float" in Chest.wire()


def test_a_subclass_may_begin_with_something_else() -> None:
    class Full(Chest):
        slots = [Slot(Kind.STONE, 9)]  # noqa: RUF012

    assert (Full().slots, Chest().slots) == ([Slot(Kind.STONE, 9)], [Slot(Kind.WOOD, 1)])


@pytest.mark.parametrize("annotation", ["list[Annotated[int, digit]]", "list[int]"])
def test_limits_of_elements_can_stand_in_the_annotation_or_beside_it(annotation: str) -> None:
    digit = gn.integer(low=0, high=9)
    kind = list[int] if annotation == "list[int]" else list[Annotated[int, digit]]
    field = gn.items(each=digit) if annotation == "list[int]" else gn.items()
    row: Any = type("Row", (gn.Entity,), {"__annotations__": {"digits": kind}, "digits": field})
    one = row(digits=[9])
    with pytest.raises(gn.BadArgument, match="element that is 10, outside 0 … 9"):
        one.digits.append(10)


def test_what_no_message_holds_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(gn.BadDeclaration, match=r"Library: its texts and collections can take .*longest= for books"):

        class Library(gn.Entity):
            title: str = gn.text(longest=4096)
            books: list[str] = gn.items(longest=1024)


# ---------------------------------------------------------------------------------------------------- from outside


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("slots", None),
        ("slots", []),
        ("slots", ["0"]),
        ("slots", [-1]),
        ("slots", [1 << 48]),
        ("slots", [True]),
        ("slots", [0, 5]),
        ("slots", [0, [2, 1]]),
        ("slots", [0, [0]]),
        ("slots", [0, *[[0, 1]] * 9]),
        ("prices", [0, "a"]),
        ("prices", [0, 1.0, "a"]),
        ("prices", [0, "a", float("nan")]),
        ("prices", [0, *["a", 1.0] * 9]),
        ("keys", [0, *range(9)]),
        ("keys", [0, "a"]),
        ("seals", [0, "longer than five"]),
    ],
)
def test_what_a_collection_cannot_be_is_malformed(name: str, plain: Any) -> None:
    with pytest.raises(Malformed, match=name):
        FIELDS[name].read(plain)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 300) | st.floats() | st.text(max_size=6) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=10),
    max_leaves=20,
)


@given(PLAIN, st.lists(st.lists(PLAIN, max_size=4), max_size=4), st.integers(0, 3))
def test_whatever_comes_is_taken_or_malformed_and_never_too_long(plain: Any, edits: Any, edition: int) -> None:
    for field in FIELDS.values():
        chest = FakeHome().put(Chest())
        with contextlib.suppress(Malformed):
            field.write(chest, field.read(plain))
        with contextlib.suppress(Malformed):
            field.apply(chest, op.Change(5, 0, edition, edits))
        kept = getattr(chest, field.name)
        assert len(kept) <= field.longest
        assert field.read(field.plain(chest)) == (kept.edition, kept.plain_copy())


def test_a_million_elements_in_ten_bytes_remove_their_sender() -> None:
    with lab() as it:
        cheat, other = it.clients
        chest = cheat.spawn(Chest())
        it.until(lambda: chest.id is not None)
        head = msgpack.packb([True, [[11, chest.id, 0, 0]]])[:-4]
        smuggle_bytes(cheat, head + b"\x95\x0b\x01\x00\x00\xdd\x00\x0f\x42\x40")
        it.until(lambda: cheat.state == "closed")
        assert other.state == "joined"


@pytest.mark.parametrize(
    ("edition", "edits"),
    [(0, [[0, 0, [[0, 1]] * 8]]), (0, [[5, 0, []]]), (7, [[0, 0, []]]), (0, [["a"]]), (0, [[0, 0, [[0, 1 << 63]]]])],
)
def test_edits_that_do_not_fit_remove_their_sender(edition: int, edits: list[Any]) -> None:
    with lab() as it:
        cheat, other = it.clients
        chest = cheat.spawn(Chest())
        it.until(lambda: other.all(Chest))
        smuggle(cheat, op.Change(chest.id or 0, 0, edition, edits))
        it.until(lambda: cheat.state == "closed")
        assert it.host.state == other.state == "joined"


# --------------------------------------------------------------------------------------------------------- in a session


def test_changes_travel_and_not_the_whole() -> None:
    with lab(1) as it:
        chest = it.host.spawn(Chest())
        chest.owner = None
        it.until(lambda: agree(it, chest))
        said = operations_of(it.host)
        with it.host.frame(1 / 60):
            chest.slots.append(Slot(Kind.STONE, 3))
            chest.prices["oak"] = 2.5
            chest.keys.add(7)
        it.until(lambda: agree(it, chest))
        assert said == [
            op.Change(chest.id, 0, 0, [[1, 0, [[1, 3]]]]),
            op.Change(chest.id, 1, 0, [["oak", 2.5]]),
            op.Change(chest.id, 2, 0, [[True, 7]]),
        ]
        said.clear()
        chest.slots = [Slot(Kind.WOOD, 5)]
        it.until(lambda: agree(it, chest))
        assert said == [op.Write(chest.id, 0, [2, [0, 5]])]


def test_the_hook_gets_both_as_the_game_s_own() -> None:
    with lab(1) as it:
        chest = it.host.spawn(Chest(keys={1}))
        it.until(lambda: agree(it, chest))
        chest.keys.add(2)
        it.until(lambda: it.clients[0].all(Chest)[0].seen)
        for net in it.sessions:
            assert net.all(Chest)[0].seen == [({1}, {1, 2, 99})]
            assert net.all(Chest)[0].keys == {1, 2}


def test_a_latecomer_gets_what_is_there_once_also_in_the_frame_of_a_change() -> None:
    with lab(1) as it:
        chest = it.host.spawn(Chest())
        for number in range(120):
            if number % 20 == 5 and number < 70:
                it.add_client()
            if len(chest.slots) > 6:
                del chest.slots[0]
            chest.slots.append(Slot(Kind.STONE, number))
            chest.keys.symmetric_difference_update({number % 5})
            it.step()
        it.until(lambda: agree(it, chest))


def test_an_owner_s_changes_come_to_all_and_a_stranger_s_are_undone() -> None:
    with lab(strict=False, link="fair") as it:
        owner, other = it.clients
        chest = owner.spawn(Chest())
        chest.slots.append(Slot(Kind.STONE, 1))
        it.until(lambda: agree(it, chest))
        chest.prices.update(a=1.0, b=2.0)
        chest.prices.pop("a")
        it.until(lambda: agree(it, chest))
        theirs = other.get(chest)
        assert theirs is not None
        kept = theirs.slots
        theirs.slots.clear()
        theirs.keys = {4}
        theirs.prices["c"] = 3.0
        assert kept == []
        it.run(0.5)
        assert agree(it, chest) and state(theirs) == ([Slot(Kind.WOOD, 1), Slot(Kind.STONE, 1)], {"b": 2.0}, set(), [])
        chest.seals.append("mine?")
        it.run(0.3)
        assert chest.seals == []
        hosts = it.host.get(chest)
        assert hosts is not None
        hosts.seals.append("wax")
        it.until(lambda: chest.seals == ["wax"])


def test_a_strict_session_says_so_at_once() -> None:
    with lab(1, strict=True) as it:
        chest = it.host.spawn(Chest())
        it.until(lambda: agree(it, chest))
        theirs = it.clients[0].all(Chest)[0]
        with pytest.raises(gn.NotAuthoritative, match=r"Chest 1.slots is decided by .*instead of changing it"):
            theirs.slots.append(Slot(Kind.WOOD, 1))
        with pytest.raises(gn.NotAuthoritative, match=r"Chest 1.slots is decided by"):
            theirs.slots = []
        assert agree(it, chest)


def test_a_forged_change_is_counted_and_put_right() -> None:
    with lab() as it:
        victim, cheat = it.clients
        chest = victim.spawn(Chest())
        it.until(lambda: agree(it, chest))
        theirs = cheat.get(chest)
        assert theirs is not None
        smuggle(cheat, op.Change(chest.id or 0, 0, 0, [[0, 1, []]]))
        theirs.__dict__["slots"].apply([0, 1, []])
        it.until(lambda: it.host.stats.forged == 1)
        it.until(lambda: agree(it, chest))
        assert cheat.state == "joined"


def test_a_room_has_collections_too_and_a_checkpoint_has_both() -> None:
    with lab() as it:
        it.host.room.scores["ada"] = 3
        chest = it.host.spawn(Chest(keys={5}))
        chest.slots.append(Slot(Kind.STONE, 1))
        it.until(lambda: agree(it, chest))
        data = it.host.room.save()
        it.host.room.scores.clear()
        chest.keys = set()
        it.run(0.3)
        assert [dict(net.room.scores) for net in it.sessions] == [{}] * 3
        it.host.room.load(data)
        it.run(0.5)
        assert [dict(net.room.scores) for net in it.sessions] == [{"ada": 3}] * 3
        assert [state(net.all(Chest)[0]) for net in it.sessions] == [
            ([Slot(Kind.WOOD, 1), Slot(Kind.STONE, 1)], {}, {5}, [])
        ] * 3
        it.host.room.scores["bob"] = 4
        it.until(lambda: [dict(net.room.scores) for net in it.sessions] == [{"ada": 3, "bob": 4}] * 3)


def test_before_the_host_has_named_it_an_owner_may_change_what_it_spawned() -> None:
    with lab(link="fair") as it:
        owner = it.clients[0]
        chest = owner.spawn(Chest())
        for number in range(40):
            chest.keys = {number}
            chest.keys.add(number + 1)
            chest.slots[:] = [Slot(Kind.STONE, number)]
            it.step()
        it.until(lambda: chest.id is not None and agree(it, chest))


ACTS: list[Callable[[random.Random, Any], object]] = [
    lambda dice, it: it.slots.append(Slot(dice.choice(list(Kind)), dice.randrange(9))),
    lambda dice, it: it.slots.insert(dice.randrange(9), Slot(Kind.WOOD, dice.randrange(9))),
    lambda dice, it: it.slots.pop(),
    lambda dice, it: it.slots.reverse(),
    lambda dice, it: it.slots.sort(key=lambda slot: slot.count),
    lambda dice, it: setattr(it, "slots", [Slot(Kind.STONE, dice.randrange(9))]),
    lambda dice, it: it.prices.update({dice.choice("abcdefghij"): dice.random()}),
    lambda dice, it: it.prices.popitem(),
    lambda dice, it: it.prices.clear(),
    lambda dice, it: it.keys.add(dice.randrange(12)),
    lambda dice, it: it.keys.discard(dice.randrange(12)),
    lambda dice, it: setattr(it, "keys", {dice.randrange(12)}),
]


@pytest.mark.parametrize("seed", range(6))
def test_whoever_changes_it_and_whoever_owns_it_in_the_end_all_have_the_same(seed: int) -> None:
    dice = random.Random(seed)
    with lab(3, link="fair", seed=seed, strict=False) as it:
        chest = it.host.spawn(Chest())
        it.until(lambda: all(net.get(chest) for net in it.sessions))
        for _ in range(150):
            who = dice.choice(it.sessions)
            theirs = who.get(chest)
            if theirs is not None:
                for _ in range(dice.randrange(3)):
                    try:
                        dice.choice(ACTS)(dice, theirs)
                    except (IndexError, KeyError, gn.BadArgument):
                        continue
            if dice.random() < 0.05:
                chest.owner = dice.choice([None, *it.host.peers])
            it.step()
        it.run(1.5)
        assert agree(it, chest)
        assert all(net.state == "joined" for net in it.sessions)


def test_in_a_mesh_changes_go_through_the_host() -> None:
    with lab(0, mesh=4) as it:
        chest = it.sessions[2].spawn(Chest())
        it.until(lambda: all(net.all(Chest) for net in it.sessions))
        chest.keys |= {1, 2, 3}
        chest.keys -= {2}
        it.until(lambda: agree(it, chest))
        assert chest.keys == {1, 3}


def test_every_collection_is_a_structural_field() -> None:
    assert all(isinstance(field, CollectionField) for field in FIELDS.values())
    assert [field.number for field in FIELDS.values()] == [0, 1, 2, 3]
