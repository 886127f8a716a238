"""Texts: checked in the line that assigns them, and from outside like the game's."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import gamenet as gn
from gamenet.replication.model.structural import Structural, TextField, shown
from gamenet.replication.operations import Change, Malformed, Write
from tests.replication.arena import Rock
from tests.replication.model.homes import FakeHome

LABEL = next(field for field in Rock.__gamenet__.structural if field.name == "label")


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (5, "label is 5, not a text"),
        (None, "label is None, not a text"),
        ("x" * 41, r"label has 41 characters: it holds 40 \(longest=\)"),
        ("\ud800", "label is '.*', not text that UTF-8 can hold"),
    ],
)
def test_what_a_text_cannot_hold_is_refused_where_it_is_assigned(value: Any, advice: str) -> None:
    rock = FakeHome().put(Rock(label="old"), 7)
    with pytest.raises(gn.BadArgument, match=f"<Rock 7>: {advice}"):
        rock.label = value
    assert rock.label == "old"
    with pytest.raises(gn.BadArgument, match=r"Rock\(…\): label"):
        Rock(label=value)


def test_an_assignment_is_noted_and_a_write_of_the_library_s_is_not() -> None:
    home = FakeHome()
    rock = home.put(Rock(), 7)
    LABEL.write(rock, "from outside")
    assert rock.label == "from outside" and home.edits == []
    rock.label = "mine"
    assert home.edits == [rock]


def test_a_text_may_be_exactly_as_long_as_declared() -> None:
    assert Rock(label="x" * 40).label == "x" * 40


@pytest.mark.parametrize("plain", [None, 7, b"text", ["text"], "x" * 41, "\ud800"])
def test_a_text_from_outside_is_checked_like_the_game_s(plain: Any) -> None:
    with pytest.raises(Malformed, match="label"):
        LABEL.read(plain)
    assert LABEL.read("fine") == "fine"


def test_news_is_what_the_others_do_not_know() -> None:
    rock = FakeHome().put(Rock(label="a"), 7)
    assert LABEL.news(rock, "a") is None
    assert LABEL.news(rock, "b") == Write(7, LABEL.number, "a")


def test_a_text_takes_no_edits() -> None:
    with pytest.raises(Malformed, match="told as a whole"):
        LABEL.apply(Rock(), Change(7, 0, 0, []))


def test_a_field_is_placed_anew_in_each_class() -> None:
    field: Structural = TextField("name", 4)
    placed = field.placed(3, "host", "x")
    assert (placed.number, placed.authority, placed.default) == (3, "host", "x")
    assert (field.number, field.authority, field.default) == (0, "entity", "")


def test_structural_fields_cannot_be_deleted() -> None:
    with pytest.raises(AttributeError):
        del Rock().label


def test_long_values_are_cut_in_sentences() -> None:
    assert shown("x") == "'x'"
    assert len(shown("x" * 999)) == 58


def test_an_entity_can_still_be_copied_by_its_attributes() -> None:
    rock = Rock(label="a")
    assert copy.copy(rock.__dict__)["label"] == "a"
