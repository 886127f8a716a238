"""The duel as it is started: by code, without windows and with two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.demos.children import ROOT, Child, service
from tests.engines.conftest import display, headless_environment  # noqa: F401  (fixtures)

PROGRAM = ROOT / "demos" / "arcade_duel.py"


def code_of(host: Child) -> str:
    return host.hear("code ").removeprefix("code ")


@pytest.mark.timeout(180)
def test_two_bots_without_windows_find_each_other_by_code_and_play_to_the_end() -> None:
    with (
        service() as where,
        Child(PROGRAM, f"host:{where}", "--headless", "--name=Ada", "--goal=1", "--seed=1") as host,
        Child(PROGRAM, f"{code_of(host)}@{where}", "--headless", "--name=Grace", "--seed=2") as guest,
    ):
        results = [each.hear("the duel: ") for each in (host, guest)]
        assert [each.end() for each in (host, guest)] == [0, 0]
        assert results[0] == results[1] and results[0] in ("the duel: Ada 1, Grace 0", "the duel: Grace 1, Ada 0")


@pytest.mark.timeout(60)
def test_without_a_window_no_engine_is_loaded() -> None:
    told = "import runpy, sys; sys.argv = sys.argv[1:]\n"
    told += "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
    told += "except SystemExit: print('engines', {'arcade', 'pyglet', 'pygame', 'PIL'} & set(sys.modules))"
    with Child("-c", told, PROGRAM, "solo", "--headless", "--seconds=0.2") as alone:
        assert alone.hear("engines") == "engines set()"


@pytest.mark.timeout(60)
def test_a_code_that_nobody_has_is_told_in_words() -> None:
    with service() as where, Child(PROGRAM, f"K7QX-3MNP@{where}", "--headless") as lost:
        assert lost.end() == 1
        assert any("code" in line for line in lost.lines), lost.lines


def test_words_that_say_no_way_are_a_problem_in_one_line() -> None:
    with Child(PROGRAM, "join:", "--headless") as lost:
        assert lost.end() == 1
        assert [line.startswith("duel: ") for line in lost.lines] == [True], lost.lines


# -------------------------------------------------------------------------------------------------------------- windows
@pytest.mark.timeout(180)
def test_two_windows_on_one_screen_show_each_other_by_code(display: str, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("arcade")
    screen = {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1"}
    pictures = [tmp_path / "host.png", tmp_path / "guest.png"]
    with service() as where:
        words = ["--seconds=6", "--shot", pictures[0]]
        with Child(PROGRAM, f"host:{where}", "--name=Ada", *words, **screen) as host:
            code = code_of(host)
            words = ["--seconds=1", "--shot", pictures[1]]
            with Child(PROGRAM, f"{code}@{where}", "--name=Grace", *words, **screen) as guest:
                host.hear("Grace came")
                assert guest.end() == 0
            host.hear("Grace left")
            assert host.end() == 0
    assert visors(pictures[1]) == (True, True), "the guest sees both"
    assert visors(pictures[0]) == (True, False), "and the host itself alone again"


def visors(picture: Path) -> tuple[bool, bool]:
    """Whether somebody stands in the first and in the second corner: a visor is nearly white."""
    from demos.duel import rules

    image: Any = pytest.importorskip("PIL.Image").open(picture)
    bright = []
    for seat in (0, 1):
        x, y = rules.corner(seat).x, image.height - rules.corner(seat).y
        part = image.crop((x - 22, y - 14, x + 22, y + 14)).convert("L")
        bright.append(sum(light > 190 for light in part.getdata()) > 60)
    return bright[0], bright[1]
