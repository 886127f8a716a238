"""The Steam network, against a stub of its library that is built here (`steam/stub.c`).

What needs an open library runs in a process of its own: `steam/cases.py`. Valve's own library is no part of this: who
has some names them, `GAMENET_STEAM_LIBRARY=one/libsteam_api.so:another/libsteam_api.so`, and it is seen how they behave
without a Steam client.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gamenet.errors import SteamUnavailable
from gamenet.sockets import Sockets

from .steam import cases
from .steam.stub import build, compiler

ROOT = Path(__file__).resolve().parents[2]
VALVES = [path for path in os.environ.get("GAMENET_STEAM_LIBRARY", "").split(os.pathsep) if path]
NONE_OF_VALVES = pytest.param(
    "", marks=pytest.mark.skip(reason="GAMENET_STEAM_LIBRARY names no libsteam_api of Valve's")
)
VARIANTS = {
    "new": (),
    "1.58": ("-DSTUB_SOCKETS=12", "-DSTUB_INIT=58"),
    "old": ("-DSTUB_SOCKETS=12", "-DSTUB_INIT=57"),
    "ancient": ("-DSTUB_SOCKETS=11",),
    "no relay": ("-DSTUB_NO_RELAY",),
}
ON_OLD = {
    cases.an_old_sdk_deletes_without_being_told,
    cases.an_old_library_that_gives_no_reason_is_told_with_what_it_may_be,
}
ON_1_58 = {cases.an_sdk_1_58_starts_steam_by_the_function_that_was_its_only_one}
ON_BOTH = {
    cases.a_connection_goes_through_the_states_on_both_sides,
    cases.messages_arrive_whole_numbered_and_on_our_clock,
    cases.what_is_refused_is_released_and_told_for_each_message,
    cases.closing_goes_from_the_connections_to_steam_itself,
}


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The stub in all its variants."""
    if compiler() is None:
        pytest.skip("no C compiler (cc, or what $CC names) to build the stub of libsteam_api with")
    return {name: build(tmp_path_factory.mktemp("steam"), *flags) for name, flags in VARIANTS.items()}


def run(name: str, library: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.sockets.steam.cases", name, str(library)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and done.stderr == "", done.stderr


@pytest.mark.parametrize("name", [name for name, case in cases.CASES.items() if case not in ON_OLD | ON_1_58])
def test_on_steam(libraries: dict[str, Path], name: str) -> None:
    run(name, libraries["new"])


@pytest.mark.parametrize("name", [name for name, case in cases.CASES.items() if case in ON_OLD | ON_BOTH])
def test_on_an_older_steam(libraries: dict[str, Path], name: str) -> None:
    run(name, libraries["old"])


@pytest.mark.parametrize("name", [name for name, case in cases.CASES.items() if case in ON_1_58 | ON_BOTH])
def test_on_steam_as_of_1_58(libraries: dict[str, Path], name: str) -> None:
    run(name, libraries["1.58"])


@pytest.mark.parametrize(
    ("variant", "symbol", "advice"),
    [
        ("ancient", "SteamAPI_SteamNetworkingSockets_SteamAPI_v013", "a Steamworks SDK between 1.53 and 1.65"),
        ("no relay", "SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess", "a Steamworks SDK between 1.53 and 1.65"),
    ],
)
def test_a_library_that_lacks_a_symbol_is_named_with_it(
    libraries: dict[str, Path], variant: str, symbol: str, advice: str
) -> None:
    with pytest.raises(SteamUnavailable, match=f"libsteam_api.so has no {symbol}") as told:
        Sockets(library=libraries[variant])
    assert advice in str(told.value)
    Sockets().close()


def test_a_library_that_is_not_steams_is_told_where_steams_is() -> None:
    with pytest.raises(SteamUnavailable, match=r"libc\.so\.6 has no SteamAPI_InitFlat: .*redistributable_bin/linux64"):
        Sockets(library="libc.so.6")
    Sockets().close()


def test_what_is_no_library_is_told_with_its_path(tmp_path: Path) -> None:
    text = tmp_path / "libsteam_api.so"
    text.write_text("not a library")
    with pytest.raises(SteamUnavailable, match=f"{text} cannot be loaded: it is no shared library for this machine"):
        Sockets(library=text)
    with pytest.raises(SteamUnavailable, match=f"{tmp_path} is a folder: name the library in it"):
        Sockets(library=tmp_path)
    with pytest.raises(SteamUnavailable, match=f"there is no file {tmp_path}/gone.so"):
        Sockets(library=str(tmp_path / "gone.so"))
    Sockets().close()


def test_a_bare_name_is_a_file_here_before_it_is_one_of_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SteamUnavailable, match=r"there is no file libsteam_api\.so here, .* write the path to it"):
        Sockets(library="libsteam_api.so")
    Path("libsteam_api.so").write_text("not a library")
    with pytest.raises(SteamUnavailable, match=f"{tmp_path}/libsteam_api.so cannot be loaded"):
        Sockets(library="libsteam_api.so")


@pytest.mark.parametrize(("wrong", "kind"), [(5, TypeError), (b"x", TypeError), ("", ValueError), ("a\0b", ValueError)])
def test_what_is_no_path_is_refused_with_what_is(wrong: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"library must be the path of libsteam_api\.so"):
        Sockets(library=wrong)


@pytest.mark.parametrize("wrong", [-1, 65536, "0", None, True])
def test_a_virtual_port_that_cannot_be_is_refused(wrong: Any) -> None:
    with Sockets() as net:
        for call in (net.create_listen_socket_p2p, lambda port: net.connect_p2p("steamid:76561197960287930", port)):
            with pytest.raises((TypeError, ValueError), match="virtual_port must be"):
                call(wrong)


REFUSED_TWICE = """
import sys
from gamenet.errors import SteamUnavailable
from gamenet.sockets import Sockets

for _ in range(2):
    try:
        Sockets(library=sys.argv[1])
    except SteamUnavailable as why:
        print(why)
with Sockets() as net:
    net.create_socket_pair()
"""


@pytest.mark.parametrize("library", VALVES or [NONE_OF_VALVES])
def test_valves_own_library_without_a_client_is_refused_each_time_and_the_process_goes_on(
    library: str, tmp_path: Path
) -> None:
    home = {**os.environ, "HOME": str(tmp_path)}  # where it looks for the client
    command = [sys.executable, "-W", "error", "-c", REFUSED_TWICE, library]
    done = subprocess.run(command, cwd=ROOT, env=home, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == second and first.startswith("Steam does not start")
