"""The service with thousands of members: how fast they come in, and what it costs when they only stay.

The service and the members are processes on this machine's loopback, and share its cores: the joins a second are those
of all of them together.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from .figures import Result

ROOT: Final = Path(__file__).parents[2]
PROCESSES: Final = 2
AT_ONCE: Final = 50
"""Members of each process on their way in."""
SETTLE: Final = 10.0
"""Seconds after the last came in: what they were told is acknowledged, closed rounds of timers have begun."""
MIB: Final = 1 << 20


class Child:
    """A process that answers each line with a line."""

    def __init__(self, module: str, *words: object) -> None:
        self._module = module
        pipe, command = subprocess.PIPE, [sys.executable, "-m", f"benchmarks.rendezvous.{module}", *map(str, words)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._module} ended")
        return line.strip()

    def say(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ask(self) -> Result:
        self.say()
        told: Result = json.loads(self.line())
        return told

    def end(self) -> None:
        """Without thousands of farewells."""
        self._process.kill()
        self._process.communicate()


def idle(members: int, rooms: int, seconds: float) -> Result:
    """
    Raises:
        RuntimeError: somebody lost its seat, or a process ended.
    """
    with ExitStack() as opened:
        service = started(opened, "crowd_service")
        address = service.line()
        empty = service.ask()
        share, seats = rooms // PROCESSES, members // rooms
        crowds = [
            started(opened, "crowd_members", f"p{number}", address, share, seats, AT_ONCE)
            for number in range(PROCESSES)
        ]
        for crowd in crowds:
            crowd.line()
        coming = comes_in(service, crowds, empty)
        time.sleep(SETTLE)
        staying = stays(service, crowds, seconds)
    if staying["seated"] != share * seats * PROCESSES:
        raise RuntimeError(f"not everybody is seated: {staying}")
    return {**coming, **staying, "rooms": share * PROCESSES, "empty_mib": empty["resident"] / MIB}


def started(opened: ExitStack, module: str, *words: object) -> Child:
    child = Child(module, *words)
    opened.callback(child.end)
    return child


def comes_in(service: Child, crowds: list[Child], empty: Result) -> Result:
    began = time.perf_counter()
    for crowd in crowds:
        crowd.say()
    told = [json.loads(crowd.line()) for crowd in crowds]
    took, cpu = time.perf_counter() - began, service.ask()["cpu"] - empty["cpu"]
    joins = sum(each["seated"] for each in told)
    return {
        "joins_per_second": joins / took,
        "joining_seconds": took,
        "joining_cpu_pct": 100 * cpu / took,
        "joins_per_cpu_second": joins / cpu,
    }


def stays(service: Child, crowds: list[Child], seconds: float) -> Result:
    before, began = service.ask(), time.perf_counter()
    time.sleep(seconds)
    after, took = service.ask(), time.perf_counter() - began
    told = [crowd.ask() for crowd in crowds]
    return {
        "idle_seconds": took,
        "idle_cpu_pct": 100 * (after["cpu"] - before["cpu"]) / took,
        "resident_mib": after["resident"] / MIB,
        "clients": after["clients"],
        "seated": sum(each["seated"] for each in told),
        "counts": [each["counts"] for each in told],
    }
