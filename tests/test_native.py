"""The native workspace's own tests, so that one summary tells all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

NATIVE: Final = Path(__file__).parent.parent / "native"


@pytest.mark.timeout(1500)  # the first run compiles
@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not on the PATH; ./dev test finds or installs it")
@pytest.mark.parametrize("crate", ["gamenet-codec", "gamenet-sockets", "gamenet-cabi"])
def test_the_crates_own_tests_pass(crate: str) -> None:
    command = ["cargo", "test", "--release", "--locked", "--quiet", "--package", crate]
    done = subprocess.run(command, cwd=NATIVE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
