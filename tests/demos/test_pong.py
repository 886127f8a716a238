"""Pong, alone and for two: few lines more, and the same court in both windows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demos.arena.demo import free_port

ROOT = Path(__file__).parents[2]
SINGLE, MULTI = ROOT / "demos" / "pong_single.py", ROOT / "demos" / "pong.py"
DRIVER = Path(__file__).with_name("pong_process.py")
LEFT, RIGHT, HEIGHT, TALL = 10, 618, 480, 80

Process = subprocess.Popen[str]


def lines(file: Path) -> int:
    return sum(bool(line.strip()) for line in file.read_text(encoding="utf-8").splitlines())


def test_a_game_for_one_becomes_one_for_two_with_at_most_six_lines_more() -> None:
    assert lines(SINGLE) < lines(MULTI) <= lines(SINGLE) + 6
    assert lines(MULTI) == lines(SINGLE) + 5, "the README says five"


@contextmanager
def pong(file: Path, key: str, paddles: int, *where: str) -> Iterator[Process]:
    child = subprocess.Popen(
        [sys.executable, str(DRIVER), str(file), key, str(paddles), *where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            assert stream is not None
            stream.close()


def seen_by(child: Process) -> dict[str, Any]:
    assert child.stdout is not None
    seen: dict[str, Any] = json.loads(child.stdout.readline())
    return seen


def close_window(child: Process) -> None:
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(20) == 0


@pytest.mark.timeout(90)
def test_alone_there_are_one_paddle_and_a_ball_that_moves() -> None:
    with pong(SINGLE, "down", 1) as game:
        seen = seen_by(game)
        close_window(game)
    assert seen["paddles"] == [[LEFT, HEIGHT - TALL, 12, TALL]]
    assert len(seen["balls"]) >= 5


@pytest.mark.timeout(90)
def test_two_windows_show_both_paddles_where_their_players_moved_them_and_one_moving_ball() -> None:
    port = free_port()
    with (
        pong(MULTI, "up", 2, f"host:{port}") as host,
        pong(MULTI, "down", 2, f"join:127.0.0.1:{port}") as guest,
    ):
        both = [seen_by(host), seen_by(guest)]
        for child in (guest, host):
            close_window(child)
    for seen in both:
        assert seen["paddles"] == [[LEFT, 0, 12, TALL], [RIGHT, HEIGHT - TALL, 12, TALL]]
        assert len(seen["balls"]) >= 5
        assert seen["caption"] == "pong: joined"
