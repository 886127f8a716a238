"""The demo on one machine without a display, whole and interrupted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pygame
import pytest

from demos.arena.demo import free_port, has_display

ROOT = Path(__file__).parents[3]
HEADLESS = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}


def demo(cwd: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demos.arena", "--demo", *words],
        cwd=cwd,
        env=HEADLESS | {"PYTHONPATH": str(ROOT), "SDL_VIDEODRIVER": "dummy"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def members(group: int) -> list[int]:
    """The processes of a session that are alive, from Linux's list of all."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it ended while we read
        if int(session) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.timeout(120)
def test_each_window_sees_the_others_ship_move_and_there_is_a_picture(tmp_path: Path) -> None:
    with demo(tmp_path, "--seconds", "5") as child:
        words, errors = child.communicate(timeout=110)
    assert child.returncode == 0, words + errors
    assert words.count("Player 1") >= 2 and words.count("Player 2") >= 2
    picture = pygame.image.load(tmp_path / "demo.png")
    assert picture.get_width() >= 600 and len({tuple(picture.get_at((x, 300))) for x in range(600)}) > 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's list of processes")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path, "--seconds", "100") as child:
        try:
            while len(members(child.pid)) < 5:
                assert child.poll() is None
            os.kill(child.pid, number)
            child.communicate(timeout=60)
            assert child.returncode not in (0, None)
            assert members(child.pid) == []
        finally:
            for pid in members(child.pid):
                os.kill(pid, signal.SIGKILL)


def test_a_free_port_can_be_had() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", free_port()))


def test_sdls_dummy_driver_counts_as_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert not has_display()
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_display()
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert has_display() == (not sys.platform.startswith("linux"))
