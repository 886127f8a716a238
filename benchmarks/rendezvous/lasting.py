"""How long values stay away in play: when the direct way is cut, and over many lifetimes of a relay's permissions.

Both players run at 60 frames a second, send twenty snapshots a second and count aloud; a lost or doubled number is an
error. What is measured is the longest time between two frames that read a new value of the other's ship.
"""

from __future__ import annotations

import time
from typing import Final

from tests.nat.players import Player
from tests.nat.test_lasting import Game, game

from .figures import Result, quantile, spread

LIFETIME: Final = 10
"""Seconds; coturn's own is 300."""
RENEWED: Final = 4
SETTLED: Final = 20
"""Numbers, ten a second, before a measurement and after it."""


class Waits:
    """Of both players from now on, in milliseconds: each is the longest of half a second or less."""

    def __init__(self, played: Game) -> None:
        self._since: list[tuple[Player, int]] = [(player, len(player.told)) for player in (played.ada, played.bea)]

    def lines(self) -> list[Result]:
        return [told for player, since in self._since for told in player.told[since:]]

    def all(self) -> list[float]:
        return [max(told["waits"].values()) for told in self.lines()]

    def longest_frame(self) -> float:
        """What the machine kept a player from running: waits are longer by as much."""
        frames: list[float] = [told["frame"] for told in self.lines()]
        return max(frames)

    def above(self, most: float) -> list[tuple[float, float]]:
        """Those that are longer, each with the moment (`time.monotonic`, some half a second late) of its line."""
        return sorted(
            (told["now"], max(told["waits"].values())) for told in self.lines() if max(told["waits"].values()) > most
        )


def cut(runs: int) -> Result:
    """The direct way ends; the relay takes over."""
    stopped, usual = [], []
    for _ in range(runs):
        with game("cone") as played:
            played.go_on(SETTLED)
            before = Waits(played)
            played.go_on(SETTLED)
            usual.append(max(before.all()))
            stopped.append(one_cut(played) / 1000)
    return {**spread(stopped), "usual_ms": max(usual)}


def one_cut(played: Game) -> float:
    waits = Waits(played)
    played.lab.cut_direct()
    played.bea.until(lambda told: told["routes"] == {"Ada": "relayed"})
    played.ada.until(lambda told: told["routes"] == {"Bea": "relayed"})
    played.go_on(SETTLED)
    return max(waits.all())


def relayed(lifetimes: int) -> Result:
    """Through the relay only."""
    with game("symmetric", f"permission-lifetime={LIFETIME}", said=(f"renew={RENEWED}",)) as played:
        played.go_on(SETTLED)
        waits, began = Waits(played), time.monotonic()
        for _ in range(lifetimes):
            played.go_on(LIFETIME * 10)
        seconds, last = time.monotonic() - began, [player.told[-1] for player in (played.ada, played.bea)]
    if any(told["all_routes"] != ["relayed"] for told in last):
        raise RuntimeError(f"they should have met through the relay alone: {last}")
    return {
        "longest_ms": max(waits.all()),
        "usual_ms": quantile(waits.all(), 0.5),
        "above_100_ms": [(round(moment - began, 2), wait) for moment, wait in waits.above(100)],
        "longest_frame_ms": waits.longest_frame(),
        "seconds": seconds,
        "lifetimes": seconds / LIFETIME,
        "stalls": sum(told["stalls"] for told in last),
    }
