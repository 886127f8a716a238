"""The stub of Steam (`stub.c`): building it, and what tests script and ask in the process that has it loaded."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("stub.c")
US = 76561197960287930
"""Who is logged in."""
FRIEND = 76561197960265729


def compiler() -> str | None:
    """A C compiler: `$CC`, else what the machine calls so."""
    return shutil.which(os.environ.get("CC", "cc"))


def build(folder: Path, *flags: str) -> Path:
    """A `libsteam_api.so` in `folder`."""
    library, found = folder / "libsteam_api.so", compiler()
    assert found is not None
    command = [found, "-std=c11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", *flags]
    subprocess.run([*command, "-o", str(library), str(SOURCE)], check=True)
    return library


class Stub:
    """The stub that this process has loaded, or loads now."""

    def __init__(self, library: str) -> None:
        self._c = ctypes.CDLL(library)
        self._c.stub_log.restype = ctypes.c_char_p
        self._c.stub_friend_connects.restype = ctypes.c_bool

    def starts_not(self, result: int, words: str) -> None:
        """From now on Init answers `result`, with those words; 0 is well."""
        self._c.stub_init(result, words.encode())

    def is_too_old(self) -> None:
        """From now on the client does not have the interface that the library wants."""
        self._c.stub_client_too_old()

    def log_in(self, steam_id: int) -> None:
        self._c.stub_user(ctypes.c_uint64(steam_id))

    def befriend(self, port: int) -> None:
        """The friend listens at that virtual port, and sends back what arrives."""
        self._c.stub_friend(ctypes.c_uint64(FRIEND), port)

    def friend_connects(self, port: int) -> bool:
        return bool(self._c.stub_friend_connects(ctypes.c_uint64(FRIEND), port))

    def friend_leaves(self, reason: int, debug: str) -> None:
        self._c.stub_friend_leaves(ctypes.c_uint64(FRIEND), reason, debug.encode())

    def authenticates(self, *statuses: int) -> None:
        """What InitAuthentication leads to, one status a step."""
        self._c.stub_authentication((ctypes.c_int * len(statuses))(*statuses), len(statuses))

    def calls(self, name: str) -> list[str]:
        """What reached Steam by calls of that name, in order: each with its arguments."""
        return [line.partition(" ")[2] for line in self.lines() if line.partition(" ")[0] == name]

    def lines(self) -> list[str]:
        return str(self._c.stub_log().decode()).splitlines()

    @property
    def alive(self) -> int:
        """Messages that were made and not released."""
        return int(self._c.stub_alive())

    @property
    def wrong(self) -> int:
        """Calls before Init, after Shutdown, with a wrong interface or with arguments that cannot be."""
        return int(self._c.stub_wrong())
