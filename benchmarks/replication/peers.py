"""Systems in other languages on the same trace: built when their sources changed, run as programs that print JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from .figures import Result
from .trace import Trace

SOURCES: Final = Path(__file__).parent / "peers"
BUILT: Final = Path(__file__).parents[1] / "results" / "peers"
LONGEST: Final = 900
"""Seconds that a build or a run may take."""


class Peer(NamedTuple):
    title: str
    folder: str
    tool: str
    """What builds it: cargo or npm."""

    def missing(self) -> str:
        """Why it cannot run here, or ""."""
        return "" if shutil.which(self.tool) else f"{self.tool} is not installed"

    def build(self) -> None:
        """Raises RuntimeError with the end of what the tool said."""
        source = SOURCES / self.folder
        if self.tool == "cargo":
            said = ["cargo", "build", "--release", "--quiet", "--manifest-path", str(source / "Cargo.toml")]
            _run([*said, "--target-dir", str(BUILT / self.folder)])
        else:
            copy = BUILT / self.folder
            shutil.copytree(source, copy, dirs_exist_ok=True)
            _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(copy)])

    def measure(self, trace: Trace, passes: int) -> Result:
        if self.tool == "cargo":
            command = [str(BUILT / self.folder / "release" / self.folder), str(trace.path)]
        else:
            command = ["node", str(BUILT / self.folder / "main.cjs"), str(trace.path), str(passes)]
        result: Result = json.loads(_run(command).strip().splitlines()[-1])
        return result


PEERS: Final = (
    Peer("prototype in Rust", "prototype", "cargo"),
    Peer("bevy_replicon", "replicon", "cargo"),
    Peer("Colyseus schema", "colyseus", "npm"),
)


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, env={**os.environ})
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
    return done.stdout
