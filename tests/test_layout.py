"""The arrows of docs/architecture.md, "Who may import whom", and the tests' mirrored tree, checked by parsing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = ROOT / "gamenet"

# Whom everybody may import.
WORDS: Final = {"errors", "ids", "ticks", "channels", "clock", "peer"}

# Importer -> imported. A name covers what is below it, and the longest name that fits a module speaks for it.
# "gamenet" alone is the public face, gamenet/__init__.py.
ARROWS: Final[dict[str, set[str]]] = {
    "gamenet": {"game", "opening", "searching", "frame", "session", "replication"},
    "errors": set(),
    "ids": set(),
    "ticks": set(),
    "channels": set(),
    "clock": set(),
    "peer": set(),
    "_bridge": {"_native"},
    "sockets": {"sockets", "_bridge"},
    "session": {"session"},
    "session.transports.library": {"session", "sockets"},
    "session.transports.over_library": {"session", "sockets"},
    "session.transports.gns": {"session", "sockets"},
    "session.transports.p2p": {"session", "sockets"},
    "session.transports.servers": {"session", "sockets"},
    "replication": {"replication"},
    "replication.codec.native": {"replication", "_bridge"},
    "rhythm": set(),
    "handlers": set(),
    "frame": {"session", "replication", "rhythm", "handlers"},
    "game": {"frame", "handlers", "session", "replication"},
    "searching": {"session", "rendezvous"},
    "opening": {"game", "searching", "frame", "session", "replication", "rendezvous"},
    "rendezvous": {"rendezvous", "session", "sockets"},
    "engines": {"engines", "gamenet", "game", "opening"},
    "testing": {"testing", "gamenet", "game", "opening", "frame", "session", "replication", "sockets", "rendezvous"},
    "tools": {"tools", "gamenet", "game", "opening", "sockets", "session", "rendezvous", "_bridge"},
    "__main__": {"tools"},
}

# Against the arrows, but for annotations alone: (importer, imported) and why.
FOR_TYPES_ONLY: Final[dict[tuple[str, str], str]] = {
    ("peer", "game"): "Peer.room is annotated with what the game gets, a Room",
    ("replication.model.entity", "game"): "Entity.room is annotated with what the game gets, a Room",
    ("frame", "game"): "what frame hands to a game's handlers is annotated with the game's Room",
}

# Who may import `time`, and why; everybody else is handed the moment.
READERS_OF_TIME: Final[dict[str, str]] = {
    "clock": "reads it for all",
    "engines.headless": "sleeps between two frames, as it has no engine that does",
    "session.transports.over_library": "sleeps between two looks while the last goodbyes leave",
}

ENGINES: Final = ("pygame", "arcade", "pyglet")

# Modules without a test file of their own, and why.
WITHOUT_TEST: Final[dict[str, str]] = {
    "session.events": "tuples without a method",
    "replication.happenings": "tuples without a method",
    "session.patience": "constants, each tested where it is used",
    "sockets.calls.base": "attributes that the calls share, each tested where it is used",
}


class Import(NamedTuple):
    """One import. Names are as below gamenet: "gamenet" is the face itself, None is somebody else's."""

    importer: str
    imported: str | None
    module: str
    line: int
    for_types: bool


def module_name(path: Path) -> str:
    """The dotted name below gamenet: `session/links.py` is "session.links", `gamenet/__init__.py` is "gamenet"."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) or "gamenet"


MODULES: Final = {
    module_name(path): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "_native" not in path.relative_to(PACKAGE).parts
}


def ours(module: str) -> str | None:
    """The part below gamenet of an absolute module name; None for other packages."""
    head, _, below = module.partition(".")
    return None if head != "gamenet" else below or "gamenet"


def is_module(name: str) -> bool:
    return name in MODULES or name == "_native" or any(other.startswith(f"{name}.") for other in MODULES)


def imported_names(node: ast.Import | ast.ImportFrom, package: list[str]) -> Iterator[str]:
    """Absolute names of the modules that one statement imports; `from package import module` names the module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
    base = ".".join(part for part in (base, node.module) if part)
    for alias in node.names:
        inner = ours(f"{base}.{alias.name}")
        yield f"{base}.{alias.name}" if inner and is_module(inner) else base


def imports_of(name: str, path: Path) -> Iterator[Import]:
    package = ["gamenet", *path.relative_to(PACKAGE).parent.parts]

    def visit(node: ast.AST, for_types: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                for module in imported_names(child, package):
                    yield Import(name, ours(module), module, child.lineno, for_types)
            guard = isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
            yield from visit(child, for_types or guard)

    return visit(ast.parse(path.read_text(encoding="utf-8")), False)


IMPORTS: Final = [found for name, path in MODULES.items() for found in imports_of(name, path)]


def covers(name: str, module: str) -> bool:
    return module == name or (module.startswith(f"{name}.") and name != "gamenet")


def speaker(module: str) -> str | None:
    """The longest name in ARROWS that covers `module`."""
    return max((name for name in ARROWS if covers(name, module)), key=len, default=None)


def allowed(found: Import) -> bool:
    if found.imported is None:
        return True
    name = speaker(found.importer)
    assert name is not None, f"gamenet.{found.importer} is not in the table ARROWS: where does it stand in the picture?"
    if found.for_types and any(covers(a, found.importer) and covers(b, found.imported) for a, b in FOR_TYPES_ONLY):
        return True
    return any(covers(target, found.imported) for target in ARROWS[name] | WORDS)


def told(found: list[Import]) -> str:
    return "".join(
        f"\n  {MODULES[each.importer].relative_to(ROOT)}:{each.line} imports {each.module}" for each in found
    )


def test_modules_import_only_along_the_arrows() -> None:
    wrong = [found for found in IMPORTS if not allowed(found)]
    assert not wrong, told(wrong)


def test_only_the_bridge_imports_the_native_module() -> None:
    assert {found.importer for found in IMPORTS if found.imported and covers("_native", found.imported)} <= {"_bridge"}


def test_only_engines_import_an_engine() -> None:
    wrong = [
        found
        for found in IMPORTS
        if found.module.split(".")[0] in ENGINES and not covers("engines", found.importer) and not found.for_types
    ]
    assert not wrong, told(wrong)


def test_only_the_clock_reads_time() -> None:
    wrong = [
        found
        for found in IMPORTS
        if found.module in ("time", "datetime") and not any(covers(name, found.importer) for name in READERS_OF_TIME)
    ]
    assert not wrong, told(wrong)


def test_every_exception_to_the_arrows_is_still_needed() -> None:
    used = {
        pair
        for pair in FOR_TYPES_ONLY
        for found in IMPORTS
        if found.for_types and found.imported and covers(pair[0], found.importer) and covers(pair[1], found.imported)
    }
    assert used == set(FOR_TYPES_ONLY)


def test_importing_gamenet_imports_no_engine_and_nothing_native() -> None:
    program = "import sys, gamenet; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {name.split(".")[0] for name in done.stdout.split()} & {*ENGINES, "numpy", "asyncio"}
    assert not heavy
    assert "gamenet._native" not in done.stdout.split()


def has_code(path: Path) -> bool:
    """False for a package's __init__ that only documents and passes on names."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    passing_on = ast.Import | ast.ImportFrom | ast.Expr | ast.Assign | ast.AnnAssign
    return path.name != "__init__.py" or not all(isinstance(node, passing_on) for node in body)


def pattern_of_test(path: Path) -> str:
    """Where a module's test stands: its mirror image; for a package's own __init__, any test in the mirrored folder."""
    below = path.relative_to(PACKAGE)
    stem = "*" if path.name == "__init__.py" else below.stem.strip("_")
    return (Path("tests") / below.parent / f"test_{stem}.py").as_posix()


def has_test(name: str) -> bool:
    return any(ROOT.glob(pattern_of_test(MODULES[name])))


def test_every_module_has_its_test() -> None:
    missing = [
        name for name, path in MODULES.items() if has_code(path) and not has_test(name) and name not in WITHOUT_TEST
    ]
    assert not missing, "".join(f"\n  gamenet.{name} has no {pattern_of_test(MODULES[name])}" for name in missing)


def test_every_exception_to_the_mirrored_tree_is_still_needed() -> None:
    assert not [name for name in WITHOUT_TEST if name not in MODULES or has_test(name)]
