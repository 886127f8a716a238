"""The fixture that pytest finds by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gamenet as gn

class Den(gn.Room):
    depth: int = 3

class Wolf(gn.Entity, authority="owner"):
    x: float = 0.0

labs = []

def test_with_the_classes_of_this_module(net_lab):
    lab = net_lab(clients=1, link="fair")
    labs.append(lab)
    wolf = lab.clients[0].spawn(Wolf(x=2.0))
    lab.until(lambda: lab.host.get(wolf))

def test_two_at_once_and_with_a_room(net_lab):
    one, other = net_lab(clients=1, room=Den), net_lab(clients=2, seed=4, room=Den)
    labs.extend([one, other])
    assert [net.room.depth for lab in (one, other) for net in lab.sessions] == [3] * 5

def test_that_they_were_closed():
    assert len(labs) == 3
    assert {net.state for lab in labs for net in lab.sessions} == {"closing"}
"""


def test_the_fixture_is_found_makes_labs_of_the_tests_own_classes_and_closes_them(tmp_path: Path) -> None:
    test = tmp_path / "test_wolves.py"
    test.write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr
