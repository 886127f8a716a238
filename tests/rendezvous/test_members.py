"""Who is in the room: nothing that a service says of it is believed that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from gamenet.rendezvous import messages as m
from gamenet.rendezvous.members import Members
from tests.rendezvous.scripted import ADA, BOB, CLEO, entered, seat


@pytest.fixture
def members() -> Members:
    members = Members()
    assert members.enter(entered(), ADA) == ""
    return members


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seat": 7}, "without me"),
        ({"members": (seat(1, BOB), seat(2, CLEO))}, "without me"),
        ({"members": (seat(1, BOB), seat(2, ADA._replace(local=1)))}, "without me"),
        ({"host": 7}, "without its host"),
        ({"members": (seat(1, BOB), seat(2, ADA), seat(2, ADA))}, "cannot be"),
        ({"members": (seat(1, BOB), seat(2, ADA), seat(3, BOB))}, "cannot be"),
        ({"members": (seat(1, BOB), seat(2, ADA), seat(3, CLEO._replace(identity="ip:127.0.0.1")))}, "cannot be"),
        ({"members": (seat(1, BOB), seat(2, ADA), seat(3, CLEO._replace(port=3)))}, "cannot be"),
    ],
)
def test_a_room_that_cannot_be_is_not_entered(changes: dict[str, Any], told: str) -> None:
    members = Members()
    assert told in members.enter(entered(**changes), ADA)
    assert list(members) == [] and members.code == ""


def test_who_comes_is_at_its_address_and_who_goes_is_not(members: Members) -> None:
    assert members.hear(m.Came(seat(3, CLEO))) == ""
    assert members.at("str:cleo/0") == seat(3, CLEO) == members.seat(3)
    assert members.hear(m.Went(3, "")) == members.hear(m.Went(3, "")) == ""
    assert members.at("str:cleo/0") is None is members.seat(3)


def test_a_seat_with_another_card_has_that_one_alone(members: Members) -> None:
    members.hear(m.Came(seat(1, CLEO)))
    assert members.at("str:bob/0") is None and members.at("str:cleo/0") == seat(1, CLEO)
    members.hear(m.Came(seat(5, CLEO)))
    assert members.seat(1) is None and [each.id for each in members] == [2, 5]


@pytest.mark.parametrize(
    "record",
    [
        m.Came(seat(2, CLEO)),
        m.Came(seat(9, ADA)),
        m.Came(seat(3, CLEO._replace(identity="cleo"))),
        m.Went(2, ""),
        m.Hosted(1, 9),
    ],
)
def test_what_cannot_be_changes_nothing(members: Members, record: m.FromService) -> None:
    assert members.hear(record) != ""
    assert [each.card for each in members] == [BOB, ADA] and members.host == 1


def test_a_room_has_a_limit(members: Members) -> None:
    for number in range(3, m.MOST_SEATS + 1):
        assert members.hear(m.Came(seat(number, CLEO._replace(identity=f"str:c{number}")))) == ""
    assert members.hear(m.Came(seat(5000, CLEO))) != "" and len(list(members)) == m.MOST_SEATS


def test_two_seats_at_one_address_leave_one_and_both_may_go(members: Members) -> None:
    members.hear(m.Came(seat(3, CLEO)))
    assert members.hear(m.Came(seat(1, CLEO))) == ""
    assert [each.id for each in members] == [2, 1]
    assert members.hear(m.Went(3, "")) == members.hear(m.Went(1, "")) == ""
    assert members.at("str:cleo/0") is None


def test_a_seat_of_another_does_not_move_to_my_address(members: Members) -> None:
    assert members.hear(m.Came(seat(1, ADA))) != ""
    assert [each.card for each in members] == [BOB, ADA]
