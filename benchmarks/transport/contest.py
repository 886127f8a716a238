"""Runs one piece of work for one contender, in fresh processes on 127.0.0.1, and finds the highest rate that holds."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RUST = ROOT / "native" / "target" / "release" / "examples" / "transport"
STEP = 2**0.25
Result = dict[str, Any]


def build_rust() -> str:
    """Builds the Rust contender; "" when that went well, else why not."""
    command = ["cargo", "build", "--release", "--quiet", "-p", "gamenet-sockets", "--example", "transport"]
    try:
        done = subprocess.run(command, cwd=ROOT / "native", capture_output=True, text=True, check=False)
    except OSError as error:
        return f"cargo does not run: {error}"
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(who: str, core: int | None, **job: object) -> Iterator[subprocess.Popen[str]]:
    """A process that does a side of the work, on a core of its own where there are several."""
    program = [str(RUST)] if who == "rust" else [sys.executable, "-m", "benchmarks.transport.work", who]
    words = [f"{key}={int(value) if isinstance(value, bool) else value}" for key, value in job.items()]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen([*program, *words], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as running:
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if core is not None and len(cores) > 1:
            os.sched_setaffinity(running.pid, {cores[core]})
        try:
            yield running
        finally:
            running.kill()
            with suppress(BrokenPipeError):
                assert running.stdin is not None
                running.stdin.close()


def line(running: subprocess.Popen[str], seconds: float) -> str:
    assert running.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(running.stdout, selectors.EVENT_READ)
        if not selector.select(seconds):
            raise TimeoutError(f"nothing within {seconds:.0f} s")
    text = running.stdout.readline()
    if not text:
        raise RuntimeError(f"the process died ({running.wait(5)})")
    return text


def alone(who: str, kind: str, seconds: float = 30, **job: object) -> Result:
    """The result of a piece of work with both ends in one process, or {"error": …}."""
    try:
        with process(who, None, kind=kind, side="one", port=free_port(), **job) as running:
            return dict(json.loads(line(running, seconds)))
    except (OSError, RuntimeError) as error:
        return {"error": str(error)}


def pair(who: str, kind: str, seconds: float = 60, **job: object) -> Result:
    """The results of server and client in one dict, or {"error": …}."""
    job |= {"kind": kind, "port": free_port()}
    try:
        with process(who, 0, side="server", **job) as server:
            line(server, 15)
            with process(who, 1, side="client", **job) as client:
                return both(server, client, kind, seconds)
    except (OSError, RuntimeError) as error:
        return {"error": str(error)}


def both(server: subprocess.Popen[str], client: subprocess.Popen[str], kind: str, seconds: float) -> Result:
    """The side that ends by itself first, then the other, which is told to stop."""
    first, second = (server, client) if kind == "fan" else (client, server)
    results = {first: json.loads(line(first, seconds))}
    if "error" in results[first]:
        return dict(results[first])
    assert second.stdin is not None
    with suppress(BrokenPipeError):  # it may have ended by its own clock
        second.stdin.write("stop\n")
        second.stdin.flush()
    results[second] = json.loads(line(second, seconds))
    return {**results[client], **{f"server_{key}": value for key, value in results[server].items()}}


def next_try(low: int | None, high: int | None) -> int:
    """The step to try after `low` held and `high` failed: double, halve or the middle."""
    if high is None:
        return (low or 0) + 4
    return high - 4 if low is None else (low + high) // 2


def highest_rate(who: str, reliable: bool, secs: float, budget: int = 9) -> Result:
    """The highest rate, in steps of 19 %, at which at least 99 % arrives within 2.5 % of the time after the last send.

    At most `budget` tries: doubling or halving from 128,000 a second until it fails or holds, then the middle.
    """
    held: dict[int, Result] = {}
    low: int | None = None
    high: int | None = None
    k, tries, why = 28, 0, ""
    while tries < budget and (low is None or high is None or high - low > 1):
        tries += 1
        result = pair(who, "rate", 15 + secs, rate=1000 * STEP**k, secs=secs, grace=secs / 40, reliable=reliable)
        if result.get("server_delivered", 0) >= 0.99 * result.get("server_total", 1):
            held[k], low = result, k
        else:
            high, why = k, result.get("error", "")
        k = next_try(low, high)
    if low is None:
        return {"error": why or "no rate held"}
    best = held[low]
    count = best["server_delivered"]
    per_million = {"send_cpu": best["cpu"] / count * 1e6, "receive_cpu": best["server_cpu"] / count * 1e6}
    return {"rate": count / secs, "tries": tries, "bounded": high is not None, **per_million}
