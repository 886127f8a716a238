"""The table from the reference to Python is complete: names exist, tests run, and nothing public is listed nowhere."""

from __future__ import annotations

import enum
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gamenet import errors, sockets

from .reference import BEYOND, FLAT, RECORDS, SECTIONS, More, Row

ROOT = Path(__file__).parents[2]
ROWS = [row for section in SECTIONS for row in section.rows]
BARE = re.compile(r"^([\w.]+?)(?:\.\*)?(?:\((\w+)\))?$")


def parts(python: str) -> tuple[list[str], str | None]:
    """The dotted names, without `*`, and the argument in brackets."""
    found = BARE.match(python)
    assert found, python
    return found[1].split("."), found[2]


def members(cls: type) -> set[str]:
    """What is public in a class of gamenet: attributes, methods, fields; of an enum its members."""
    if issubclass(cls, enum.Enum):
        return set(cls.__members__)
    ours = [base for base in cls.__mro__ if base.__module__.startswith("gamenet")]
    names = {name for base in ours for name in (*vars(base), *inspect.get_annotations(base))}
    return {name for name in names if not name.startswith("_")}


def public() -> set[str]:
    """Every public name of `gamenet.sockets`, and of its classes those inside."""
    classes = {name: getattr(sockets, name) for name in sockets.__all__ if isinstance(getattr(sockets, name), type)}
    return {*sockets.__all__, *(f"{name}.{member}" for name, cls in classes.items() for member in members(cls))}


def listed(name: str) -> bool:
    """Whether a row has it: itself, all of its class, or for a class one of its members."""
    named = {row.python for row in (*ROWS, *BEYOND)}
    bare = {".".join(parts(python)[0]) for python in named}
    return (
        name in bare
        or f"{name.partition('.')[0]}.*" in named
        or ("." not in name and any(each.startswith(f"{name}.") for each in bare))
    )


@pytest.mark.parametrize(
    "row", [*ROWS, *BEYOND, *(row for row in (*FLAT, *RECORDS) if row.python)], ids=lambda row: row.python
)
def test_what_a_row_names_exists(row: Row | More) -> None:
    (head, *rest), argument = parts(row.python)
    found = errors if head == "errors" else getattr(sockets, head)
    for name in rest:
        assert head == "errors" or name in members(found), f"{row.python} does not exist"
        found = getattr(found, name, None)
    if argument is not None:
        assert argument in inspect.signature(found).parameters, f"{row.python}: no such argument"


def test_nothing_public_is_missing_from_both_parts() -> None:
    assert not sorted(name for name in public() if not listed(name))


def test_every_test_that_is_named_is_one_that_pytest_collects() -> None:
    named = {row.test for row in (*ROWS, *BEYOND)}
    files = sorted({test.partition("::")[0] for test in named})
    missing = [file for file in files if not (ROOT / file).exists()]
    run = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    here = [file for file in files if file not in missing]
    done = subprocess.run([*run, *here], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    collected = {line for line in done.stdout.splitlines() if "::" in line}
    collected |= {line.partition("[")[0] for line in collected}
    assert not sorted(named - collected)


def test_each_name_of_the_reference_stands_in_its_section_once() -> None:
    for section in SECTIONS:
        heads = [row.seed for row in section.rows if not row.seed.startswith("…")]
        assert len(heads) == len(set(heads)), section.title


def test_the_flat_interface_is_listed_in_order_and_each_says_where_it_is_or_why_it_is_not() -> None:
    names = [row.name for row in FLAT]
    assert names == sorted(set(names))
    assert all(row.python or row.why for row in FLAT)


def test_each_record_and_constant_of_valve_is_listed_once_and_every_end_reason_and_flag_has_its_name() -> None:
    assert len({row.name for row in RECORDS}) == len(RECORDS) and all(row.python or row.why for row in RECORDS)
    named = {row.python for row in RECORDS}
    ours = {"UNPROVEN", "CROWDED"}
    assert {f"EndReason.{reason.name}" for reason in sockets.EndReason if reason.name not in ours} <= named
    assert {f"SendFlags.{name}" for name in sockets.SendFlags.__members__} <= named
    fields = {"Message", "RealTimeStatus", "LaneStatus"}
    assert not [
        f"{kind}.{name}"
        for kind in fields
        for name in getattr(sockets, kind)._fields
        if name != "lanes" and f"{kind}.{name}" not in named
    ]


def test_whatever_the_native_part_calls_is_listed_as_being_here() -> None:
    called = set(re.findall(r"SteamAPI_ISteamNetworking(\w+_\w+)\(", (ROOT / "native/sockets/src/raw.rs").read_text()))
    here = {row.name for row in FLAT if row.python}
    assert len(called) > 30
    assert not sorted(called - here)
