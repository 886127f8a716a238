"""The duel between two homes: a code is all that the second player has."""

from __future__ import annotations

import pytest

from tests.demos.children import ROOT, Child
from tests.nat.coturn import WITHOUT_COTURN, coturn, secret
from tests.nat.laboratory import Laboratory
from tests.nat.players import SERVICE
from tests.nat.service import service

PROGRAM = ROOT / "demos" / "arcade_duel.py"
RESULTS = ("the duel: Ada 1, Grace 0", "the duel: Grace 1, Ada 0")


def played(lab: Laboratory) -> list[str]:
    """The results as both sides tell them."""
    words = ("--headless", "--goal=1")
    with Child(PROGRAM, f"host:{SERVICE}", "--name=Ada", "--seed=1", *words, before=lab.words("a")) as host:
        code = host.hear("code ").removeprefix("code ")
        with Child(PROGRAM, f"{code}@{SERVICE}", "--name=Grace", "--seed=2", *words, before=lab.words("b")) as guest:
            results = [each.hear("the duel: ") for each in (host, guest)]
            assert [each.end() for each in (host, guest)] == [0, 0]
            return results


@pytest.mark.timeout(180)
def test_two_players_behind_different_routers_join_by_code_and_play_the_duel_to_its_end() -> None:
    with Laboratory("cone", "cone") as lab, service(lab):
        results = played(lab)
    assert results[0] == results[1] and results[0] in RESULTS


@pytest.mark.timeout(180)
@pytest.mark.skipif(bool(WITHOUT_COTURN), reason=WITHOUT_COTURN)
def test_where_no_direct_way_leads_they_play_it_through_a_relay() -> None:
    with Laboratory("symmetric", "symmetric") as lab, coturn(lab), service(lab, secret=secret()):
        results = played(lab)
    assert results[0] == results[1] and results[0] in RESULTS
