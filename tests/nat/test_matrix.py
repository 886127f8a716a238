"""Each kind of router against each, by code, on the public API: connected by the right route, or the right sentence."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final, NamedTuple

import pytest

from gamenet.session import sentences
from tests.nat.cells import NOWAY, TURN, Cell, cells
from tests.nat.coturn import WITHOUT_COTURN, coturn, secret
from tests.nat.laboratory import Laboratory
from tests.nat.plan import SERVER_6
from tests.nat.players import Player, Told, host, join
from tests.nat.routers import SERVICE_PORT
from tests.nat.service import service

AT_ONCE: Final = 5
"""Most of the time of a cell is waiting."""
WHOLE_MATRIX: Final = 170.0


class Outcome(NamedTuple):
    """What both read in the end."""

    host: Told
    joiner: Told


def play(cell: Cell) -> Outcome:
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory(cell.host, cell.joiner))
        if cell.servers == TURN:
            opened.enter_context(coturn(lab))
        opened.enter_context(service(lab, secret=secret() if cell.servers == TURN else ""))
        ada = opened.enter_context(host(lab))
        bea = opened.enter_context(join(lab, ada))
        return outcome(ada, bea)


def outcome(ada: Player, bea: Player) -> Outcome:
    """Once they see each other, or the joiner has given up."""
    last = bea.until(lambda told: told["state"] == "closed" or ada.name in told["sees"])
    if last["state"] == "closed":
        return Outcome(ada.told[-1], last)
    return Outcome(ada.sees(bea), bea.sees(ada))


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> Iterator[dict[Cell, Future[Outcome]]]:
    """The cells that were asked for, some side by side."""
    asked = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    wanted = [each.params["cell"] for each in asked if each is not None and "cell" in each.params]
    if WITHOUT_COTURN:
        wanted = [cell for cell in wanted if cell.servers != TURN]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {cell: pool.submit(play, cell) for cell in wanted}


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_two_players_meet_by_the_right_way_or_read_why_not(cell: Cell, played: dict[Cell, Future[Outcome]]) -> None:
    if cell not in played:
        pytest.skip(WITHOUT_COTURN)
    ended = played[cell].result(WHOLE_MATRIX)
    if cell.way == NOWAY:
        assert (ended.joiner["state"], ended.joiner["problem"]) == ("closed", sentences.NO_DIRECT_WAY)
        assert (ended.host["state"], ended.host["sees"]) == ("joined", [])
    else:
        assert (ended.host["routes"], ended.joiner["routes"]) == ({"Bea": cell.way}, {"Ada": cell.way})
        assert (ended.host["problem"], ended.joiner["problem"]) == ("", "")


def test_two_in_one_home_meet_on_its_own_network() -> None:
    with Laboratory("symmetric", one_home=True) as lab, service(lab), host(lab) as ada, join(lab, ada) as bea:
        assert outcome(ada, bea).joiner["routes"] == {"Ada": "lan"}


def test_two_on_one_machine_meet_there() -> None:
    with Laboratory("symmetric") as lab, service(lab), host(lab) as ada, join(lab, ada, place="a") as bea:
        assert outcome(ada, bea).joiner["routes"] == {"Ada": "local"}


def test_with_ipv6_at_both_ends_even_symmetric_routers_are_passed_directly() -> None:
    address = f"[{SERVER_6}]:{SERVICE_PORT}"
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory("symmetric", "symmetric", ipv6=True))
        opened.enter_context(service(lab))
        ada = opened.enter_context(host(lab, service=address))
        bea = opened.enter_context(join(lab, ada, service=address))
        assert outcome(ada, bea).joiner["routes"] == {"Ada": "direct"}


@pytest.mark.skipif(bool(WITHOUT_COTURN), reason=WITHOUT_COTURN)
def test_a_coturn_with_another_secret_is_named_as_what_does_not_take_us() -> None:
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory("symmetric", "symmetric"))
        opened.enter_context(coturn(lab))
        opened.enter_context(service(lab, secret="another one"))
        ada = opened.enter_context(host(lab))
        bea = opened.enter_context(join(lab, ada))
        assert outcome(ada, bea).joiner["problem"] == sentences.NO_RELAY


def test_a_joiner_whose_network_lets_no_udp_out_reads_that_the_service_does_not_answer() -> None:
    with Laboratory("cone", "noudp") as lab, service(lab), host(lab) as ada, join(lab, ada) as bea:
        told = bea.until(lambda told: told["state"] == "closed")
        assert "rendezvous service" in told["problem"] and "not" in told["problem"], told
