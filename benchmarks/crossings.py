"""`python -m benchmarks.crossings`: native crossings of a server's frame, and the table of them as JSON.

A frame makes a constant number of crossings into native code per room, whatever the number of entities, peers and
messages. Counted by function, in frames in which every entity moves: codec alone over the network in memory (with as
many peers as you like, each a bare session that acknowledges what it gets), and all of it over the real library.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import socket
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gamenet as gn
from gamenet._bridge import counting
from gamenet.channels import Channel
from gamenet.opening import settings_of
from gamenet.replication.model.schema import Protocol
from gamenet.session.joining import Joining
from gamenet.testing import Lab

RESULTS = Path(__file__).parent / "results" / "crossings.json"
FRAME = 1 / 60
Frame = Counter[str]


class Mover(gn.Entity):
    x: float = gn.coord(0)
    y: float = gn.coord(0)


CLASSES = Protocol([gn.Room, Mover])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crossings", description=__doc__)
    parser.add_argument("--entities", type=int, nargs="*", default=[10, 10_000])
    parser.add_argument("--peers", type=int, nargs="*", default=[1, 500])
    parser.add_argument("--real-entities", type=int, nargs="*", default=[10, 1000], help="over the real library")
    parser.add_argument("--real-peers", type=int, nargs="*", default=[1, 4], help="over the real library")
    parser.add_argument("--frames", type=int, default=12, help="counted for each row (12)")
    return parser.parse_args()


class Drones:
    """Peers that join, take what comes and acknowledge it, and have no world: the session's half alone."""

    def __init__(self, lab: Lab[Any], count: int) -> None:
        settings = settings_of({"name": "drone"}, CLASSES)
        network = lab._network
        self.nodes = [Joining(network.transport(f"drone{n}"), "host:27015", "", settings) for n in range(count)]

    def pump(self, now: float) -> None:
        for node in self.nodes:
            for message in node.receive(now).messages:
                if message.channel is Channel.VALUES:
                    node.acknowledge(message.peer, [message.number])
            node.send(now, [])

    @property
    def joined(self) -> bool:
        return all(node.state == "joined" for node in self.nodes)


def move_all(net: gn.Session[Any]) -> None:
    for mover in net.all(Mover):
        mover.x += 1


def counted(net: gn.Session[Any]) -> Frame:
    with counting() as crossings, net.frame(FRAME):
        move_all(net)
    return crossings


def in_memory(entities: int, peers: int, frames: int) -> list[Frame]:
    with Lab(clients=0, link="perfect", dedicated=True, protocol=CLASSES, max_peers=peers) as lab:
        drones = Drones(lab, peers)

        def step() -> Frame:
            lab.clock.advance(FRAME)
            frame = counted(lab.host)
            drones.pump(lab.clock.now())
            return frame

        while not drones.joined:
            step()
        for _ in range(entities):
            lab.host.spawn(Mover())
        for _ in range(6):
            step()
        return [step() for _ in range(frames)]


def over_sockets(entities: int, peers: int, frames: int) -> list[Frame]:
    """In real time; all sessions are of this process and share the library, only the server's calls are counted."""
    with ExitStack() as sessions:
        port = free_port()
        server = sessions.enter_context(gn.serve(port=port, protocol=CLASSES, max_peers=peers))
        clients = [sessions.enter_context(gn.join(f"127.0.0.1:{port}", protocol=CLASSES)) for _ in range(peers)]

        def step() -> Frame:
            frame = counted(server)
            for net in clients:
                net.pump(FRAME)
            time.sleep(FRAME / 2)
            return frame

        while not all(net.state == "joined" for net in clients):
            step()
        for _ in range(entities):
            server.spawn(Mover())
        for _ in range(30):
            step()
        return [step() for _ in range(5 * frames)]


def free_port() -> int:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::", 0))
        port: int = probe.getsockname()[1]
    return port


def row(how: str, entities: int, peers: int, frames: list[Frame]) -> dict[str, Any]:
    """The longest of the frames with at most one tick; each further tick of a slow frame is one `sample` more."""
    frames = [frame for frame in frames if frame["gn_codec_sample"] <= 1] or frames
    longest = max(frames, key=Counter.total)
    return {
        "how": how,
        "entities": entities,
        "peers": peers,
        "frames": len(frames),
        "most": longest.total(),
        "mean": round(sum(frame.total() for frame in frames) / len(frames), 2),
        "longest frame": dict(sorted(longest.items())),
    }


def main() -> None:
    options = arguments()
    logging.getLogger("gamenet.sockets").setLevel(logging.ERROR)  # it says when a loaded machine is slow
    rows = []
    print(f"{'crossings of a frame':24}{'entities':>10}{'peers':>8}{'most':>8}{'mean':>8}")
    works = [
        ("codec, in memory", in_memory, options.entities, options.peers),
        ("all, real sockets", over_sockets, options.real_entities, options.real_peers),
    ]
    for how, work, sizes, several in works:
        for entities in sizes:
            for peers in several:
                one = row(how, entities, peers, work(entities, peers, options.frames))
                rows.append(one)
                print(f"{how:24}{entities:>10,}{peers:>8,}{one['most']:>8}{one['mean']:>8}", flush=True)
    print("\nThe longest frame of each kind, by function:")
    for one in {one["how"]: one for one in rows}.values():
        print(f"  {one['how']}: " + ", ".join(f"{name} {n}" for name, n in one["longest frame"].items()))
    RESULTS.parent.mkdir(exist_ok=True)
    told = {"python": platform.python_version(), "machine": platform.machine(), "rows": rows}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()
