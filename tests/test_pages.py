"""The pages do not rot: what they show runs, and what they name exists (tests/pages.py says how)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gamenet as gn
from gamenet import sockets
from gamenet.testing import Lab

from .pages import DOCS, GUIDE, PAGES, README, ROOT, SOCKETS, Block, blocks_of, run

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
RUN = [block for block in BLOCKS if block.runs]


@pytest.mark.parametrize("block", RUN, ids=str)
def test_an_example_runs(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    run(block, monkeypatch)


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block.runs], ids=str)
def test_an_example_that_is_not_run_is_python(block: Block) -> None:
    block.compiled()


def page(tmp_path: Path, text: str) -> Path:
    made = tmp_path / "page.md"
    made.write_text(text, encoding="utf-8")
    return made


def test_examples_are_found_and_their_failures_are_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert len([block for block in RUN if block.page == GUIDE]) >= 10 and any(block.page == README for block in RUN)
    (block,) = blocks_of(page(tmp_path, "a\n\n<!-- run -->\n```python\ndef test_it():\n    raise KeyError(7)\n```\n"))
    assert block.runs and block.line == 5
    with pytest.raises(KeyError, match="7"):
        run(block, monkeypatch)


def test_an_example_that_goes_on_knows_what_was_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fenced = ["```python\na = 1\n```\n", "```python\na = 2\n```\n", "```python\nraise KeyError(a)\n```\n"]
    first, second = blocks_of(page(tmp_path, "<!-- run -->\n{}\n{}<!-- run on -->\n{}".format(*fenced)))
    assert (first.runs, second.runs, second.shown) == (True, False, "a = 2\n")
    with pytest.raises(KeyError, match="1") as error:
        run(first, monkeypatch)
    assert error.traceback[-1].lineno == 11 - 1  # counted from zero


def test_an_example_that_leaves_the_library_open_fails_and_breaks_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "<!-- run -->\n```python\nfrom gamenet.sockets import Sockets\nnet = Sockets()\n```\n"
    with pytest.raises(AssertionError, match=r"page\.md:3 leaves the library open"):
        run(*blocks_of(page(tmp_path, text)), monkeypatch)
    sockets.Sockets().close()


def test_the_hello_of_the_readme_is_the_demo() -> None:
    hello = (ROOT / "demos" / "hello_pygame.py").read_text(encoding="utf-8")
    assert hello in [block.shown for block in blocks_of(README)]


@pytest.mark.parametrize("page", [README, GUIDE], ids=lambda page: page.name)
def test_every_name_of_gamenet_on_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    homes = {"gn": gn, "net": gn.Session, "lab": Lab}
    said = set(re.findall(r"\b(gn|net|lab)\.([A-Za-z_]+)", text))
    fresh = Lab(clients=0)
    missing = {f"{home}.{name}" for home, name in said if not hasattr(homes[home], name) and not hasattr(fresh, name)}
    assert said and not missing


def test_every_name_of_the_sockets_on_their_pages_exists() -> None:
    """Also `Options.nagle_time`, `Result.OK` and the like."""
    homes = {"net": sockets.Sockets, "sockets": sockets} | {name: getattr(sockets, name) for name in sockets.__all__}
    later = {"on_connection_changed", "on_authentication_status"}  # set by `Sockets()`
    missing = {
        f"{page.name}: {home}.{name}"
        for page in SOCKETS.glob("*.md")
        for home, name in re.findall(rf"\b({'|'.join(homes)})\.([A-Za-z_]\w*)", page.read_text(encoding="utf-8"))
        if not hasattr(homes[home], name) and name not in later
    }
    assert not missing


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = {
        f"{page.name}: {target}{anchor}"
        for page in (README, *DOCS.rglob("*.md"))
        for target, anchor in re.findall(
            r"\]\(([^)#\s]*\.(?:md|svg|py)|)(#[^)\s]*)?\)", page.read_text(encoding="utf-8")
        )
        for other in [page.parent / target if target else page]
        if "://" not in target and not (other.exists() and (not anchor or anchor[1:] in anchors(other)))
    }
    assert not broken
