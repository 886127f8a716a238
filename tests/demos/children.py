"""Programs as children: what they say, line by line and with a deadline, and a rendezvous service for them."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 90.0


class Child:
    """A program that says lines and can be told some; ended with the block."""

    def __init__(self, *words: object, before: Sequence[str] = (), **environment: str) -> None:
        """
        Args:
            before: words before the command, which let it run elsewhere.
        """
        self.lines: list[str] = []
        self._said: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            [*before, sys.executable, *map(str, words)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "GAMENET_RENDEZVOUS": "", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._said.put(line.rstrip("\n"))
        self._said.put(None)

    def hear(self, words: str, deadline: float = DEADLINE) -> str:
        """The next line that has these words in it."""
        until = time.monotonic() + deadline
        while True:
            said = self._said.get(timeout=max(0.0, until - time.monotonic()))
            assert said is not None, f"ended before it said {words!r}: {self.lines}"
            self.lines.append(said)
            if words in said:
                return said

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hang_up(self) -> None:
        """Ends its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self, deadline: float = DEADLINE) -> int:
        """Waits for its own end. Returns its exit code."""
        code = self._process.wait(deadline)
        self._listener.join()
        self.lines += [line for line in self._said.queue if line is not None]
        return code

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        assert self._process.stdin is not None
        self._process.stdin.close()


@contextmanager
def service() -> Iterator[str]:
    """A rendezvous service on this machine; its address."""
    with Child("-m", "gamenet", "rendezvous", "--listen", "127.0.0.1:0") as child:
        yield child.hear("listening on").split("listening on ")[1].split(",")[0]
