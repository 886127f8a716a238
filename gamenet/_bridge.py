"""The one door to the native part: `lib.gn_…(…)` calls it, `check(…)` raises what went wrong.

Nothing native is loaded before the first use of `lib` or `ffi`, so that `import gamenet` stays quick and a missing
build is told in a sentence where it matters. Every exported function returns an int: zero or more when well, a
`GN_E_*` code when not (native/cabi/src/guard.rs).
Always call through `lib` (`lib.gn_x(…)`, never a kept `gn_x`), so that `counting()` sees each crossing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

from gamenet.errors import (
    AddressInUse,
    AlreadyOpen,
    GamenetError,
    InvalidAddress,
    InvalidArgument,
    InvalidCertificate,
    InvalidHandle,
    InvalidOption,
    LibraryClosed,
    NotAuthenticated,
    SteamUnavailable,
)

if TYPE_CHECKING:
    from cffi import FFI

_NOT_BUILT: Final = (
    "gamenet's native part is not built for this Python: run `pip install .` (or `./dev setup`) in the project's "
    "folder, or `maturin develop --release` while you work on it"
)


def _load() -> tuple[FFI, Any]:
    """The generated module's `ffi` and `lib`."""
    try:
        from gamenet import _native
    except ImportError as error:
        raise ImportError(f"{_NOT_BUILT} ({error})") from error
    return _native.ffi, _native.lib


class Lib:
    """The exported functions and constants, fetched on first use and then plain attributes."""

    def __getattr__(self, name: str) -> Callable[..., int]:
        if not name.startswith(("gn_", "GN_")):
            raise AttributeError(name)
        found = getattr(_load()[1], name)
        if name.startswith("gn_"):
            setattr(self, name, found)
        return found  # type: ignore[no-any-return]


exiting = False
"""Whether the interpreter is in its last steps."""


def refuse(why: str) -> NoReturn:
    """Raises `LibraryClosed`. In a daemon thread of an interpreter that exits `SystemExit`, which ends it silently."""
    if exiting and threading.current_thread() is not threading.main_thread():
        raise SystemExit
    raise LibraryClosed(why)


class Refusing(Lib):
    """Stands where `lib` stood once what was behind it is closed: every call raises `LibraryClosed`."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __getattr__(self, name: str) -> NoReturn:
        refuse(self.why)


class _Ffi:
    """cffi's `FFI` of the native module, loaded on first use."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(_load()[0], name)
        setattr(self, name, found)
        return found


lib: Final = Lib()
ffi: Final = _Ffi()


class NativePanic(GamenetError, RuntimeError):
    """A bug in gamenet's native part."""


_FAULTS: Final[dict[str, type[GamenetError]]] = {
    "GN_E_PANIC": NativePanic,
    "GN_E_ARGUMENT": InvalidArgument,
    "GN_E_CLOSED": LibraryClosed,
    "GN_E_OPEN": AlreadyOpen,
    "GN_E_HANDLE": InvalidHandle,
    "GN_E_MALFORMED": InvalidArgument,
    "GN_E_LIMIT": InvalidArgument,
    "GN_E_REFUSED": GamenetError,
    "GN_E_IN_USE": AddressInUse,
    "GN_E_UNAVAILABLE": SteamUnavailable,
    "GN_E_CERTIFICATE": InvalidCertificate,
    "GN_E_UNPROVEN": NotAuthenticated,
    "GN_E_IDENTITY": InvalidAddress,
    "GN_E_OPTION": InvalidOption,
}


def last_error() -> str:
    """The sentence of the last fault on this thread."""
    text = _load()[1].gn_last_error()
    return bytes(ffi.string(text)).decode(errors="replace")


def fault(code: int) -> NoReturn:
    """Raises the exception that `code` stands for, with the native sentence."""
    native = _load()[1]
    for name, kind in _FAULTS.items():
        if getattr(native, name) == code:
            if kind is LibraryClosed:
                refuse(last_error())
            raise kind(last_error())
    raise GamenetError(f"native code {code}: {last_error()}")


def check(code: int) -> int:
    """`code` itself when it is a result (zero or more), else the exception it stands for."""
    if code < 0:
        fault(code)
    return code


def hold(pointer: Any, destroy: str, size: int = 0) -> Any:
    """`pointer`, an object made natively, with `lib.<destroy>(pointer)` called when Python lets go of it.

    `size` is what it takes natively, in bytes; the garbage collector is told.
    """
    native = _load()[1]

    def end(held: Any) -> None:
        getattr(native, destroy)(held)  # through `native`: the library must not be unloaded before its objects

    return ffi.gc(pointer, end, size)


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Counts the crossings into native code inside the `with` block, by function name.

    >>> with counting() as crossings:
    ...     net.run_callbacks()
    >>> crossings.total()
    1
    """
    crossings: Counter[str] = Counter()
    plain = {name: getattr(_load()[1], name) for name in dir(_load()[1]) if name.startswith("gn_")}

    def counted(name: str, call: Callable[..., int]) -> Callable[..., int]:
        def crossing(*arguments: Any) -> int:
            crossings[name] += 1
            return call(*arguments)

        return crossing

    before = dict(vars(lib))
    vars(lib).update({name: counted(name, call) for name, call in plain.items()})
    try:
        yield crossings
    finally:
        vars(lib).clear()
        vars(lib).update(before)
