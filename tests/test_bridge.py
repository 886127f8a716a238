"""The one door to the native part."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from gamenet import _bridge
from gamenet.errors import GamenetError, LibraryClosed

HEADER: Final = Path(__file__).parent.parent / "native" / "cabi" / "gamenet.h"


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_importing_the_bridge_loads_nothing_native() -> None:
    done = run("import sys, gamenet._bridge; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    assert not {"gamenet._native", "_cffi_backend"} & set(done.stdout.split())


def test_a_missing_build_is_told_with_the_command_that_makes_it() -> None:
    done = run("import sys; sys.modules['gamenet._native'] = None\nfrom gamenet import _bridge; _bridge.lib.gn_panic()")
    assert done.returncode == 1
    assert "ImportError: gamenet's native part is not built" in done.stderr
    assert "pip install ." in done.stderr


def test_a_native_panic_becomes_an_exception_with_its_words(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(_bridge.NativePanic, match="asked to panic"):
        _bridge.check(_bridge.lib.gn_panic())
    assert _bridge.lib.gn_panic() < 0, "the process goes on, and so does the library"


def test_every_native_code_has_its_exception() -> None:
    codes = set(re.findall(r"#define (GN_E_\w+)", HEADER.read_text()))
    assert codes == set(_bridge._FAULTS)
    numbers = {getattr(_bridge.lib, name) for name in codes}
    assert len(numbers) == len(codes)
    assert all(number < 0 for number in numbers)


def test_a_code_nobody_knows_is_still_an_error() -> None:
    with pytest.raises(GamenetError, match="native code -99"):
        _bridge.check(-99)


def test_a_result_passes_through() -> None:
    assert [_bridge.check(value) for value in (0, 7, 2**40)] == [0, 7, 2**40]


def test_the_loaded_library_has_every_function_of_the_committed_header() -> None:
    names = set(re.findall(r"\b(gn_\w+)\(", HEADER.read_text()))
    assert {"gn_last_error", "gn_sockets_open"} <= names
    missing = [name for name in names if not hasattr(_bridge._load()[1], name)]
    assert not missing, f"built before the header changed: {missing}"


def test_a_name_that_is_not_exported_is_no_attribute() -> None:
    with pytest.raises(AttributeError):
        _ = _bridge.lib.something_else
    with pytest.raises(AttributeError):
        _ = _bridge.lib.gn_no_such_function


def test_crossings_are_counted_by_name_and_only_inside_the_block() -> None:
    before = dict(vars(_bridge.lib))
    with _bridge.counting() as crossings:
        _bridge.lib.gn_sockets_close()
        _bridge.lib.gn_sockets_close()
    _bridge.lib.gn_sockets_close()
    assert crossings == {"gn_sockets_close": 2}
    assert vars(_bridge.lib).keys() == before.keys() | {"gn_sockets_close"}


def test_what_refuses_tells_why_at_every_call() -> None:
    refusing = _bridge.Refusing("it is shut")
    with pytest.raises(LibraryClosed, match="it is shut"):
        refusing.gn_sockets_close()


def test_a_call_into_a_library_that_is_not_open_says_so() -> None:
    with pytest.raises(LibraryClosed, match="not open"):
        _bridge.check(_bridge.lib.gn_sockets_create_poll_group())
