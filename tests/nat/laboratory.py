"""A laboratory of routers: network namespaces that are an internet with a server and two homes.

    a ──(lan)── router-a ──(wan)── internet ──(wan)── router-b ──(lan)── b
                                      │
                                    server

A home of kind "none" has no router; routers.py says what the others do. No namespace has a way out of the laboratory.

All of it belongs to one process, the holder: a shell in a user namespace of its own, which needs no rights. It ends
when its standard input does, and what was started inside when its parent does: however the tests end, nothing is left
behind.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from types import TracebackType
from typing import Any, Final

from typing_extensions import Self

from tests.nat.plan import Plan
from tests.nat.routers import chain, table

TOOLS: Final = ("unshare", "nsenter", "setpriv", "ip", "nft", "sysctl")
PATIENCE: Final = 10.0
"""Seconds for a program to end that was asked to."""

_OPEN_SOCKET: Final = """
import socket, sys
family, host, port, channel = sys.argv[1:]
made = socket.socket(int(family), socket.SOCK_DGRAM)
made.bind((host, int(port)))
socket.send_fds(socket.socket(fileno=int(channel)), [b"here"], [made.fileno()])
"""
_DIRECT: Final = ('iifname "to-a" oifname "to-b" drop', 'iifname "to-b" oifname "to-a" drop')
_TO_SERVER: Final = ('iifname "to-server" drop', 'oifname "to-server" drop')


class Laboratory:
    """A `with` block builds it and takes it down, with all that was started in it.

    Places are "a", "b", "server", "internet", and "router-a" and "router-b" where there are such.
    """

    def __init__(self, a: str = "cone", b: str = "cone", *, ipv6: bool = False, one_home: bool = False) -> None:
        self.plan: Final = Plan(a, b, ipv6, one_home)
        self._ended = ExitStack()
        self._holder = 0

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._holder = undo.enter_context(_holder("\n".join(self.plan.lines())))
            self._ended = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._ended.close()

    # What runs in it

    def words(self, place: str) -> list[str]:
        """Words before a command that let it run there."""
        holder = f"/proc/{self._holder}"
        net = f"{holder}/ns/net" if place == "internet" else f"{holder}/root/run/netns/{place}"
        return ["nsenter", "-t", str(self._holder), "-U", "--preserve-credentials", f"--net={net}"]

    def run(self, place: str, *command: str, text: str = "") -> str:
        """What a command prints that ends by itself.

        Args:
            text: its standard input.
        """
        done = subprocess.run([*self.words(place), *command], input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} in {place}: {done.stderr.strip()}")
        return done.stdout

    def serve(self, place: str, *command: str, **how: Any) -> subprocess.Popen[str]:
        """A program that runs until the laboratory ends, or `stop` ends it; what it prints is to be read.

        It is killed with the thread that started it.

        Args:
            how: for Popen.
        """
        words = [*self.words(place), "setpriv", "--pdeathsig", "KILL", *command]
        how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, **how}
        child: subprocess.Popen[str] = subprocess.Popen(words, **how)
        self._ended.callback(stop, child)
        return child

    def socket(self, place: str, port: int, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
        """A UDP socket in that place, for this process; the caller closes it."""
        everywhere = "0.0.0.0" if family == socket.AF_INET else "::"
        near, far = socket.socketpair()
        with near, far:
            words = [sys.executable, "-c", _OPEN_SOCKET, str(int(family)), everywhere, str(port), str(far.fileno())]
            subprocess.run([*self.words(place), *words], pass_fds=[far.fileno()], check=True)
            _, (handle,), _, _ = socket.recv_fds(near, 16, 1)
        return socket.socket(fileno=handle)

    # What goes wrong

    def cut_direct(self) -> None:
        """Nothing passes between the two homes any more; both still reach the server."""
        self._cut("direct", _DIRECT)

    def cut_server(self) -> None:
        """Nobody reaches the server any more."""
        self._cut("server", _TO_SERVER)

    def _cut(self, name: str, rules: tuple[str, ...]) -> None:
        cut = table("inet", f"cut-{name}", chain("passing", "filter hook forward priority filter", rules))
        self.run("internet", "nft", "-f", "-", text=cut)

    def heal(self, name: str) -> None:
        """Ends a cut: "direct" or "server"."""
        self.run("internet", "nft", "delete", "table", "inet", f"cut-{name}")


def stop(child: subprocess.Popen[str]) -> None:
    """Ends what `Laboratory.serve` started; does nothing when it has ended."""
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


@cache
def why_not() -> str:
    """Why this system has no laboratory to give; "" where it has one."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"a laboratory of routers needs {', '.join(TOOLS)}; not found: {', '.join(missing)}"
    try:
        with _holder("mount -t tmpfs none /run; mkdir /run/netns; ip netns add one; nft add table ip one"):
            return ""
    except RuntimeError as refusal:
        return f"this system lets nobody make network namespaces: {refusal}"


@contextmanager
def _holder(plan: str) -> Iterator[int]:
    """The process that owns the namespaces, once the plan is carried out; they go with it.

    Raises:
        RuntimeError: a line of the plan failed, and what it said.
    """
    pipe, words = subprocess.PIPE, ["unshare", "-Urnm", "sh", "-ec", f"{plan}\necho up\nread _"]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as holder:
        assert holder.stdin is not None and holder.stdout is not None and holder.stderr is not None
        if holder.stdout.readline() != "up\n":
            raise RuntimeError(holder.stderr.read().strip() or "it did not say why")
        try:
            yield holder.pid
        finally:
            holder.stdin.close()
