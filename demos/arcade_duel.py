"""Disc duel: two to four friends, peer to peer, found by an invite code.

    python demos/arcade_duel.py                                 alone, against a bot
    python demos/arcade_duel.py host:play.example.org           shows a code, large
    python demos/arcade_duel.py K7QX-3MNP@play.example.org      comes in with it
    python demos/arcade_duel.py host                            no code: by address, and on the LAN
    python demos/arcade_duel.py join:192.0.2.7                  comes in there; join:lan looks around

WASD or arrows run, the mouse aims and throws (or Space, straight ahead), Shift dashes, F3 shows the network, Escape
leaves. With --headless there is no window, and a bot plays.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the program is started as a file, and has a package

import gamenet as gn
from demos.duel import bots, rules
from demos.duel.world import Duel, setup

WAYS = ("solo", "host", "join", "serve")


def main(words: Sequence[str] | None = None) -> int:
    """Returns the process's exit code."""
    options = _options(words)
    try:
        net = _open(options)
    except gn.GamenetError as problem:  # a port in use, an address that is none
        print(f"duel: {problem}", file=sys.stderr)
        return 1
    setup(net)
    if net.is_host:
        net.room.players, net.room.goal = options.players, options.goal
    bots.add(net, options.bots)
    bots.play(net, mine=options.headless or options.pilot, seed=options.seed)
    if options.headless:
        from demos.duel.headless import play

        return play(net, options.seconds)
    from demos.duel.window import show  # here, because a game without a window needs no arcade

    return show(net, seconds=options.seconds, shot=options.shot)


def _open(options: argparse.Namespace) -> gn.Session[Duel]:
    """A code alone is a place to join."""
    where = options.where if options.where.partition(":")[0] in WAYS else f"join:{options.where}"
    seats = rules.SEATS - options.bots
    return gn.open(where, room=Duel, name=options.name, game="disc duel/1", title="Disc duel", max_peers=seats)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="arcade_duel.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("where", nargs="?", default="solo", help="solo, host[:SERVICE], a code, join:ADDRESS or join:lan")
    add("--name", default="player", help="what you are called")
    add("--bots", type=int, choices=(0, 1, 2, 3), metavar="N", help="the host's: N bots play, too (alone: 1)")
    add("--players", type=int, default=2, metavar="N", help="the host's: how many a match waits for")
    add("--goal", type=int, default=rules.GOAL, metavar="N", help="the host's: how many rounds win the match")
    add("--headless", action="store_true", help="no window: a bot plays one match, and what happens is printed")
    add("--pilot", action="store_true", help="a window in which a bot plays")
    add("--seconds", type=float, default=0, metavar="S", help="end after S seconds")
    add("--shot", default="", metavar="FILE", help="save the window's last picture")
    add("--seed", type=int, default=0, help="the bots' chance")
    options = parser.parse_args(words)
    options.bots = (options.where == "solo") if options.bots is None else options.bots
    return options


if __name__ == "__main__":
    sys.exit(main())
