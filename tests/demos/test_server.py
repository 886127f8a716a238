"""The chat server and its text clients, each in a process of its own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demos.arena.demo import free_port
from demos.server import Hall
from gamenet.testing import Lab

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "demos" / "server.py"
PATIENCE = 30.0


class Program:
    """`python demos/server.py …`: types lines into it and reads what it tells."""

    def __init__(self, *words: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, str(SERVER), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        self.told: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.child.stdout is not None
        with self.child.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def type(self, line: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(f"{line}\n")
        self.child.stdin.flush()

    def tells(self, wanted: str) -> None:
        """Waits until it has told that line."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.told:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            assert line is not None, f"it ended before it told {wanted!r}; it told {self.told}"
            self.told.append(line)

    def leave(self) -> int:
        """The end of its input. Returns its exit code, with everything in `told`."""
        assert self.child.stdin is not None
        self.child.stdin.close()
        return self.wait()

    def wait(self) -> int:
        code = self.child.wait(PATIENCE)
        self._listener.join(PATIENCE)
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.told.append(line)
        return code

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *error: object) -> None:
        self.child.kill()
        self.child.wait()
        self._listener.join(PATIENCE)
        if self.child.stdin is not None:
            self.child.stdin.close()


@pytest.fixture
def programs() -> Iterator[ExitStack]:
    with ExitStack() as started:
        yield started


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_people_in_a_room_hear_each_other_and_the_server_moderates(programs: ExitStack) -> None:
    address = f"127.0.0.1:{free_port()}"
    server = programs.enter_context(Program("serve", address))
    server.tells("open: main, garden")
    ada = programs.enter_context(Program("talk", f"{address}/garden", "Ada"))
    grace = programs.enter_context(Program("talk", f"{address}/garden", "Grace"))
    bob = programs.enter_context(Program("talk", address, "Bob"))
    for each, topic in ((ada, "plants, and nothing but plants"), (grace, "plants, and nothing but plants")):
        each.tells(f"[garden] server: we talk about {topic}")
    bob.tells("[main] server: we talk about anything")

    ada.type("the fern is in bloom")
    grace.tells("[garden] Ada: the fern is in bloom")
    ada.type("the fern is in bloom")
    ada.tells("not said: you said that already")
    ada.type("")
    ada.tells("not said: say something")
    grace.type("heck no")
    grace.tells("not said: mind your words")
    bob.type("hello?")
    bob.tells("[main] Bob: hello?")

    assert ada.leave() == 0
    server.tells("Ada left the game")
    server.child.send_signal(signal.SIGTERM)
    for each in (grace, bob):
        each.tells("The host (server) ended the game.")
        assert each.wait() == 0
    assert server.wait() == 0
    assert [line for line in grace.told if "Bob" in line or "heck" in line] == []
    assert [line for line in bob.told if "Ada" in line] == []
    assert "[garden] Ada: the fern is in bloom" in server.told


def test_a_client_without_a_server_says_so(programs: ExitStack) -> None:
    alone = programs.enter_context(Program("talk", f"127.0.0.1:{free_port()}", "Ada"))
    assert alone.wait() == 0
    assert len(alone.told) == 1 and alone.told[0].startswith("Nobody answered at 127.0.0.1")


@pytest.mark.parametrize("words", [(), ("serv",), ("talk",), ("serve", "a", "b")])
def test_wrong_words_show_how_to_use_it(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, str(SERVER), *words],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
    )
    assert done.returncode == 1 and "server.py serve" in done.stderr and done.stdout == ""


def test_lines_are_counted_and_a_flood_is_refused() -> None:
    with Lab(clients=1, room=Hall, link="perfect", dedicated=True) as lab:
        said = [lab.clients[0].room.say.call(f"line {number}") for number in range(8)]
        lab.until(lambda: all(call.done for call in said))
        assert [call.value for call in said if not call.error] == [1, 2, 3, 4, 5]
        assert {call.error for call in said[5:]} == {"say: more than 5 calls a second"}
        lab.until(lambda: lab.clients[0].room.lines == 5)
