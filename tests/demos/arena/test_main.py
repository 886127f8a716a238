"""The command line, as it is typed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demos.arena.demo import free_port

ROOT = Path(__file__).parents[3]


def arena(*words: str, cwd: Path = ROOT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demos.arena", *words],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_bots_without_a_network_are_refused_with_advice() -> None:
    with arena("solo", "--bots", "2") as child:
        _, errors = child.communicate(timeout=30)
    assert child.returncode == 2 and "say host, serve or join" in errors


def test_help_shows_every_way_to_start() -> None:
    with arena("--help") as child:
        words, _ = child.communicate(timeout=30)
    assert all(word in words for word in ("--demo", "serve", "join:", "--bots", "--headless", "--screenshot"))


@pytest.mark.timeout(60)
def test_a_player_alone_gets_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "alone.png"
    with arena("solo", "--pilot", "--seconds", "2", "--screenshot", str(picture), "--report") as child:
        words, errors = child.communicate(timeout=50)
    assert child.returncode == 0, errors
    assert picture.stat().st_size > 10_000 and '"moved"' in words


@pytest.mark.timeout(60)
def test_a_server_with_bots_ends_well_when_it_is_told(tmp_path: Path) -> None:
    with arena(f"serve:{free_port()}", "--bots", "2") as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline().startswith("arena: serve")
            child.send_signal(signal.SIGTERM)
            _, errors = child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode == 0, errors


@pytest.mark.parametrize("where", ["dance", "join:", "join:127.0.0.1:99999"])
def test_a_place_that_cannot_be_is_a_sentence_not_a_traceback(where: str) -> None:
    with arena(where, "--headless") as child:
        _, errors = child.communicate(timeout=30)
    assert child.returncode == 1 and errors.startswith("arena: ") and "Traceback" not in errors
