"""The rendezvous service at the laboratory's server, as somebody would start it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.nat.laboratory import Laboratory, stop
from tests.nat.plan import SERVER
from tests.nat.routers import SERVICE_PORT, TURN_PORT

ROOT: Final = Path(__file__).parents[2]
_READY: Final = "listening on"
_RELAY_WORKS: Final = "works=True"


@contextmanager
def service(lab: Laboratory, *words: str, secret: str = "") -> Iterator[subprocess.Popen[str]]:
    """It answers in this block.

    Args:
        words: more of its command line.
        secret: what it shares with a coturn at the same server; without one it names none.
    """
    if secret:
        words = ("--turn", f"turn:{SERVER}:{TURN_PORT}", *words)
    command = [sys.executable, "-m", "gamenet", "rendezvous", "--listen", f"[::]:{SERVICE_PORT}", *words]
    env = {**os.environ, "GAMENET_TURN_SECRET": secret}
    running = lab.serve("server", *command, cwd=ROOT, env=env, stderr=subprocess.STDOUT)
    try:
        _wait_for(running, {_READY, _RELAY_WORKS} if secret else {_READY})
        threading.Thread(target=_read_on, args=(running,), daemon=True).start()
        yield running
    finally:
        stop(running)


def _wait_for(running: subprocess.Popen[str], awaited: set[str]) -> None:
    """Reads on until all of these words have come, in any order."""
    assert running.stdout is not None
    told = []
    for line in running.stdout:
        told.append(line)
        awaited = {words for words in awaited if words not in line}
        if not awaited:
            return
    raise AssertionError(f"the service ended: {''.join(told)}")


def _read_on(running: subprocess.Popen[str]) -> None:
    """So that it never waits for somebody to read its log."""
    assert running.stdout is not None
    with running.stdout:
        for _ in running.stdout:
            pass
