"""One process of the arena for test_arena_processes.py: a server or a bot, under bad weather, that says what it knows.

    python arena_process.py serve PORT LOSS PLAYERS SECONDS
    python arena_process.py join PORT LOSS NUMBER

Prints JSON lines: {"event": "ready"} once it runs, then after the round's end every half second its census and its
counts; ends when its standard input does.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

import gamenet as gn
from demos.arena.bots import Bot
from demos.arena.world import Arena, Phase, Ship, census, setup
from gamenet.sockets import FakeNetwork, simulate

RATE = 30
TELL_EVERY = RATE // 2


def serve(port: int, players: int, seconds: float) -> gn.Session[Arena]:
    """A server whose only round lasts `seconds` from the moment that all players are there."""
    net = gn.serve(port=port, room=Arena)
    setup(net)
    net.room.rounds = 1

    @net.on("peer_joined")
    def came(peer: gn.Peer) -> None:
        net.room.left = seconds if len(net.peers) == players else 1000.0

    return net


def join(port: int, number: int) -> tuple[gn.Session[Arena], Bot]:
    net = gn.join(f"127.0.0.1:{port}", room=Arena, name=f"bot {number}")
    setup(net)
    return net, Bot(net, seed=number)


def counts(net: gn.Session[Arena], bot: Bot | None) -> dict[str, Any]:
    """Calls as this side counted them."""
    room = net.room
    if bot is None:
        return {
            "fired": {ship.name: asdict(ship.shots) for ship in net.all(Ship)},
            "said": {peer.name: asdict(room.said[peer.id]) for peer in net.peers if peer.id in room.said},
            "lines": room.lines,
        }
    player = bot.player
    return {"fired": asdict(player.fired), "said": asdict(player.said), "heard": asdict(room.heard_lines)}


def tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def stdin_ended() -> threading.Event:
    """Set when the test hangs up."""
    ended = threading.Event()

    def read() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    return ended


def main(role: str, port: str, loss: str, *more: str) -> None:
    logging.basicConfig()
    logging.getLogger("gamenet.sockets").setLevel(logging.ERROR)  # its warnings are about slow machines
    ended = stdin_ended()
    bot: Bot | None = None
    if role == "serve":
        net = serve(int(port), int(more[0]), float(more[1]))
    else:
        net, bot = join(int(port), int(more[0]))
    simulate(FakeNetwork(loss=float(loss)))
    net.on("joined")(lambda: tell(event="ready"))
    net.on("closed")(lambda reason: tell(event="closed", problem=net.problem))
    frame = 0
    while net.state != "closed":
        if ended.is_set():
            net.close()
        with net.frame(1 / RATE):
            frame += 1
            if net.room.phase is Phase.OVER and frame % TELL_EVERY == 0:
                tell(event="world", name=net.me.name, census=census(net), counts=counts(net, bot))
        time.sleep(1 / RATE)


if __name__ == "__main__":
    main(*sys.argv[1:])
