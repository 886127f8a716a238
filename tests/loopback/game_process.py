"""The other process of the tests in test_game.py, on the public API: `python game_process.py HOW NAME [key=value …]`.

HOW is a string of `gn.open`. It prints `ready`, then a line for each event and for each call that was heard.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import gamenet as gn


class Arena(gn.Room):
    score: int = 0

    @gn.rpc(to="host", rate=1000)
    def add(self, caller: gn.Caller, points: int) -> int:
        self.score += points
        return self.score


class Ship(gn.Entity["Arena"], authority="owner"):
    x: float = gn.coord(0)
    pilot: str = gn.text("", longest=32)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def listen(net: gn.Session[Arena]) -> None:
    net.on("joined")(lambda: say(f"joined as {net.me.name}"))
    net.on("peer_left")(lambda peer, reason: say(f"{peer.name} {reason}"))
    net.on("closed")(lambda reason: say(f"closed: {reason}"))


def play(how: str, name: str, *said: str) -> None:
    keywords: dict[str, Any] = dict(word.split("=") for word in said)
    if "max_peers" in keywords:
        keywords["max_peers"] = int(keywords["max_peers"])
    with gn.open(how, room=Arena, name=name, **keywords) as net:
        say("ready")
        listen(net)
        ship = None if how.startswith("serve") else net.spawn(Ship(pilot=name))
        while net.state != "closed":
            with net.frame(1 / 120):
                if ship is not None:
                    ship.x += 0.5
            time.sleep(1 / 120)


if __name__ == "__main__":
    play(*sys.argv[1:])
