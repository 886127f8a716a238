"""The arena over the real library: a server and eight bots, each in its own process, under 5 % loss."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demos.arena.demo import free_port

ROOT = Path(__file__).parents[2]
PROCESS = Path(__file__).with_name("arena_process.py")
BOTS = 8
ROUND = 30.0
LOSS = 5

World = dict[str, Any]


class Process:
    """One of the nine: what it said last."""

    def __init__(self, *words: object) -> None:
        self._child = subprocess.Popen(
            [sys.executable, str(PROCESS), *map(str, words)],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said: queue.Queue[World | None] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines:
                self._said.put(json.loads(line))
        self._said.put(None)

    def hear(self, event: str, deadline: float) -> World:
        """The next thing of that kind it says."""
        while True:
            said = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            assert said is not None, f"the process ended (code {self._child.wait()}) before it said {event!r}"
            assert said["event"] != "closed", said
            if said["event"] == event:
                return said

    def newest(self, event: str, deadline: float) -> World:
        """The last thing of that kind that it said until now, at least one."""
        said = self.hear(event, deadline)
        while not self._said.empty():
            said = self.hear(event, deadline)
        return said

    def end(self) -> int:
        """Hangs up; the process says goodbye and ends."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            return self._child.wait(15)
        finally:
            self._child.kill()
            self._child.wait()
            self._listener.join()


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


@contextmanager
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    try:
        yield started
    finally:
        for each in reversed(started):
            each.end()


def seconds_from_now(seconds: float) -> float:
    return time.monotonic() + seconds


@pytest.mark.timeout(240)
def test_after_thirty_seconds_of_loss_all_worlds_are_equal_and_every_call_came_once() -> None:
    port = free_port()
    with processes() as started:
        started.append(Process("serve", port, LOSS, BOTS, ROUND))
        server = started[0]
        server.hear("ready", seconds_from_now(30))
        started += [Process("join", port, LOSS, number) for number in range(BOTS)]
        for each in started[1:]:
            each.hear("ready", seconds_from_now(60))
        worlds = settle(started, seconds_from_now(ROUND + 60))
        check_worlds(worlds)
        check_calls(worlds[0]["counts"], worlds[1:])


def settle(started: list[Process], deadline: float) -> list[World]:
    """What all say in the end: when they agree and no call is open, or at the deadline whatever they say then."""
    while True:
        worlds = [each.newest("world", deadline) for each in started]
        if all(quiet(world, worlds[0]) for world in worlds[1:]) or time.monotonic() > deadline - 5:
            return [each.newest("world", deadline) for each in started]


def quiet(world: World, server: World) -> bool:
    calls = (world["counts"]["fired"], world["counts"]["said"])
    return bool(world["census"] == server["census"]) and all(each["answered"] == each["made"] for each in calls)


def check_worlds(worlds: list[World]) -> None:
    server = worlds[0]["census"]
    assert sum(about.get("class") == "Ship" for about in server.values()) == BOTS
    assert len(server["peers"]) == BOTS and server["room"]["phase"] == "OVER"
    for world in worlds[1:]:
        mine = world["census"]
        differs = {
            key: (server.get(key), mine.get(key)) for key in {*server, *mine} if server.get(key) != mine.get(key)
        }
        assert not differs, f"(server, {world['name']})"


def check_calls(server: dict[str, Any], clients: list[World]) -> None:
    """Client → host by number, the host's answers, host → everybody by number."""
    for client in clients:
        name, mine = client["name"], client["counts"]
        for kind in ("fired", "said"):
            made = mine[kind]["made"]
            heard = server[kind].get(name, {"count": 0, "last": 0, "lost": 0, "doubled": 0})
            assert (heard["count"], heard["last"], heard["lost"], heard["doubled"]) == (made, made, 0, 0), (name, kind)
            assert mine[kind]["answered"] == made and mine[kind]["errors"] == [], (name, kind)
        heard = mine["heard"]
        assert (heard["last"], heard["lost"], heard["doubled"]) == (server["lines"], 0, 0), name
        assert heard["count"] == heard["last"] - heard["first"] + 1
    assert all(client["counts"]["fired"]["made"] > 0 for client in clients)
