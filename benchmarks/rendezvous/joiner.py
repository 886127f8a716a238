"""A player who enters a code: `python joiner.py NAME`, and then a line with it (`gn.open`'s string) on standard input.

Everything is loaded before, as in a game that shows its menu; sessions run at 60 frames a second. It prints one line of
JSON: the seconds until it read a value of the host's ship, and until each stage began.
"""

from __future__ import annotations

import json
import sys
import time

import gamenet as gn
from tests.nat.player import FRAME, Arena, Ship

PATIENCE = 30.0


def main() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    where = sys.stdin.readline().strip()
    began = time.perf_counter()
    stages: dict[str, float] = {}
    with gn.open(where, room=Arena, name=sys.argv[1]) as net:
        while True:
            with net.frame(FRAME):
                there = [ship.x for ship in net.all(Ship) if not ship.mine]
            now = time.perf_counter() - began
            stages.setdefault(net.stage or net.state, now)
            if there or net.state == "closed" or now > PATIENCE:
                break
            time.sleep(FRAME)
        routes = [peer.route for peer in net.peers if not peer.is_me]
        told = {"seconds": now if there else None, "stages": stages, "routes": routes, "problem": net.problem}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
