"""Every exported function under random arguments, from Python; native/cabi/tests/fuzz does it from Rust, and longer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HEADER = HERE.parent.parent / "native" / "cabi" / "gamenet.h"
APART = {"gn_panic", "gn_last_error", "gn_sockets_left_behind", "gn_sockets_open", "gn_sockets_close"}
CALLS = int(os.environ.get("GAMENET_FUZZ", "12000"))
SEED = os.environ.get("GAMENET_FUZZ_SEED", "1")
PATIENCE = 150 + CALLS / 100


@pytest.mark.timeout(PATIENCE + 30)
def test_no_exported_function_can_be_crashed_from_python_and_the_library_works_when_it_is_over() -> None:
    command = [sys.executable, "-X", "faulthandler", str(HERE / "fuzz_process.py"), str(CALLS), SEED]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.stderr, done.returncode) == ("", 0)
    tally = json.loads(done.stdout)
    assert set(tally) == set(re.findall(r"\b(gn_\w+)\(", HEADER.read_text())) - APART
    assert sum(map(sum, tally.values())) == CALLS
    assert sum(values > 0 for values, _ in tally.values()) > len(tally) / 2, "most did something"
    assert sum(faults > 0 for _, faults in tally.values()) > len(tally) / 2, "and most refused something"
