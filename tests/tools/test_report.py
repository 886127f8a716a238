"""The environment report."""

from __future__ import annotations

import subprocess
import sys

from gamenet.tools import report as module
from gamenet.tools.report import report

HERE = {"pygame-ce": "2.5.8", "cffi": "2.0", "msgpack": "1.1", "typing_extensions": "4.12"}


def test_it_names_versions_and_engines() -> None:
    text = str(report(HERE.get, fault=str))
    assert "pygame-ce 2.5.8" in text
    assert "msgpack 1.1" in text
    assert "1.6.0, loads" in text
    assert "Warning" not in text


def test_it_warns_when_both_pygames_are_installed() -> None:
    both = {**HERE, "pygame": "2.6.1"}
    (warning,) = report(both.get, fault=str).warnings
    assert "pygame and pygame-ce are both installed" in warning
    assert "pip uninstall" in warning


def test_it_says_why_the_native_part_does_not_load() -> None:
    found = report(HERE.get, fault=lambda: "libprotobuf.so.32: cannot open shared object file")
    assert found.facts["GameNetworkingSockets"] == "1.6.0, does not load"
    assert "libprotobuf" in str(found).split("Warning")[1]


def test_it_says_what_is_missing() -> None:
    facts = report(lambda name: None, fault=str).facts
    assert facts["Engines"].startswith("none")
    assert "msgpack missing" in facts["Packages"]


def test_an_unknown_package_has_no_version() -> None:
    assert module.installed("there-is-no-such-distribution") is None
    assert module.installed("pytest") is not None


def test_it_imports_no_engine() -> None:
    program = "import sys; from gamenet.tools.report import report; report(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"pygame", "arcade", "pyglet"} & set(done.stdout.split())
