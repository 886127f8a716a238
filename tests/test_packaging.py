"""What a user's `pip install` gets: metadata, types, licences, and one version everywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest

import gamenet
from gamenet.tools.report import GNS_VERSION

ROOT: Final = Path(__file__).parent.parent
PYPROJECT: Final = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
BIN: Final = str(Path(sys.executable).parent)
needs_cargo: Final = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not on the PATH")


def setting(name: str) -> str:
    """One line's string in pyproject.toml. (The standard library reads TOML from Python 3.11 on only.)"""
    found = re.search(rf'^{name} = "(.+)"$', PYPROJECT, re.MULTILINE)
    assert found, f"pyproject.toml has no {name}"
    return found[1]


def cargo(*command: str) -> str:
    manifest = ["--manifest-path", str(ROOT / "native" / "Cargo.toml"), "--locked", "--offline"]
    return subprocess.run(["cargo", *command, *manifest], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def crates() -> dict[str, dict[str, Any]]:
    """Every crate of the locked workspace by name."""
    return {crate["name"]: crate for crate in json.loads(cargo("metadata", "--format-version=1"))["packages"]}


def test_one_version_stands_in_the_package_and_its_metadata() -> None:
    assert gamenet.__version__ == setting("version") == metadata.version("gamenet")


@needs_cargo
def test_the_native_crates_have_the_packages_version(crates: dict[str, dict[str, Any]]) -> None:
    ours = {name: crate["version"] for name, crate in crates.items() if name.startswith("gamenet-")}
    assert ours == dict.fromkeys(("gamenet-codec", "gamenet-sockets", "gamenet-cabi"), gamenet.__version__)


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] in ("Unreleased", gamenet.__version__)
    assert gamenet.__version__ in headings


def test_types_are_shipped() -> None:
    assert (Path(gamenet.__file__).parent / "py.typed").is_file()


def test_old_pythons_are_told_before_they_install() -> None:
    assert metadata.metadata("gamenet")["Requires-Python"] == ">=3.10"


def test_an_engine_is_an_extra_and_never_a_requirement() -> None:
    requirements = metadata.requires("gamenet") or []
    always = {re.split(r"[^\w-]", line)[0].replace("_", "-") for line in requirements if "extra ==" not in line}
    assert always == {"cffi", "msgpack", "typing-extensions"}
    extras = set(metadata.metadata("gamenet").get_all("Provides-Extra") or [])
    assert {"pygame", "pygame-ce", "arcade", "test", "docs"} <= extras


@needs_cargo
@pytest.mark.skipif(shutil.which("maturin", path=BIN) is None, reason="maturin is not installed beside this Python")
def test_a_source_distribution_holds_what_the_build_reads(tmp_path: Path) -> None:
    command = [f"{BIN}/maturin", "sdist", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    read = {
        ".cargo/config.toml",
        "native/Cargo.lock",
        "native/cabi/gamenet.h",
        "gamenet/py.typed",
        "THIRD_PARTY_NOTICES",
    }
    assert read <= names
    assert not [name for name in names if name.startswith(("tests/", "assets/", "gamenet/_native/"))]


@needs_cargo
def test_the_report_names_the_gns_that_is_built_in(crates: dict[str, dict[str, Any]]) -> None:
    source = (
        Path(crates["game-networking-sockets-sys"]["manifest_path"]).parent / "thirdparty" / "GameNetworkingSockets"
    )
    told = re.search(r'set\(GNS_VERSION "(.+)"\)', (source / "CMakeLists.txt").read_text(encoding="utf-8"))
    assert told
    assert told[1] == GNS_VERSION


@needs_cargo
def test_every_crate_that_is_linked_in_has_its_notice() -> None:
    tree = cargo("tree", "--package", "gamenet-cabi", "--edges", "normal,no-proc-macro", "--prefix", "none")
    linked = {line.split()[0] for line in tree.splitlines() if line}
    assert "game-networking-sockets-sys" in linked
    notices = (ROOT / "THIRD_PARTY_NOTICES").read_text(encoding="utf-8")
    missing = {name for name in linked if not name.startswith("gamenet-") and f"{name} " not in notices}
    assert not missing


def test_the_licences_of_what_a_wheel_bundles_stand_in_full() -> None:
    notices = (ROOT / "THIRD_PARTY_NOTICES").read_text(encoding="utf-8")
    for words in (
        "Copyright (c) 2018, Valve Corporation",
        "Copyright 2008-2021 Google Inc.",
        "Apache License",
        "OpenSSL",
    ):
        assert words in notices
