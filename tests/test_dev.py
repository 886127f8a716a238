"""The project's commands: what `./dev` says, and that CI runs what the README says."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
WORDS: Final = ["setup", "demo", "test", "canary", "lint", "types", "docs", "bench", "soak", "asan", "wheel", "clean"]


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "dev", *arguments], cwd="/", capture_output=True, text=True, check=False)


def listed(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.startswith("  ")]


def test_alone_it_lists_its_words_one_line_each() -> None:
    done = dev()
    assert done.returncode == 0
    assert listed(done.stdout) == WORDS


def test_an_unknown_word_is_named_beside_the_list_and_fails() -> None:
    done = dev("tset")
    assert done.returncode == 1
    assert "'tset'" in done.stderr
    assert listed(done.stderr) == WORDS


def test_every_word_is_explained_to_contributors() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [word for word in WORDS if f"`{word}" not in told and f"./dev {word}" not in told]


def test_the_readme_names_the_two_commands_and_ci_runs_the_second() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./dev demo" in readme
    assert "./dev test" in readme
    commands = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if "./dev" in line]
    assert commands == ["exec ./dev test"]
