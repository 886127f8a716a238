"""A player of the tests in this folder, on the public API: `python player.py HOW NAME [key=value …]`.

HOW is a string of `gn.open`; "renew=4" renews relayed connections after so many seconds. It counts aloud, ten times a
second, and everybody else checks the numbers. Whenever something has changed it prints how things stand, as a line of
JSON, with the longest that it waited since the line before for a new value of each of the others' ships, and for its
own next frame. It ends when its standard input does.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, ClassVar

import gamenet as gn
from gamenet.session import joining

FRAME = 1 / 60
COUNT_EVERY = 0.1
TELL_EVERY = 0.5


class Arena(gn.Room):
    @gn.rpc(to="others", caller="anyone", rate=1000)
    def count(self, caller: gn.Caller, number: int) -> None:
        Heard.of(caller.peer.name).take(number)


class Ship(gn.Entity["Arena"], authority="owner"):
    x: float = gn.coord(0, low=0, high=1_000_000)
    pilot: str = gn.text("", longest=32)


class Heard:
    """What one of the others counted: 1, 2, 3 and so on from wherever we came in, or it is wrong."""

    all: ClassVar[dict[str, Heard]] = {}

    def __init__(self) -> None:
        self.last = self.numbers = 0
        self.wrong: list[list[int]] = []

    @classmethod
    def of(cls, name: str) -> Heard:
        return cls.all.setdefault(name, cls())

    def take(self, number: int) -> None:
        if self.numbers and number != self.last + 1:
            self.wrong.append([self.last, number])
        self.last, self.numbers = number, self.numbers + 1


class Seen:
    """When values of somebody's ship came, and how long they stayed away."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._since = 0.0
        self._longest = 0.0

    def take(self, x: float, now: float) -> None:
        """How it stands in this frame."""
        if self._last is not None:
            self._longest = max(self._longest, now - self._since)
        if x != self._last:
            self._last, self._since = x, now

    def longest(self) -> float:
        """Milliseconds from one value to the next at most, in frames since this was last asked; also of one awaited."""
        longest, self._longest = self._longest, 0.0
        return round(longest * 1000, 1)


class Player:
    def __init__(self, net: gn.Session[Arena]) -> None:
        self.net = net
        self.mine = net.spawn(Ship(pilot=net.me.name))
        self.counted = 0
        self.count_at = self.tell_at = 0.0
        self.stalls = 0
        self.routes: list[str] = []
        self.told: dict[str, Any] = {}
        self.seen: dict[str, Seen] = {}
        self.frames = Seen()
        net.on("stalled")(self._stalled)

    def _stalled(self, seconds: float) -> None:
        self.stalls += 1

    def step(self, now: float) -> None:
        """One frame."""
        self.frames.take(now, now)
        with self.net.frame(FRAME):
            self.mine.x += 1
            if self.net.state == "joined" and now >= self.count_at:
                self.count_at = now + COUNT_EVERY
                self.counted += 1
                self.net.room.count.send(self.counted)
            for ship in self.net.all(Ship):
                if not ship.mine:
                    self.seen.setdefault(ship.pilot, Seen()).take(ship.x, now)
        self._tell(now)

    def _standing(self) -> dict[str, Any]:
        net = self.net
        others = [peer for peer in net.peers if not peer.is_me]
        self.routes += [peer.route for peer in others if peer.route and peer.route not in self.routes]
        return {
            "state": net.state,
            "code": net.code,
            "stage": net.stage,
            "problem": net.problem,
            "routes": {peer.name: peer.route for peer in others},
            "all_routes": self.routes,
            "sees": [ship.pilot for ship in net.all(Ship) if not ship.mine],
            "wrong": {name: heard.wrong for name, heard in Heard.all.items() if heard.wrong},
            "stalls": self.stalls,
        }

    def _tell(self, now: float) -> None:
        standing = self._standing()
        if standing != {key: self.told.get(key) for key in standing} or now >= self.tell_at:
            self.tell_at = now + TELL_EVERY
            heard = {name: heard.last for name, heard in Heard.all.items()}
            seen = {ship.pilot: ship.x for ship in self.net.all(Ship) if not ship.mine}
            waits = {pilot: each.longest() for pilot, each in self.seen.items()}
            self.told = {**standing, "now": now, "heard": heard, "seen": seen}
            self.told |= {"waits": waits, "frame": self.frames.longest()}
            sys.stdout.write(json.dumps(self.told) + "\n")
            sys.stdout.flush()


def play(how: str, name: str, *said: str) -> None:
    keywords: dict[str, Any] = dict(word.split("=", 1) for word in said)
    joining.RENEW_RELAYED = float(keywords.pop("renew", joining.RENEW_RELAYED))
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    with gn.open(how, room=Arena, name=name, **keywords) as net:
        player = Player(net)
        while not over.is_set():
            player.step(time.monotonic())
            time.sleep(FRAME)


if __name__ == "__main__":
    play(*sys.argv[1:])
