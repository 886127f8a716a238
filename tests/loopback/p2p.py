"""Peers in processes of their own, and the post that carries their signals in any weather."""

from __future__ import annotations

import heapq
import json
import random
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from typing_extensions import Self

PROGRAM = Path(__file__).with_name("p2p_process.py")
PATIENCE = 40.0
"""Seconds until a condition that must come true is given up: only a failing test waits that long."""
ALICE, BOB = "str:alice", "str:bob"
PLAIN = {"P2P_Transport_ICE_Enable": 6, "TimeoutInitial": 20_000, "NagleTime": 0}
"""Every address of this machine but those of relays."""
SYMMETRIC = {**PLAIN, "SymmetricConnect": 1}


def until(condition: Callable[[], Any], what: object = "") -> Any:
    """What `condition` gives, once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what or condition}"
        time.sleep(0.002)
    return found


# --- Peers ----------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """A change of a connection."""

    connection: int
    state: str
    reason: int
    debug: str
    port: int | None
    """Virtual port of the listen socket that it came in on."""
    identity: str


class Signal(NamedTuple):
    sender: str
    connection: int
    to: str
    data: bytes


class Refusal(Exception):
    """A call raised over there."""

    def __init__(self, kind: str, words: str, connection: int) -> None:
        super().__init__(f"{kind}: {words}")
        self.kind, self.words, self.connection = kind, words, connection


class Peer:
    """A process with a library of its own; `ask` calls a method of its `Peer` (p2p_process.py)."""

    def __init__(
        self, identity: str, where: list[str], post: Callable[[Signal], None], program: Path = PROGRAM, *more: str
    ) -> None:
        self.identity = identity
        self.told: list[Told] = []
        self.messages: list[tuple[int, bytes]] = []
        self.logs: list[tuple[str, str]] = []
        self._post = post
        self._asked: deque[Future[Any]] = deque()
        self._lock = threading.Lock()
        pipe, words = subprocess.PIPE, [*where, sys.executable, str(program), identity, *more]
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)
        opened: Future[Any] = Future()
        self._asked.append(opened)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        opened.result(PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            for kind, what in json.loads(line).items():
                getattr(self, f"_on_{kind}")(what)
        while self._asked:
            self._asked.popleft().set_exception(EOFError(f"{self.identity} is gone"))

    def _on_answer(self, what: Any) -> None:
        self._asked.popleft().set_result(what)

    def _on_error(self, what: list[Any]) -> None:
        self._asked.popleft().set_exception(Refusal(*what))

    def _on_told(self, what: list[Any]) -> None:
        self.told.append(Told(*what))

    def _on_signal(self, what: list[Any]) -> None:
        self._post(Signal(self.identity, what[0], what[1], bytes.fromhex(what[2])))

    def _on_message(self, what: list[Any]) -> None:
        self.messages.append((what[0], bytes.fromhex(what[1])))

    def _on_log(self, what: list[Any]) -> None:
        self.logs.append((what[0], what[1]))

    def order(self, do: str, **arguments: Any) -> Future[Any]:
        """Asks without waiting for the answer."""
        answer: Future[Any] = Future()
        with self._lock, suppress(BrokenPipeError):
            assert self.process.stdin is not None
            self._asked.append(answer)
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
        return answer

    def ask(self, do: str, **arguments: Any) -> Any:
        return self.order(do, **arguments).result(PATIENCE)

    def now(self, connection: int) -> Told:
        """What was told of a connection last."""
        return [told for told in self.told if told.connection == connection][-1]

    def expect(self, connection: int, state: str) -> Told:
        """Waits until that was told of it."""
        return until(
            lambda: next((told for told in self.told if told[:2] == (connection, state)), None),
            f"{self.identity}'s {connection} to become {state}",
        )

    def came_in(self, port: int = 0, skip: int = 0) -> int:
        """Waits for a connection that came in there."""

        def found() -> list[int]:
            return [told.connection for told in self.told if told.port == port and told.state == "CONNECTING"][skip:]

        return until(found, f"a connection to {self.identity}")[0]

    def expect_message(self, connection: int, data: bytes) -> None:
        until(lambda: (connection, data) in self.messages, f"{data!r} for {self.identity}")

    def expect_log(self, words: str) -> str:
        """Waits for a log line of at least a warning with these words."""
        return until(
            lambda: next((text for level, text in self.logs if level in ("WARNING", "ERROR") and words in text), None),
            f"{words!r} in {self.identity}'s log",
        )

    def open_connections(self) -> set[int]:
        """Of all that were ever told, those that live."""
        handles = {told.connection for told in self.told}
        answers = {handle: self.order("state", connection=handle) for handle in handles}
        return {handle for handle, answer in answers.items() if answer.result(PATIENCE) != "NONE"}

    def end(self) -> None:
        """Lets it close its library, or does nothing when it is gone."""
        with self._lock, suppress(BrokenPipeError):
            assert self.process.stdin is not None
            self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self._thread.join()
            assert self.process.stdout is not None
            self.process.stdout.close()


# --- The post -------------------------------------------------------------------------------------------------------


@dataclass
class Weather:
    """What happens to signals on their way: shares of them, and seconds that each may be late (so they overtake)."""

    loss: float = 0.0
    double: float = 0.0
    late: float = 0.0


@dataclass
class Post:
    """Carries signals between its peers. `carries` may hold some back; all that were given to it are in `seen`."""

    where: list[str]
    weather: Weather = field(default_factory=Weather)
    seed: int = 1
    carries: Callable[[Signal], bool] = lambda signal: True
    seen: list[Signal] = field(default_factory=list)
    peers: dict[str, Peer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._due: list[tuple[float, int, Signal]] = []
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def peer(self, identity: str, where: list[str] | None = None) -> Peer:
        """A new one; `where` if not where all others are."""
        self.peers[identity] = Peer(identity, where or self.where, self._take)
        return self.peers[identity]

    def _take(self, signal: Signal) -> None:
        with self._changed:
            self.seen.append(signal)
            if not self.carries(signal):
                return
            for _ in range(2 if self._dice.random() < self.weather.double else 1):
                if self._dice.random() >= self.weather.loss:
                    due = time.monotonic() + self._dice.random() * self.weather.late
                    heapq.heappush(self._due, (due, len(self.seen), signal))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._open and not (self._due and self._due[0][0] <= time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if not self._open:
                    return
                signal = heapq.heappop(self._due)[2]
            self.deliver(signal)

    def deliver(self, signal: Signal) -> Future[Any] | None:
        """Hands a signal in, now, with its true sender."""
        peer = self.peers.get(signal.to)
        return peer and peer.order("receive", data=signal.data.hex(), sender=signal.sender)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()
        for peer in self.peers.values():
            peer.end()


# --- Two of them ------------------------------------------------------------------------------------------------------


def connected(alice: Peer, bob: Peer, port: int = 0, options: dict[str, Any] = PLAIN) -> tuple[int, int]:
    """Alice connects to Bob, who listens for it; both ends."""
    before = sum(told.port == port and told.state == "CONNECTING" for told in bob.told)
    bob.ask("listen", port=port, options=options)
    ours = alice.ask("connect", to=BOB, port=port, options=options)
    theirs = bob.came_in(port, skip=before)
    alice.expect(ours, "CONNECTED")
    bob.expect(theirs, "CONNECTED")
    return ours, theirs


def say_hello(one: Peer, ours: int, other: Peer, theirs: int) -> None:
    """A message each way."""
    for sender, end, receiver, other_end in ((one, ours, other, theirs), (other, theirs, one, ours)):
        hello = f"{sender.identity} through {end}"
        assert sender.ask("send", connection=end, data=hello) == "OK"
        receiver.expect_message(other_end, hello.encode())
