"""Processes of this program that end when their parent is done, however that comes about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_GOODBYE: Final = 5.0  # seconds that all of them have to end once they were told
_SIGNALS: Final = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

Child = subprocess.Popen[str]


class Family:
    """A block in which processes are started; none of them is left when the block is.

    Ctrl-C, SIGTERM and a terminal that goes away leave the block by `SystemExit`; not, however, while a process is
    being started or while they are being ended: then the block is left as soon as that is done.
    """

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._busy = False
        self._asked = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Family:
        self._before = {number: signal.signal(number, self._leave) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._busy = True
        self._end()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(self, *words: str) -> Child:
        """`python -m demos.arena` with these words; what it prints can be read from its `stdout`."""
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        surroundings = os.environ | {"PYTHONPATH": path, "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
        command = [sys.executable, "-m", "demos.arena", *words]
        self._busy = True
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings)
        self.children.append(child)
        self._busy = False
        if self._asked:
            raise SystemExit(128 + self._asked)
        return child

    def _leave(self, number: int, frame: FrameType | None) -> None:
        self._asked = number
        if not self._busy:
            raise SystemExit(128 + number)

    def _end(self) -> None:
        """Tells all to say goodbye, and kills those that do not in time."""
        for child in self.children:
            child.terminate()  # one that has ended already is left alone
        deadline = time.monotonic() + _GOODBYE
        for child in self.children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if child.stdout:
                child.stdout.close()
