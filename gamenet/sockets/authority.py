"""An authority of a game's own: it says who is who, by certificates that others can check.

It needs no open library and no network: it runs where its key is safe (a login server, a tool of the developer's), and
requests and certificates are carried to it and back as bytes, by whatever the game has. docs/sockets/authentication.md
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Any, Final, NoReturn

from typing_extensions import Self

from gamenet import _bridge
from gamenet._bridge import check, ffi, lib
from gamenet.errors import InvalidCertificate, UnsafeKey

from . import info as _info
from . import messages as _messages
from .arguments import utf8

_ROOM: Final = 4096
"""More bytes than any key, root or certificate has."""
_DAY: Final = 86_400.0
_MOST_DAYS: Final = 24_855
"""68 years: the library counts the seconds that are left in 32 bits."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Authority:
    """Who holds it decides who is who. Made by `generate()` or `load()`; the key never leaves it but by `save()`."""

    __slots__ = ("_native",)
    _native: Any

    def __init__(self) -> None:
        raise TypeError("an Authority is made by Authority.generate() or Authority.load(path)")

    @classmethod
    def generate(cls) -> Self:
        """A new one, with a key that nobody else has. `save()` it, or nobody will have it again."""
        out = ffi.new("GnAuthority **")
        check(lib.gn_sockets_authority_generate(out))
        return cls._holding(out[0])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The one whose key `save()` wrote to `path`.

        Raises:
            UnsafeKey: others than its owner may read or change that file.
            InvalidCertificate: what stands there is no such key.
            OSError: the file cannot be read.
        """
        out, path = ffi.new("GnAuthority **"), _path(path)
        with open(path, "rb", buffering=0) as file, _wiped() as room:
            _require_private(file.fileno(), path)
            size = file.readinto(ffi.buffer(room))
            check(lib.gn_sockets_authority_read(room, size or 0, out))
        return cls._holding(out[0])

    @classmethod
    def _holding(cls, native: Any) -> Self:
        made = cls.__new__(cls)
        made._native = _bridge.hold(native, "gn_sockets_authority_destroy")
        return made

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the private key to a new file, which its owner alone may read from the first moment on (mode 600).

        It is PKCS#8 in PEM: `openssl pkey -in path` reads it. Who has the file can be anybody: keep it where players
        and backups do not reach, and give out `root` alone.

        Raises:
            FileExistsError: there is a file already. It is left as it is: if there is a key in it, every certificate
                and root of that one would be lost.
            OSError: the file cannot be written; nothing is left of it then.
        """
        path = _path(path)
        file = _new_file(path)
        try:
            with os.fdopen(file, "wb", buffering=0) as out, _wiped() as room:
                size = check(lib.gn_sockets_authority_write(self._native, room, _ROOM))
                if out.write(ffi.buffer(room, size)) != size:
                    raise OSError(errno.ENOSPC, "only a part of the key fits there", str(path))
                os.fsync(out.fileno())
        except BaseException:
            os.unlink(path)
            raise

    @property
    def root(self) -> str:
        """What others need in order to `trust()` this authority: its public half as text. Build it into the game."""
        room = ffi.new("char[]", _ROOM)
        check(lib.gn_sockets_authority_root(self._native, room, _ROOM))
        return _info.text(room)

    def issue(self, request: bytes, days: float = 1, identity: str | None = None) -> bytes:
        """A certificate for who made `request`, to be given to their `set_certificate()`.

        The request proves nothing: whoever asks may write any name into it. So find out first who is asking, by a
        password, an account, an invitation, and say it as `identity`.

        Args:
            request: what their `certificate_request()` gave.
            days: how long it is good from now on, 68 years at most; a fraction will do. There is no calling it back, so
                make it short.
            identity: who they are, as in `"str:alice"`. When the request names somebody, it must be the same one. None
                signs whatever name the request has.

        Raises:
            InvalidCertificate: the bytes are no request, it is another one's, it names nobody and neither do you, or
                that many days are impossible.
            TypeError: an argument of another type.
        """
        if identity is not None and not isinstance(identity, str):
            raise TypeError(f"identity must be a str, as in 'str:alice', or None, not {type(identity).__name__}")
        if not isinstance(days, (int, float)) or isinstance(days, bool):
            raise TypeError(f"days must be a number, not {type(days).__name__}")
        if not 0 < days < _MOST_DAYS:
            raise InvalidCertificate(f"days must be more than 0 and less than {_MOST_DAYS}, not {days}")
        body, room = _messages.payload(request, "request"), ffi.new("uint8_t[]", _ROOM)
        who = ffi.NULL if identity is None else ffi.new("char[]", utf8(identity, "identity", InvalidCertificate))
        seconds = float(days) * _DAY
        size = lib.gn_sockets_authority_issue(self._native, body, len(body), who, seconds, room, _ROOM)
        return bytes(ffi.buffer(room, check(size)))

    def __repr__(self) -> str:
        number = ffi.new("uint64_t *")
        check(lib.gn_sockets_authority_id(self._native, number))
        return f"<Authority {number[0]:016x}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Authority is a private key: it is neither pickled nor copied. Use save() and load()")


def _new_file(path: str) -> int:
    """A file that was not there, open to be written; its owner alone may read it."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError:
        raise FileExistsError(
            f"{path} exists already, and save() replaces no file: if there is a key in it, every certificate and root "
            "of that one would be lost. Use it with Authority.load(path), or save this one elsewhere"
        ) from None


def _path(path: object) -> str:
    """`path` as a str; a number would be taken for an open file."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a str or a Path, not {type(path).__name__}")
    try:
        plain = os.fsencode(path)
    except UnicodeEncodeError:
        raise ValueError(f"path {path!a:.80} has half a character in it, which no file's name can have") from None
    if b"\0" in plain:
        raise ValueError(f"path {path!r:.80} has a zero in it, where a name ends")
    return os.fsdecode(plain)


class _wiped(contextlib.AbstractContextManager[Any]):  # noqa: N801
    """Room for a key's text, overwritten in the end."""

    def __enter__(self) -> Any:
        self._room = ffi.new("uint8_t[]", _ROOM)
        return self._room

    def __exit__(self, *_: object) -> None:
        ffi.buffer(self._room)[:] = bytes(_ROOM)


def _require_private(file: int, path: str) -> None:
    """That nobody but its owner may read or change an open file; where a system has no such modes, nothing is asked."""
    mode = stat.S_IMODE(os.fstat(file).st_mode)
    if os.name == "posix" and mode & _OTHERS:
        raise UnsafeKey(
            f"{path} may be read or changed by others (mode {mode:03o}): if nobody did, `chmod 600 {path}`; else the "
            "key is not secret any more, and a new authority is needed"
        )
