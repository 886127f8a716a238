"""What lists show of a game: as the host said it, checked in its line."""

from __future__ import annotations

import re
from typing import Any

import pytest

import gamenet as gn
from gamenet.session.listing import Listing
from gamenet.testing import Lab


def test_what_is_not_said_stays_and_data_is_replaced_as_a_whole() -> None:
    listing = Listing("invite", {"map": "moon", "mode": "duel"})
    listing.change("public", None)
    assert listing.now == ("public", {"map": "moon", "mode": "duel"})
    listing.change(None, {"map": "mars"})
    assert listing.now == ("public", {"map": "mars"})


def test_who_shows_it_sees_by_identity_whether_it_is_another() -> None:
    listing = Listing("lan", {"map": "moon"})
    before = listing.now
    listing.change("lan", {"map": "moon"})
    assert listing.now is before
    listing.change("lan", {})
    assert listing.now is not before


def test_it_keeps_no_hold_on_what_it_was_given() -> None:
    data = {"map": "moon"}
    listing = Listing("lan", data)
    data["map"] = "mars"
    assert listing.now.data == {"map": "moon"}


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ({"visibility": "everybody"}, 'visibility= is "public", "invite" or "lan", not \'everybody\''),
        ({"visibility": []}, 'visibility= is "public", "invite" or "lan", not []'),
        ({"data": {"map": 3}}, "data={'map': …} takes a text of at most 1024 characters, not 3"),
        ({"data": {"m" * 65: ""}}, "a key of data= takes a text of at most 64 characters, not 'mmm"),
        ({"data": {"map": "\ud800"}}, "data={'map': …} takes a text of at most 1024 characters"),
        ({"data": {str(number): "" for number in range(65)}}, "data= takes a dict of at most 64 texts"),
        ({"data": "moon"}, "data= takes a dict of at most 64 texts, not 'moon'"),
    ],
)
def test_what_cannot_be_shown_is_told_in_its_line_and_changes_nothing(said: dict[str, Any], advice: str) -> None:
    with Lab(clients=0) as lab:
        before = lab.host._listing.now
        with pytest.raises(gn.BadArgument, match=re.escape(advice)):
            lab.host.describe(**said)
        assert lab.host._listing.now is before


def test_a_service_takes_so_many_bytes_of_data() -> None:
    with pytest.raises(gn.BadArgument, match="data= has 13 bytes; a game with an invite code has at most 12"):
        Listing("invite", {"map": "1234567890"}, most_bytes=12)
