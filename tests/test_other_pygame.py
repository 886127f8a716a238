"""pygame and pygame-ce overwrite each other's files: the engine's tests run once more where pygame itself is."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PYTHON: Final = ROOT / ".venv-pygame" / "bin" / "python"


@pytest.mark.skipif(not PYTHON.exists(), reason="./dev test makes .venv-pygame, where pygame is installed")
@pytest.mark.timeout(600)
def test_the_engine_works_with_pygame_itself() -> None:
    which = [str(PYTHON), "-c", "import pygame; print(pygame.version.ver, getattr(pygame, 'IS_CE', 0))"]
    done = subprocess.run(which, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["2.6.1", "0"]

    engine = [str(PYTHON), "-m", "pytest", "tests/engines", "-q", "-p", "no:cacheprovider"]
    tests = subprocess.run(engine, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tests.returncode == 0, tests.stdout + tests.stderr
