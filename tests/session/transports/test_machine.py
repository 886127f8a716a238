"""Which machine this is."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from gamenet.session.transports.machine import SIZE, machine

PROGRAM = "from gamenet.session.transports.machine import machine; print(machine(b'salt').hex())"


def of_another_process(*before: str) -> bytes:
    done = subprocess.run([*before, sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return bytes.fromhex(done.stdout)


def test_all_processes_of_a_machine_have_the_same_number() -> None:
    assert machine(b"salt") == of_another_process() and len(machine(b"salt")) == SIZE


def test_at_another_service_it_is_another_number() -> None:
    assert machine(b"salt") != machine(b"pepper")


def test_another_network_namespace_is_another_machine() -> None:
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("network namespaces are Linux's")
    before = "unshare", "-Urn"
    if subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("this system makes no network namespaces")
    assert of_another_process(*before) != machine(b"salt")


def test_where_nothing_is_known_nobody_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    assert machine(b"salt") == b""
