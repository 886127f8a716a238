"""Tracked lists, dicts and sets: they behave as plain ones do, and their edits make the same of a copy."""

from __future__ import annotations

import contextlib
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gamenet as gn
from gamenet.replication.model.tracked import MOST_EDITS, Tracked
from gamenet.replication.operations import Malformed
from tests.replication.model.homes import FakeHome


class Bag(gn.Entity):
    row: list[int] = gn.items(longest=12)
    names: dict[str, int] = gn.mapping(longest=6)
    keys: set[int] = gn.unique(longest=6)


def spawned(**values: Any) -> Any:
    return FakeHome(0).put(Bag(**values), 3)


NUMBERS = st.integers(0, 9)
PLACES = st.integers(-14, 14)
SLICES = st.builds(slice, st.none() | PLACES, st.none() | PLACES, st.none() | st.sampled_from([1, 2, -1, -2]))
LISTS = st.lists(NUMBERS, max_size=4)
WORDS = st.text("abc", max_size=2)


def call(name: str, *arguments: st.SearchStrategy[Any], **said: st.SearchStrategy[Any]) -> Any:
    def make(drawn: Any) -> Callable[[Any], Any]:
        given, keywords = drawn
        return lambda it: getattr(it, name)(*given, **keywords)

    return st.tuples(st.tuples(*arguments), st.fixed_dictionaries(said)).map(make)


LIST_CALLS = st.one_of(
    call("append", NUMBERS),
    call("extend", LISTS),
    call("insert", PLACES, NUMBERS),
    call("pop"),
    call("pop", PLACES),
    call("remove", NUMBERS),
    call("clear"),
    call("reverse"),
    call("sort"),
    call("sort", reverse=st.booleans()),
    call("__setitem__", PLACES, NUMBERS),
    call("__setitem__", SLICES, LISTS),
    call("__delitem__", PLACES),
    call("__delitem__", SLICES),
    call("__iadd__", LISTS),
    call("__imul__", st.integers(-1, 3)),
)
DICT_CALLS = st.one_of(
    call("__setitem__", WORDS, NUMBERS),
    call("__delitem__", WORDS),
    call("pop", WORDS),
    call("pop", WORDS, NUMBERS),
    call("popitem"),
    call("clear"),
    call("setdefault", WORDS, NUMBERS),
    call("update", st.dictionaries(WORDS, NUMBERS, max_size=3)),
    call("update", st.lists(st.tuples(WORDS, NUMBERS), max_size=3)),
    call("update", a=NUMBERS),
    call("__ior__", st.dictionaries(WORDS, NUMBERS, max_size=3)),
)
SETS = st.sets(NUMBERS, max_size=4)
SET_CALLS = st.one_of(
    call("add", NUMBERS),
    call("remove", NUMBERS),
    call("discard", NUMBERS),
    call("clear"),
    call("update", SETS, LISTS),
    call("difference_update", SETS),
    call("intersection_update", SETS),
    call("symmetric_difference_update", SETS),
    call("__ior__", SETS),
    call("__isub__", SETS),
    call("__iand__", SETS),
    call("__ixor__", SETS),
)


def outcome(act: Callable[[Any], Any], on: Any) -> Any:
    """What came of it; a container returned is the container itself."""
    try:
        result = act(on)
    except (IndexError, ValueError, KeyError) as error:
        return type(error)
    return "itself" if result is on else result


def behaves(name: str, plain: Any, acts: list[Callable[[Any], Any]], longest: int) -> None:
    bag, other = spawned(), spawned()
    for act in acts:
        before, kept = copy.copy(plain), getattr(bag, name)
        expected = outcome(act, plain)
        if len(plain) > longest:
            plain = before
            with pytest.raises(gn.BadArgument, match="it holds"):
                act(kept)
            plain = kept.plain_copy()  # what of an update fits is in
        else:
            assert outcome(act, kept) == expected
        assert kept == plain
    kept = getattr(bag, name)
    for edit in kept.edits:
        getattr(other, name).apply(edit)
    assert getattr(other, name) == plain
    assert list(getattr(other, name)) == list(kept) or name == "keys"
    assert getattr(other, name).edition == kept.edition == len(kept.edits)
    assert kept.snapshot() == plain and type(kept.snapshot()) is type(plain)


@given(st.lists(LIST_CALLS, max_size=12))
def test_a_list_behaves_as_a_list_and_its_edits_make_the_same(acts: list[Callable[[Any], Any]]) -> None:
    behaves("row", [], acts, 12)


@given(st.lists(DICT_CALLS, max_size=12))
def test_a_mapping_behaves_as_a_dict_and_its_edits_make_the_same(acts: list[Callable[[Any], Any]]) -> None:
    behaves("names", {}, acts, 6)


@given(st.lists(SET_CALLS, max_size=12))
def test_a_set_behaves_as_a_set_and_its_edits_make_the_same(acts: list[Callable[[Any], Any]]) -> None:
    behaves("keys", set(), acts, 6)


def test_a_set_gives_what_it_pops() -> None:
    bag = spawned(keys={4})
    assert bag.keys.pop() == 4 and bag.keys == set()
    with pytest.raises(KeyError):
        bag.keys.pop()


def test_what_changes_nothing_is_no_edit() -> None:
    bag = spawned(row=[1, 2], names={"a": 1}, keys={1})
    bag.row[0] = 1
    bag.row.extend([])
    bag.row.sort()
    bag.names["a"] = 1
    bag.keys.add(1)
    bag.keys.discard(7)
    assert (bag.row.edits, bag.names.edits, bag.keys.edits) == ([], [], [])
    assert bag._home.edits == []


def test_one_act_is_one_edit() -> None:
    bag = spawned(row=[1, 2, 3])
    bag.row.append(4)
    del bag.row[0]
    bag.row[1:3] = [7]
    assert bag.row.edits == [[3, 0, [4]], [0, 1, []], [1, 2, [7]]]
    assert bag.row == [2, 7]
    assert bag._home.edits == [bag] * 3


@pytest.mark.parametrize(
    ("act", "advice"),
    [
        (lambda bag: bag.row.append("x"), r"<Bag 3>: row has an element that is 'x', not a whole number"),
        (lambda bag: bag.row.append(1 << 64), "row has an element that is .*, outside"),
        (lambda bag: bag.row.extend(range(13)), r"row has 13 elements: it holds 12 \(longest=\)"),
        (lambda bag: bag.names.update({1: 1}), "names has an element that is 1, not a text"),
        (lambda bag: bag.names.update(a="b"), "names has an element that is 'b', not a whole number"),
        (lambda bag: bag.names.update({str(n): n for n in range(7)}), "names has 7 elements: it holds 6"),
        (lambda bag: bag.keys.add(None), "keys has an element that is None, not a whole number"),
        (lambda bag: bag.keys.update(range(7)), "keys has 7 elements: it holds 6"),
        (lambda bag: setattr(bag, "row", 5), "<Bag 3>: row is 5, not a list"),
        (lambda bag: setattr(bag, "row", {1}), "row is .1., not a list"),
        (lambda bag: setattr(bag, "row", ["x"]), "row has an element that is 'x', not a whole number"),
        (lambda bag: setattr(bag, "row", [0] * 13), "row has 13 elements: it holds 12"),
        (lambda bag: setattr(bag, "names", []), r"names is \[\], not a dict"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_line_that_puts_it_in(act: Callable[[Any], Any], advice: str) -> None:
    bag = spawned()
    with pytest.raises(gn.BadArgument, match=advice):
        act(bag)
    assert bag.row == [] and type(bag.row).__name__ == "TrackedList"


def test_what_is_assigned_is_copied() -> None:
    mine = [1, 2]
    bag = spawned()
    bag.row = mine
    mine.append(3)
    assert bag.row == [1, 2]
    bag.row = (5, 6)
    assert bag.row == [5, 6]
    bag.keys = frozenset({1})
    assert bag.keys == {1}


def test_adding_to_it_in_place_is_an_edit_and_no_assignment() -> None:
    bag = spawned(row=[1])
    kept = bag.row
    bag.row += [2]
    assert bag.row is kept and kept.edits == [[1, 0, [2]]]


def test_what_was_replaced_is_the_game_s_own() -> None:
    bag = spawned(row=[1])
    old, edition = bag.row, bag.row.edition
    bag.row = [2]
    assert bag.row.edition == edition + 1
    old.append(3)
    assert bag.row == [2] and old == [1, 3] and old.edits == []


def test_before_it_is_spawned_nothing_is_noted() -> None:
    bag = Bag()
    bag.row.append(1)
    assert bag.row == [1] and bag.row.edits == []  # type: ignore[attr-defined]


def test_a_collection_of_somebody_else_s_asks_first() -> None:
    bag = spawned(row=[1])
    bag.__class__ = Bag.__gamenet__.guard(frozenset({"row"}))
    bag.row.append(2)
    assert bag._home.trespasses == [(bag, "row", [1])] and bag.row.edits == []
    bag._home.strict = True
    with pytest.raises(gn.NotAuthoritative):
        bag.row.append(3)
    assert bag.row == [1, 2]


def test_copies_are_plain() -> None:
    bag = spawned(row=[1], names={"a": 1}, keys={1})
    for kept, kind in ((bag.row, list), (bag.names, dict), (bag.keys, set)):
        for one in (copy.copy(kept), copy.deepcopy(kept), pickle.loads(pickle.dumps(kept)), kept.copy()):
            assert type(one) is kind and one == kept
        assert repr(kept) == repr(kept.plain_copy())
        assert kept.twin() == kept and isinstance(kept.twin(), Tracked)


def test_too_many_edits_to_keep_are_told_as_a_whole() -> None:
    bag = spawned()
    for number in range(MOST_EDITS + 1):
        bag.keys.symmetric_difference_update({number % 2})
    assert bag.keys.edits == []


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("row", []),
        ("row", [0]),
        ("row", [0, 0, 5]),
        ("row", [-1, 0, []]),
        ("row", [0, -1, []]),
        ("row", [0, 4, []]),
        ("row", [4, 0, []]),
        ("row", [0, 2**40, []]),
        ("row", ["0", 0, []]),
        ("row", [0, 0, ["x"]]),
        ("row", [0, 0, [1.5]]),
        ("row", [0, 0, [0] * 10]),
        ("names", ["a", "b"]),
        ("names", [1, 1]),
        ("names", [1]),
        ("names", [[], 1]),
        ("names", ["a", 1, 2]),
        ("keys", [True]),
        ("keys", [1, 1]),
        ("keys", [True, "x"]),
        ("keys", [True, []]),
        ("keys", [False, None]),
    ],
)
def test_edits_that_do_not_fit_are_malformed(name: str, edit: Any) -> None:
    bag = spawned(row=[1, 2, 3])
    with pytest.raises(Malformed):
        getattr(bag, name).apply(edit)


@given(
    st.lists(st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, LISTS, st.floats(), st.binary(max_size=3)), max_size=4)
)
def test_any_edit_from_outside_is_made_or_malformed(edit: list[Any]) -> None:
    bag = spawned(row=[1, 2, 3], names={"a": 1}, keys={1})
    for name, longest in (("row", 12), ("names", 6), ("keys", 6)):
        with contextlib.suppress(Malformed):
            getattr(bag, name).apply(edit)
        assert len(getattr(bag, name)) <= longest
