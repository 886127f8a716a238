"""The arena from the command line.

    python -m demos.arena --demo                    a server, two windows and some bots, on this machine
    python -m demos.arena serve:27015 --bots 4      a server without a window
    python -m demos.arena join:192.0.2.7            a window that joins it
    python -m demos.arena host --bots 3             a window that others can join

Arrows or WASD fly, Space fires, Return talks, Escape leaves.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import gamenet as gn
from gamenet.engines.headless import run

from . import rules
from .bots import NAMES, Bot
from .world import Arena, setup

DEFAULT_PORT = 27015


def main(words: Sequence[str] | None = None) -> int:
    """Returns the process's exit code."""
    options = _options(words)
    logging.basicConfig(format="%(name)s: %(message)s")
    logging.getLogger("gamenet.sockets").setLevel(logging.ERROR)  # its warnings are about slow machines
    if options.demo:
        from .demo import show  # here, because children do not need it

        return show(bots=options.bots or 4, seconds=options.seconds, picture=options.screenshot)
    try:
        net = gn.open(options.where, room=Arena, name=options.name, game="arena/1", title="Arena")
        bots = [_bot(_address(options.where), number, options.seed) for number in range(options.bots)]
    except gn.GamenetError as problem:  # a port in use, an address that is none
        print(f"arena: {problem}", file=sys.stderr)
        return 1
    _prepare(net, options)
    if options.where.startswith("serve") or options.headless:
        return _run_headless(net, bots, options)
    return _run_window(net, bots, options)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demos.arena", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("where", nargs="?", default="solo", help="solo (the default), host[:PORT], join:ADDRESS or serve[:PORT]")
    add("--demo", action="store_true", help="a server, two windows and bots; without a display a picture of it")
    add("--name", default="", help="what you are called")
    add("--bots", type=int, default=0, metavar="N", help="N bots join as well, from this process")
    add("--headless", action="store_true", help="no window: a bot flies")
    add("--pilot", action="store_true", help="a window in which a bot flies")
    add("--window", choices=("left", "right"), default="", help="which half of the desktop")
    add("--seconds", type=float, default=0, metavar="S", help="end after S seconds")
    add("--round", type=float, default=rules.ROUND, metavar="S", help="the host's: how long a round lasts")
    add("--screenshot", default="", metavar="FILE", help="save the last picture of the window")
    add("--report", action="store_true", help="print at the end, as JSON, what the window saw")
    add("--seed", type=int, default=0, help="the bots' chance")
    options = parser.parse_args(words)
    if options.bots and options.where == "solo" and not options.demo:
        parser.error("bots come over the network: say host, serve or join:ADDRESS")
    return options


def _prepare(net: gn.Session[Arena], options: argparse.Namespace) -> None:
    setup(net)
    net.room.length = options.round
    if net.is_host:
        net.room.left = options.round

    @net.on("closed")
    def closed(reason: str) -> None:
        if net.problem:
            print(f"arena: {net.problem}", file=sys.stderr)


def _address(where: str) -> str:
    """Where the bots of this process find the game."""
    kind, _, rest = where.partition(":")
    return rest if kind == "join" else f"127.0.0.1:{rest or DEFAULT_PORT}"


def _bot(address: str, number: int, seed: int) -> gn.Session[Arena]:
    name = NAMES[(number + seed) % len(NAMES)]
    net = gn.join(address, room=Arena, name=name, game="arena/1")
    setup(net)
    Bot(net, seed=seed + number)
    return net


def _run_headless(net: gn.Session[Arena], bots: Sequence[gn.Session[Any]], options: argparse.Namespace) -> int:
    """A server, or a player that is a bot."""

    @net.on("joined")
    def joined() -> None:
        print(f"arena: {options.where}", flush=True)

    if not options.where.startswith("serve"):
        Bot(net, seed=options.seed)
    if options.seconds:
        _close_after(options.seconds, net, *bots)
    run(net, *bots)
    return 1 if net.problem else 0


def _close_after(seconds: float, net: gn.Session[Any], *more: gn.Session[Any]) -> None:
    left = seconds

    @net.each_tick
    def count(dt: float) -> None:
        nonlocal left
        left -= dt
        if left <= 0:
            for each in (net, *more):
                each.close()


def _run_window(net: gn.Session[Arena], bots: Sequence[gn.Session[Any]], options: argparse.Namespace) -> int:
    from .window import Window  # here, because servers need no pygame

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, it says goodbye as after Ctrl-C
    window = Window(net, side=options.window, pilot=options.pilot, seed=options.seed)
    window.run(options.seconds, bots)
    if options.screenshot:
        window.save(options.screenshot)
    if options.report:
        print(json.dumps(asdict(window.report)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
