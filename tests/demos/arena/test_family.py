"""No process of the demo outlives it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from demos.arena.family import Family

SLEEPS = ("join:127.0.0.1:9", "--headless")  # nobody is there, so it is busy connecting


def start_in(family: Family, then: Callable[[], object]) -> None:
    with family:
        family.start(*SLEEPS)
        then()


def test_all_have_ended_when_the_block_is_left() -> None:
    with Family() as family:
        children = [family.start(*SLEEPS) for _ in range(2)]
        assert all(child.poll() is None for child in children)
    assert all(child.returncode is not None for child in children)


def test_an_error_ends_them_as_well() -> None:
    family = Family()
    with pytest.raises(ZeroDivisionError):
        start_in(family, lambda: 1 / 0)
    assert family.children[0].returncode is not None


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_block_and_ends_them(number: signal.Signals) -> None:
    before, family = signal.getsignal(number), Family()
    with pytest.raises(SystemExit) as left:
        start_in(family, lambda: os.kill(os.getpid(), number))
    assert left.value.code == 128 + number
    assert family.children[0].returncode is not None
    assert signal.getsignal(number) is before


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_signal_while_one_is_being_started_loses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    family, real = Family(), sys.modules["subprocess"].Popen

    def interrupted(*args: object, **more: object) -> object:
        child = real(*args, **more)  # type: ignore[call-overload]
        os.kill(os.getpid(), signal.SIGINT)
        return child

    monkeypatch.setattr("subprocess.Popen", interrupted)
    with pytest.raises(SystemExit):
        start_in(family, lambda: None)
    assert [child.returncode is not None for child in family.children] == [True]
