"""Where peers can meet that look for each other's addresses: a machine of their own, if the system has one to give."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

ADDRESS = "10.77.0.1"
"""Of the machine of their own."""
_LOOPBACK = "ip link set lo up"
_ADDRESS = (
    f"ip link add p2p0 type veth peer name p2p1 && ip address add {ADDRESS}/24 dev p2p0 && "
    "ip link set p2p0 up && ip link set p2p1 up"
)


@contextmanager
def namespace(*, only_loopback: bool = False) -> Iterator[list[str] | None]:
    """Words before a command that let it run in a network of its own; None where the system has none to give."""
    setup = _LOOPBACK if only_loopback else f"{_LOOPBACK} && {_ADDRESS}"
    if not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        yield None
        return
    pipe, words = subprocess.PIPE, ["unshare", "-Urn", "sh", "-c", f"{setup} && echo up && exec cat"]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as holder:
        assert holder.stdout is not None
        up = holder.stdout.readline() == "up\n"
        yield ["nsenter", "-t", str(holder.pid), "-U", "-n", "--preserve-credentials"] if up else None


@contextmanager
def machine() -> Iterator[list[str]]:
    """Where peers can meet: the library looks for addresses that are not loopback.

    A network namespace if the system lets us, else this machine itself: packets to its own address do not leave it.
    """
    with namespace() as words:
        if words is None and not _has_an_address():
            pytest.skip(
                "peers meet at addresses that are not loopback: this machine has none, and no network namespaces"
            )
        yield words or []


def _has_an_address() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return not str(probe.getsockname()[0]).startswith(("127.", "169.254."))
    return False
