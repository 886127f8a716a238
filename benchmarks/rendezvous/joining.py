"""From the code entered to the first value of the host's ship, behind routers, beside the library alone.

Contenders take turns in one laboratory: a new process each joins by code the game of a host that plays on; and a new
peer of bare sockets connects to one that listens, its signals handed over by pipe, until it has got a message.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.loopback.p2p import BOB, Peer, Post, until
from tests.nat.coturn import coturn, secret
from tests.nat.laboratory import Laboratory
from tests.nat.players import SERVICE, host
from tests.nat.service import service
from tests.nat.test_sockets import STUN, relay

from .figures import Result, quantile, spread

ROOT: Final = Path(__file__).parents[2]
JOINER: Final = Path(__file__).with_name("joiner.py")
OPTIONS: Final = {"TimeoutInitial": 20_000, "NagleTime": 0}
PATIENCE: Final = 40.0


def joined(kind: str, runs: int) -> Result:
    """Both routers of that kind: "cone", who meet directly, or "symmetric", who meet through coturn."""
    relayed = kind == "symmetric"
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory(kind, kind))
        if relayed:
            opened.enter_context(coturn(lab))
        opened.enter_context(service(lab, secret=secret() if relayed else ""))
        ada = opened.enter_context(host(lab))
        code = str(ada.until(lambda told: told["code"])["code"])
        alone = opened.enter_context(Alone(lab, relayed))
        way = "relayed" if relayed else "direct"
        by_code(lab, code, "Early", way)  # not counted: afterwards all of gamenet is compiled, as where it is installed
        ours, library = [], []
        for number in range(runs):
            ours.append(by_code(lab, code, f"Bea{number}", way))
            library.append(alone.connected(number))
    return compared(ours, library)


def compared(ours: list[Result], library: list[float]) -> Result:
    seconds = [run["seconds"] for run in ours]
    mine, theirs = spread(seconds), spread(library)
    stages = {name for run in ours for name in run["stages"]}
    began = {name: quantile([run["stages"][name] for run in ours if name in run["stages"]], 0.5) for name in stages}
    return {
        **mine,
        "library": theirs,
        "ratio_p50": mine["p50"] / theirs["p50"],
        "ratio_p95": mine["p95"] / theirs["p95"],
        "stages_p50": dict(sorted(began.items(), key=lambda item: item[1])),
    }


def by_code(lab: Laboratory, code: str, name: str, way: str) -> Result:
    """One joiner, its process loaded before it is told the code.

    Raises:
        RuntimeError: it did not get in, or by another way.
    """
    words = [*lab.words("b"), sys.executable, str(JOINER), name]
    pipe, env = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(words, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True) as joiner:
        assert joiner.stdin is not None and joiner.stdout is not None
        joiner.stdout.readline()
        joiner.stdin.write(f"join:{code}@{SERVICE}\n")
        joiner.stdin.flush()
        told: Result = json.loads(joiner.stdout.readline() or "{}")
    if told.get("seconds") is None or told["routes"] != [way]:
        raise RuntimeError(f"{name} should have met its host, {way}: {told}")
    return told


class Alone:
    """Bob listens; each Alice is a new process."""

    def __init__(self, lab: Laboratory, relayed: bool) -> None:
        self._lab, self._turn = lab, [relay()] if relayed else []
        self._post = Post([])

    def __enter__(self) -> Alone:
        self._post.__enter__()
        self._bob = self._peer(BOB, "a")
        self._bob.ask("listen", port=0, options=OPTIONS)
        return self

    def __exit__(self, *how: object) -> None:
        self._post.__exit__(None, None, None)

    def _peer(self, identity: str, place: str) -> Peer:
        peer = self._post.peer(identity, self._lab.words(place))
        peer.ask("ask_servers", stun=STUN, turn=self._turn)
        return peer

    def connected(self, number: int) -> float:
        """Seconds from the call that connects to Bob's first message."""
        alice = self._peer(f"str:alice{number}", "b")
        began = time.perf_counter()
        ours = alice.order("connect", to=BOB, port=0, options=OPTIONS)
        theirs = self._bob.came_in(skip=number)
        self._bob.expect(theirs, "CONNECTED")
        self._bob.ask("send", connection=theirs, data="hello")
        until(lambda: (ours.result(PATIENCE), b"hello") in alice.messages, "Bob's message")
        seconds = time.perf_counter() - began
        alice.end()
        return seconds
