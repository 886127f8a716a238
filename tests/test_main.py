"""The command line of `python -m gamenet`."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gamenet
from gamenet.__main__ import main


def test_alone_it_prints_the_report() -> None:
    done = subprocess.run([sys.executable, "-m", "gamenet"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gamenet")
    assert gamenet.__version__ in done.stdout.splitlines()[0]
    assert "Python" in done.stdout


def test_help_lists_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "report" in capsys.readouterr().out


def test_an_unknown_word_is_answered_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reprot"]) == 2
    told = capsys.readouterr().err
    assert "'reprot'" in told
    assert [line.split()[0] for line in told.splitlines()[2:]] == ["report", "rendezvous", "help"]


def test_an_argument_too_many_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "now"]) == 2
    assert "'now'" in capsys.readouterr().err
