"""The loop without an engine: pumps at its rate, and says goodbye when it is asked to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gamenet as gn
from gamenet.engines.headless import run

ROOT = Path(__file__).parents[2]


def after_frames(net: gn.Session[Any], count: int, do: Callable[[], object]) -> None:
    """Calls `do` at the end of the frame with that number."""
    frames = 0

    def one() -> None:
        nonlocal frames
        frames += 1
        if frames == count:
            do()

    net._after_frame(one)


def test_it_runs_until_the_session_is_closed_from_inside() -> None:
    net, reasons = gn.solo(), list[str]()
    net.on("closed")(reasons.append)
    after_frames(net, 5, net.close)
    run(net, rate=1000)
    assert net.state == "closed" and net.problem == "" and reasons == ["The session was closed."]


def test_several_sessions_run_until_the_last_one_is_closed() -> None:
    first, second, states = gn.solo(), gn.solo(), list[str]()
    after_frames(first, 2, first.close)
    after_frames(second, 9, lambda: (states.append(first.state), second.close()))
    run(first, second, rate=1000)
    assert states == ["closed"] and second.state == "closed"


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_none_is_refused_with_its_unit(rate: float) -> None:
    with pytest.raises(ValueError, match="frames a second"):
        run(gn.solo(), rate=rate)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_says_goodbye_before_the_program_ends(number: signal.Signals) -> None:
    program = (
        "import gamenet as gn\n"
        "from gamenet.engines.headless import run\n"
        "net = gn.solo()\n"
        "net.on('joined')(lambda: print('ready', flush=True))\n"
        "net.on('closed')(lambda reason: print('goodbye', flush=True))\n"
        "run(net)\n"
        "print(net.state)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(number)
        rest, _ = child.communicate(timeout=20)
    finally:
        child.kill()
        child.wait()
    assert rest.split() == ["goodbye", "closed"] and child.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_second_signal_ends_a_goodbye_that_takes_too_long() -> None:
    program = (
        "import time, gamenet as gn\n"
        "from gamenet.engines.headless import run\n"
        "net = gn.solo()\n"
        "net.on('joined')(lambda: print('ready', flush=True))\n"
        "net.on('closed')(lambda reason: (print('goodbye', flush=True), time.sleep(600)))\n"
        "run(net)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        for word in ("ready\n", "goodbye\n"):
            assert child.stdout.readline() == word
            child.send_signal(signal.SIGTERM)
        assert child.wait(20) == -signal.SIGTERM
    finally:
        child.kill()
        child.communicate()


def test_signal_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    net = gn.solo()
    during: list[Any] = []
    after_frames(net, 2, lambda: (during.append(signal.getsignal(signal.SIGINT)), net.close()))
    run(net, rate=1000)
    assert during != [before[0]]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_it_also_runs_beside_the_main_thread_where_no_signal_arrives() -> None:
    net = gn.solo()
    after_frames(net, 3, net.close)
    thread = threading.Thread(target=run, args=(net,), kwargs={"rate": 1000})
    thread.start()
    thread.join(20)
    assert not thread.is_alive() and net.state == "closed"
