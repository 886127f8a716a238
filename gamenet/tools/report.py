"""The environment report that `python -m gamenet` prints: what a question or a bug report should begin with."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

import gamenet
from gamenet import _bridge

GNS_VERSION: Final = "1.6.0"
"""GameNetworkingSockets, as carried by the crate that native/sockets pins. The library itself cannot be asked."""

ENGINES: Final = ("pygame-ce", "pygame", "arcade")
NEEDED: Final = ("cffi", "msgpack", "typing_extensions")

Versions = Callable[[str], "str | None"]
"""A distribution's installed version by its name, or None."""


class Report(NamedTuple):
    """What is here (a name and what was found, in order of reading) and what is wrong with it."""

    facts: dict[str, str]
    warnings: list[str]

    def __str__(self) -> str:
        width = max(map(len, self.facts), default=0)
        lines = [f"{name:<{width}}  {found}" for name, found in self.facts.items()]
        return "\n".join([*lines, *(f"\nWarning: {warning}" for warning in self.warnings)])


def installed(distribution: str) -> str | None:
    """The version, without importing what is asked about."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def native_fault() -> str:
    """Why the native part cannot be used, in a sentence; "" when it can."""
    try:
        _bridge.last_error()
    except (ImportError, OSError) as error:
        return str(error)
    return ""


def warnings_about(version: Versions, fault: str) -> list[str]:
    """Sentences about what will not work, each with what helps."""
    found = []
    if fault:
        found.append(fault)
    if version("pygame") and version("pygame-ce"):
        found.append(
            "pygame and pygame-ce are both installed and overwrite each other's files. Keep one of them: "
            "`pip uninstall pygame pygame-ce`, then `pip install pygame-ce`."
        )
    return found


def report(version: Versions = installed, fault: Callable[[], str] = native_fault) -> Report:
    """Looks around; imports no engine and opens nothing.

    Args:
        version: how to find a distribution's version.
        fault: how to find out whether the native part loads.
    """
    wrong = fault()
    engines = [f"{name} {version(name)}" for name in ENGINES if version(name)]
    facts = {
        "gamenet": f"{gamenet.__version__} in {Path(gamenet.__file__).parent}",
        "GameNetworkingSockets": f"{GNS_VERSION}, {'does not load' if wrong else 'loads'}",
        "Python": f"{platform.python_version()} ({platform.python_implementation()}) at {sys.executable}",
        "Platform": f"{platform.platform()} on {platform.machine()}",
        "Engines": ", ".join(engines) or "none (pip install pygame-ce, or arcade)",
        "Packages": ", ".join(f"{name} {version(name) or 'missing'}" for name in NEEDED),
    }
    return Report(facts, warnings_about(version, wrong))
