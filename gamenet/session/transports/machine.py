"""Which machine this is, for participants who ask whether they share one: a number that says nothing else.

On Linux it is made of the boot's random id and the network namespace, because loopback is not shared across those. What
it is made of has 128 random bits, so that nobody finds it out by trying; salted, the same machine has another number at
each service.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import os
import sys
from contextlib import suppress
from typing import Final

SIZE: Final = 16
"""Bytes."""


def machine(salt: bytes) -> bytes:
    """This machine's number, or b"" where there is nothing to make one of: then nobody is taken to share it."""
    secret = _secret()
    return hashlib.blake2b(secret, digest_size=SIZE, key=hashlib.sha256(salt).digest()).digest() if secret else b""


def _secret() -> bytes:
    with suppress(OSError, ValueError, AttributeError):
        if sys.platform == "linux":
            return _linux()
        if sys.platform == "darwin":
            return _darwin()
        if sys.platform == "win32":
            return _windows()
    return b""


def _linux() -> bytes:
    with open("/proc/sys/kernel/random/boot_id", "rb") as boot:
        namespace = os.stat("/proc/self/ns/net")
        return b"%s %d %d" % (boot.read().strip(), namespace.st_dev, namespace.st_ino)


def _darwin() -> bytes:
    """The boot's id, as the kernel made it."""
    libc = ctypes.CDLL(ctypes.util.find_library("c"))
    room = ctypes.create_string_buffer(64)
    size = ctypes.c_size_t(len(room))
    done = libc.sysctlbyname(b"kern.bootsessionuuid", room, ctypes.byref(size), None, 0)
    return b"" if done else room.value


def _windows() -> bytes:
    """The id that Windows gave itself when it was installed."""
    import winreg

    with winreg.OpenKey(  # type: ignore[attr-defined,unused-ignore]
        winreg.HKEY_LOCAL_MACHINE,  # type: ignore[attr-defined,unused-ignore]
        r"SOFTWARE\Microsoft\Cryptography",
    ) as key:
        value, _ = winreg.QueryValueEx(key, "MachineGuid")  # type: ignore[attr-defined,unused-ignore]
    return str(value).encode()
