"""Players in processes of their own (player.py), at places of a laboratory, and what they last said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from typing_extensions import Self

from tests.nat.laboratory import Laboratory
from tests.nat.plan import SERVER
from tests.nat.routers import SERVICE_PORT

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = Path(__file__).with_name("player.py")
SERVICE: Final = f"{SERVER}:{SERVICE_PORT}"
PATIENCE: Final = 60.0
"""Seconds until a condition that must come true is given up: only a failing test waits that long."""

Told = dict[str, Any]


class Player:
    """One of them; a `with` block ends it."""

    def __init__(self, lab: Laboratory, place: str, how: str, name: str, *said: str) -> None:
        """
        Args:
            how: a string of `gn.open`.
            said: keywords of it, as "key=value".
        """
        self.name: Final = name
        words = [*lab.words(place), sys.executable, str(PROGRAM), how, name, *said]
        pipe, env = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(words, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.told: list[Told] = []
        self._changed = threading.Condition()
        self._ended = False
        self._complaints: list[str] = []
        self._threads = [threading.Thread(target=each) for each in (self._listen, self._hear_complaints)]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._changed:
                    self.told.append(json.loads(line))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _hear_complaints(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            self._complaints += lines

    def until(self, condition: Callable[[Told], object], seconds: float = PATIENCE) -> Told:
        """What it says, once that is so."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (self.told and condition(self.told[-1])):
                waiting = not self._ended and self._changed.wait(deadline - time.monotonic())
                last = self.told[-1:]
                assert waiting, f"{self.name}, in vain: {last} {''.join(self._complaints[-20:])}"
            return self.told[-1]

    def sees(self, other: Player) -> Told:
        """Waits until it has the other's ship, and hears it count."""
        return self.until(lambda told: other.name in told["sees"] and other.name in told["heard"])

    def further(self, other: Player, numbers: int) -> Callable[[Told], bool]:
        """Whether, from now on, the other was heard to count that much further, and its ship has moved."""
        heard, x = (self.told[-1][key][other.name] for key in ("heard", "seen"))
        return lambda told: told["heard"][other.name] >= heard + numbers and told["seen"][other.name] > x

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            for thread in self._threads:
                thread.join()


def host(lab: Laboratory, *said: str, place: str = "a", service: str = SERVICE) -> Player:
    return Player(lab, place, "host", "Ada", f"rendezvous={service}", *said)


def join(lab: Laboratory, host: Player, *said: str, place: str = "b", service: str = SERVICE) -> Player:
    """Somebody who has the host's code."""
    code = host.until(lambda told: told["code"])["code"]
    return Player(lab, place, f"join:{code}@{service}", "Bea", *said)
