"""Names that are never shared, ids that are never reused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.ids import MAX_PEER, PeerId
from gamenet.session.messages import MOST_NAME
from gamenet.session.peers import Roster, clean_name, free_name


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada\n", "Ada"),
        ("", "player"),
        ("\u202e\x00", "player"),
        ("x" * 99, "x" * 32),
        ("A\x1b[31mda", "A[31mda"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(said: str, shown: str) -> None:
    assert clean_name(said) == shown


def test_a_name_in_use_gets_a_number_behind_it() -> None:
    assert free_name("Ada", ["Bob"]) == "Ada"
    assert free_name("Ada", ["ADA"]) == "Ada 2"
    assert free_name("Ada", ["Ada", "Ada 2"]) == "Ada 3"


@given(st.lists(st.text(max_size=40), max_size=30))
def test_no_two_peers_share_a_name_and_none_is_too_long(names: list[str]) -> None:
    roster = Roster()
    given_names = [peer.name for peer in (roster.enter(name) for name in names) if peer]
    assert len({name.casefold() for name in given_names}) == len(names)
    assert all(0 < len(name) <= MOST_NAME for name in given_names)


def test_an_id_is_not_given_again_when_its_peer_has_left() -> None:
    roster = Roster()
    first = roster.enter("Ada")
    assert first is not None
    del roster[first.id]
    second = roster.enter("Ada")
    assert second is not None and (first.id, second.id) == (1, 2)


def test_when_all_ids_were_given_nobody_can_enter() -> None:
    roster = Roster()
    roster._newest = PeerId(MAX_PEER)
    assert roster.enter("Ada") is None


def test_the_same_id_is_always_the_same_object() -> None:
    roster = Roster()
    assert roster.meet(7, "Ada") is roster.meet(7, "Ada")
