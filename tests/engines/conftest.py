"""Where arcade finds OpenGL: a process of its own for each scene, without a screen (EGL) or on one of Xvfb's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NEEDS = "libegl1 libgl1 libgl1-mesa-dri libx11-6 libxrender1 libfreetype6 libfontconfig1 xvfb"  # as ./dev has them
Stage = Callable[[str], Any]
"""Plays a scene of scenes.py by its name; what it returned."""


def import_arcade() -> Any:
    """arcade, in this process and so that it wants no screen; or the module that asks is skipped, with the reason."""
    before = os.environ.get("ARCADE_HEADLESS")
    os.environ["ARCADE_HEADLESS"] = "1"
    try:
        import arcade
    except Exception as problem:
        pytest.skip(f"arcade cannot be imported here ({problem})", allow_module_level=True)
    finally:
        if before is None:
            del os.environ["ARCADE_HEADLESS"]
        else:
            os.environ["ARCADE_HEADLESS"] = before
    return arcade


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "ARCADE_HEADLESS")}
    return {**kept, "LIBGL_ALWAYS_SOFTWARE": "1", **more}


def _play(name: str, environment: dict[str, str]) -> Any:
    command = [sys.executable, "-W", "error", "-m", "tests.engines.scenes", name]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _stage(environment: dict[str, str]) -> Stage:
    """Skips, with the reason, where no window can be made at all."""
    if find_spec("arcade") is None:
        pytest.skip("arcade is not installed")
    command = [sys.executable, "-c", "import arcade; arcade.Window(64, 64)"]
    tried = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    if tried.returncode:
        why = (tried.stderr.strip().splitlines() or ["it said nothing"])[-1]
        pytest.skip(f"arcade opens no window here ({why}); on Debian it needs {NEEDS}")
    return lambda name: _play(name, environment)


@pytest.fixture(scope="session")
def headless_environment() -> dict[str, str]:
    return _environment(ARCADE_HEADLESS="1")


@pytest.fixture(scope="session")
def headless(headless_environment: dict[str, str]) -> Stage:
    """Scenes with `ARCADE_HEADLESS`."""
    return _stage(headless_environment)


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen of Xvfb's, by name."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip(f"Xvfb is not installed; on Debian the tests of windows need {NEEDS}")
    reading, writing = os.pipe()
    command = [server, "-displayfd", str(writing), "-screen", "0", "1280x720x24", "-nolisten", "tcp"]
    running = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as said:
            number = said.readline().strip()
        if not number:
            pytest.skip("Xvfb did not start")
        yield f":{number}"
    finally:
        running.terminate()
        running.wait(20)


@pytest.fixture(scope="session")
def windowed(display: str) -> Stage:
    """Scenes in windows on a screen."""
    return _stage(_environment(DISPLAY=display))
