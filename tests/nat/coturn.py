"""A TURN server at the laboratory's server: Debian's coturn, with the settings that docs/nat.md shows."""

from __future__ import annotations

import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.nat.laboratory import Laboratory, stop
from tests.nat.plan import SERVER
from tests.nat.routers import TURN_PORT
from tests.pages import DOCS

PATIENCE: Final = 20.0
PAGE: Final = DOCS / "nat.md"
WITHOUT_COTURN: Final = "" if shutil.which("turnserver") else "relays need Debian's coturn: turnserver was not found"
_COOKIE: Final = 0x2112A442
_ALLOCATE: Final = struct.pack("!HHI12s", 0x0003, 0, _COOKIE, b"anybody home")


def settings() -> str:
    """The page's turnserver.conf."""
    found = re.search(r"^```ini\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"{PAGE.name} shows no turnserver.conf"
    return found[1]


def secret() -> str:
    """The one of the page."""
    found = re.search(r"^static-auth-secret=(.+)$", settings(), re.MULTILINE)
    assert found
    return found[1]


@contextmanager
def coturn(lab: Laboratory, *more: str) -> Iterator[subprocess.Popen[str]]:
    """It answers in this block.

    Args:
        more: lines of its settings, beyond the page's.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log.txt").open("w+") as log:
        config = Path(folder, "turnserver.conf")
        config.write_text(settings() + "\n".join([*more, f"pidfile={folder}/pid", f"userdb={folder}/db", ""]))
        words = ["turnserver", "-c", str(config), "--log-file", "stdout", "--simple-log"]
        running = lab.serve("server", *words, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_until_it_answers(lab, running, Path(log.name))
            yield running
        finally:
            stop(running)


def _wait_until_it_answers(lab: Laboratory, running: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    with lab.socket("server", 0) as asking:
        asking.settimeout(0.05)
        while not _answers(asking):
            good = running.poll() is None and time.monotonic() < deadline
            assert good, f"turnserver does not answer: {log.read_text()[-2000:]}"


def _answers(asking: socket.socket) -> bool:
    """Whether it says anything to a request without a password."""
    asking.sendto(_ALLOCATE, (SERVER, TURN_PORT))
    try:
        return bool(asking.recv(2048))
    except OSError:  # nothing within 0.05 s, or a port that nobody listens on
        return False
