"""Play goes on: when the direct way is cut and there is a relay, and when the service is out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import pytest

from tests.nat.coturn import WITHOUT_COTURN, coturn, secret
from tests.nat.laboratory import Laboratory
from tests.nat.players import Player, host, join
from tests.nat.service import service

needs_coturn = pytest.mark.skipif(bool(WITHOUT_COTURN), reason=WITHOUT_COTURN)


class Game(NamedTuple):
    lab: Laboratory
    ada: Player
    bea: Player

    def go_on(self, numbers: int = 20) -> None:
        """Both hear the other count that much further, see them move, and have never missed a number."""
        for one, other in ((self.ada, self.bea), (self.bea, self.ada)):
            assert one.goes_on(other, numbers)["wrong"] == {}


@contextmanager
def game(kind: str, *settings: str, relay: bool = True) -> Iterator[Game]:
    """Two who see each other.

    Args:
        settings: lines for coturn's.
    """
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory(kind, kind))
        if relay:
            opened.enter_context(coturn(lab, *settings))
        opened.enter_context(service(lab, secret=secret() if relay else ""))
        ada = opened.enter_context(host(lab))
        bea = opened.enter_context(join(lab, ada))
        ada.sees(bea), bea.sees(ada)
        yield Game(lab, ada, bea)


@needs_coturn
def test_when_the_direct_way_is_cut_the_game_goes_on_through_the_relay_and_no_call_is_lost_or_doubled() -> None:
    with game("cone") as played:
        played.go_on()
        assert played.bea.told[-1]["routes"] == {"Ada": "direct"}
        played.lab.cut_direct()
        played.bea.until(lambda told: told["routes"] == {"Ada": "relayed"})
        played.ada.until(lambda told: told["routes"] == {"Bea": "relayed"})
        played.go_on()


def test_when_the_service_is_out_of_reach_the_game_goes_on() -> None:
    with game("cone", relay=False) as played:
        played.lab.cut_server()
        played.go_on(150)  # beyond the patience of the connections to the service
        assert [player.told[-1]["state"] for player in (played.ada, played.bea)] == ["joined", "joined"]
        assert played.bea.told[-1]["stalls"] == 0
