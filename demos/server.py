"""A dedicated server with two rooms and a moderated chat, and its text client. No engine, no window.

    python demos/server.py serve                          # or: serve [::]:27016
    python demos/server.py talk 127.0.0.1/garden Ada      # or: talk 127.0.0.1:27016/garden Ada

Every line that is typed is said; the end of the input (Ctrl-D) leaves.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Annotated, Final

import gamenet as gn
from gamenet.engines.headless import run

LONGEST: Final = 200
RUDE: Final = {"darn", "heck"}
TOPICS: Final = {"main": "anything", "garden": "plants, and nothing but plants"}  # "main" is there from the start

Line = Annotated[str, gn.text(longest=LONGEST)]
tell = partial(print, flush=True)  # also when a file or a pipe listens


class Hall(gn.Room):
    topic: str = gn.text("", longest=60)
    lines: int = 0
    last: dict[gn.Peer, str] = gn.local(factory=dict)  # the server's own: what each said last

    @gn.rpc(to="host", rate=5)
    def say(self, caller: gn.Caller, text: Line) -> int:
        """The server hears it first, and passes on what it likes. Returns the line's number."""
        if why := self.objection(caller.peer, text):
            raise gn.Refused(why)
        self.last[caller.peer] = text
        self.lines += 1
        self.heard.send(caller.peer.name, text)
        return self.lines

    def objection(self, peer: gn.Peer, text: str) -> str:
        """Why a line is not passed on, or ""."""
        if not text.strip():
            return "say something"
        if RUDE.intersection(text.lower().split()):
            return "mind your words"
        return "you said that already" if text == self.last.get(peer) else ""

    @gn.rpc(to="everyone", caller="host")
    def heard(self, caller: gn.Caller, name: str, text: Line) -> None:
        tell(f"[{self.name}] {name}: {text}")


def serve(address: str = "") -> gn.Session[Hall]:
    net = gn.serve(address, room=Hall, name="server", max_peers=64)
    for name, topic in TOPICS.items():
        room = net.rooms[name] if name in net.rooms else net.open_room(name)
        room.topic = topic

    @net.on("joined")
    def opened() -> None:
        tell(f"open: {', '.join(net.rooms)}")

    @net.on("peer_joined")
    def welcome(peer: gn.Peer) -> None:
        assert isinstance(peer.room, Hall)
        peer.room.heard.to(peer).send("server", f"we talk about {peer.room.topic}")
        tell(f"{peer.name} came into {peer.room.name}: {', '.join(other.name for other in peer.room.peers)}")

    @net.on("peer_left")
    def goodbye(peer: gn.Peer, reason: str) -> None:
        for room in net.rooms.values():
            room.last.pop(peer, None)
        tell(f"{peer.name} {reason}")

    return net


def talk(where: str, name: str = "") -> gn.Session[Hall]:
    net = gn.join(where, room=Hall, name=name)
    typed: SimpleQueue[str | None] = SimpleQueue()
    last: gn.Call[int] | None = None

    @net.on("joined")
    def joined() -> None:
        Thread(target=read_lines, args=(typed,), daemon=True).start()

    @net.each_tick
    def speak(dt: float) -> None:
        """One line after the other: the next when the last one was answered."""
        nonlocal last
        if typed.empty() or (last and not last.done):
            return
        line = typed.get()
        if line is None:
            net.close()
        else:
            last = net.room.say.call(line[:LONGEST]).then(answered)

    def answered(call: gn.Call[int]) -> None:
        if call.error:
            tell(f"not said: {call.error}")

    net.on("closed")(tell)
    return net


def read_lines(typed: SimpleQueue[str | None]) -> None:
    """What stands in the standard input line by line, then None. Unbuffered: a reading thread then holds up no exit."""
    with os.fdopen(os.dup(0), "rb", buffering=0) as lines:
        for line in lines:
            typed.put(line.decode(errors="replace").rstrip("\r\n"))
    typed.put(None)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", *rest] if len(rest) <= 1:
            run(serve(*rest), rate=30)  # until SIGTERM or Ctrl-C, which say goodbye
        case ["talk", *rest] if 1 <= len(rest) <= 2:
            run(talk(*rest), rate=30)
        case _:
            sys.exit(__doc__)
