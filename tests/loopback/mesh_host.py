"""The host of test_mesh.py: `python mesh_host.py SERVICE`. It prints its code and who left; a line ends it."""

from __future__ import annotations

import sys
import threading
import time

from game_process import Arena, Ship, say

import gamenet as gn


def main(service: str) -> None:
    said: list[str] = []
    threading.Thread(target=lambda: said.append(sys.stdin.readline()), daemon=True).start()
    with gn.host(rendezvous=service, room=Arena, name="Hilda") as net:
        net.on("peer_left")(lambda peer, reason: say(f"{peer.name} {reason}"))
        ship, code = net.spawn(Ship(pilot="Hilda")), ""
        while not said:
            with net.frame(1 / 120):
                ship.x += 0.5
            if net.code != code:
                code = net.code
                say(code)
            time.sleep(1 / 120)


if __name__ == "__main__":
    main(sys.argv[1])
