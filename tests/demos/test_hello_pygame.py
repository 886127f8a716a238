"""The hello of the README: two windows, two circles in each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygame
import pytest

from demos.arena.demo import free_port

ROOT = Path(__file__).parents[2]
HELLO = ROOT / "demos" / "hello_pygame.py"
DRIVER = Path(__file__).with_name("hello_process.py")

Process = subprocess.Popen[str]


def test_it_is_complete_in_24_lines() -> None:
    assert len(HELLO.read_text(encoding="utf-8").splitlines()) <= 24


@contextmanager
def hello(picture: Path, where: str) -> Iterator[Process]:
    child = subprocess.Popen(
        [sys.executable, str(DRIVER), str(HELLO), str(picture), where],
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


def circles(picture: Path) -> dict[str, tuple[int, int]]:
    """The middle of what is cyan and of what is orange."""
    surface = pygame.image.load(picture)
    found = {}
    for color in ("cyan", "orange"):
        mask = pygame.mask.from_threshold(surface, pygame.Color(color), (2, 2, 2, 255))
        found[color] = mask.centroid()
    return found


@pytest.mark.timeout(60)
def test_each_window_shows_two_circles_when_a_second_player_joins(tmp_path: Path) -> None:
    port = free_port()
    pictures = [tmp_path / "host.png", tmp_path / "guest.png"]
    with hello(pictures[0], f"host:{port}") as host, hello(pictures[1], f"join:127.0.0.1:{port}") as guest:
        for child in (host, guest):
            assert child.stdout is not None
            assert child.stdout.readline().startswith("two")
        for child in (guest, host):
            assert child.stdin is not None
            child.stdin.close()
            assert child.wait(20) == 0
    seen_by_host, seen_by_guest = map(circles, pictures)
    assert near(seen_by_host["cyan"], seen_by_guest["orange"]), "the host's circle is where the guest sees it"
    assert near(seen_by_host["orange"], seen_by_guest["cyan"]), "the guest's circle is where the host sees it"


def near(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Within what one circle may hide of the other."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= 6
