"""The whole thing on one machine: a server, two windows beside each other and some bots, each in its own process.

Where there is no display the windows draw on SDL's dummy driver, bots fly both ships, and after some seconds there is a
picture of what player 1 saw. Either way the end says who saw what.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from .family import Child, Family

_SECONDS: Final = 8.0  # how long it runs where nobody watches
_MOVED: Final = 60.0  # px that the other player's ship must have moved to count as seen moving
_PLAYERS: Final = (("Player 1", "left"), ("Player 2", "right"))


def show(bots: int, seconds: float = 0, picture: str = "") -> int:
    """Runs the demo.

    Args:
        bots: how many, besides the two players.
        seconds: when to end; 0: when the windows are closed, without a display after some seconds.
        picture: the file for player 1's picture; without a display always one, `demo.png` unless said.

    Returns:
        The exit code; without a display 0 only if each window really saw the other player's ship move.
    """
    watched = has_display()
    if not watched:
        seconds, picture = seconds or _SECONDS, picture or "demo.png"
        os.environ |= {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
    with Family() as family:
        port = free_port()
        server = family.start(f"serve:{port}")
        if not _answers(server):
            print("demo: the server did not start", file=sys.stderr)
            return 1
        where = f"join:127.0.0.1:{port}"
        family.start(where, "--headless", "--name=Ada", f"--bots={bots - 1}", "--seed=1")
        windows = [
            family.start(where, "--report", *_window(number, watched, seconds and seconds + number, picture))
            for number in range(len(_PLAYERS))  # player 1 ends first, so that the picture has everybody
        ]
        reports = [_report(window) for window in windows]
    for report in reports:
        print(*_lines(report), sep="\n")
    if picture and Path(picture).exists():
        print(f"what {_PLAYERS[0][0]} saw last is in {picture}")
    return 0 if watched or _saw_each_other(reports) else 1


def has_display() -> bool:
    """Whether windows would be seen: on Linux there must be a display server; elsewhere there always is one."""
    if os.environ.get("SDL_VIDEODRIVER") in ("dummy", "offscreen"):
        return False
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def free_port() -> int:
    """A UDP port that nobody has at the moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# ------------------------------------------------------------------------------------------------------------ children
def _window(number: int, watched: bool, seconds: float, picture: str) -> list[str]:
    """The words for one player's window."""
    name, side = _PLAYERS[number]
    words = [f"--name={name}", f"--window={side}", f"--seconds={seconds}", f"--seed={100 + number}"]
    if not watched:
        words.append("--pilot")
    if number == 0 and picture:
        words.append(f"--screenshot={picture}")
    return words


def _answers(child: Child) -> bool:
    """Waits for the first line of a child; False when it ends without one."""
    assert child.stdout is not None
    return bool(child.stdout.readline())


# ------------------------------------------------------------------------------------------------------------- reports
def _report(window: Child) -> dict[str, Any]:
    """What a window says at its end; empty when it ended badly."""
    assert window.stdout is not None
    lines = window.stdout.read().splitlines()
    report: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return report


def _lines(report: dict[str, Any]) -> Iterator[str]:
    """A report for people."""
    if not report:
        yield "a window ended without a word"
        return
    ending = f", {report['problem']}" if report["problem"] else ""
    line = f"{report['state']}, ping {report['ping'] * 1000:.1f} ms, {report['frames']} frames{ending}"
    yield f"{report['name']} ({line}) saw:"
    for ship in sorted(report["ships"], key=lambda ship: -float(ship["score"])):
        about = f"moved {ship['moved']:5.0f} px in {ship['frames']:4} frames, score {ship['score']:3}"
        yield f"    {ship['name']:<16} {about}{'  (own)' if ship['name'] == report['name'] else ''}"


def _saw_each_other(reports: Sequence[dict[str, Any]]) -> bool:
    """Whether on each screen the other's ship moved."""
    return all(
        report.get("name") and _moved(report, {str(other.get("name")) for other in reports} - {report["name"]})
        for report in reports
    )


def _moved(report: dict[str, Any], names: set[str]) -> bool:
    """Whether all these ships moved on the screen of that report."""
    return names <= {ship["name"] for ship in report["ships"] if ship["moved"] >= _MOVED}
