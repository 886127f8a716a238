"""Python blocks of the documentation, to be run: what the pages show is what the tests of the pages do.

A Python block behind a line `<!-- run -->` is run in a module of its own, and then its `test_` functions are called.
The blocks behind `<!-- run on -->` go on where the one before ended. All other Python blocks must at least be Python.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

import pytest

from gamenet.sockets.process import process

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDE, README, SOCKETS = DOCS / "guide.md", ROOT / "README.md", DOCS / "sockets"
PYGAME = DOCS / "pygame.md"
PAGES = (README, GUIDE, PYGAME, *sorted(SOCKETS.glob("*.md")))


class Block(NamedTuple):
    """A fenced Python block of a page, with those that go on from it."""

    page: Path
    line: int  # of its first line of code
    runs: bool
    code: str
    """With the page's own line numbers, so that a traceback leads there."""

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def shown(self) -> str:
        """The code without the lines before it."""
        return self.code[self.line - 1 :]

    def compiled(self) -> CodeType:
        return compile(self.code, str(self.page), "exec", dont_inherit=True)


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    blocks: list[Block] = []
    for m in re.finditer(r"^(<!-- run(?: on)? -->\n)?```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        said, above = (m[1] or "").strip(), text[: m.start(2)].count("\n")
        if said == "<!-- run on -->":
            first = max(i for i, block in enumerate(blocks) if block.runs)
            code = blocks[first].code
            blocks[first] = blocks[first]._replace(code=code + "\n" * (above - code.count("\n")) + m[2])
        else:
            blocks.append(Block(page, above + 1, bool(said), "\n" * above + m[2]))
    return blocks


def run(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a block as a module of its own, which is where gamenet looks for its classes; then its tests."""
    module = ModuleType(f"example_{block.line}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    try:
        exec(block.compiled(), vars(module))
        for name, function in list(vars(module).items()):
            if name.startswith("test_"):
                function()
    finally:
        left = process.opened()
        if left is not None:
            left.close()  # or everything after it would be refused
    assert left is None, f"{block} leaves the library open: close() it, or open it in a with block"
