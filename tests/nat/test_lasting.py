"""Play goes on: through a relay for longer than it lets us, when the direct way is cut, when the service is away."""

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
        ahead = [(self.ada, self.ada.further(self.bea, numbers)), (self.bea, self.bea.further(self.ada, numbers))]
        for player, condition in ahead:
            assert player.until(condition)["wrong"] == {}


@contextmanager
def game(kind: str, *settings: str, relay: bool = True, said: tuple[str, ...] = ()) -> Iterator[Game]:
    """Two who see each other.

    Args:
        settings: lines for coturn's.
        said: keywords of both players.
    """
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory(kind, kind))
        if relay:
            opened.enter_context(coturn(lab, *settings))
        opened.enter_context(service(lab, secret=secret() if relay else ""))
        ada = opened.enter_context(host(lab, *said))
        bea = opened.enter_context(join(lab, ada, *said))
        ada.sees(bea), bea.sees(ada)
        yield Game(lab, ada, bea)


@needs_coturn
def test_relayed_play_outlasts_the_relays_permissions_without_a_stall_and_no_call_is_lost_or_doubled() -> None:
    lifetime, renewed = 10, 4
    with game("symmetric", f"permission-lifetime={lifetime}", said=(f"renew={renewed}",)) as played:
        played.go_on(3 * lifetime * 10)  # ten numbers a second
        for player in (played.ada, played.bea):
            assert (player.told[-1]["all_routes"], player.told[-1]["stalls"]) == (["relayed"], 0)


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
