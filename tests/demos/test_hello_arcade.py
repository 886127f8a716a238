"""The hello of arcade: two windows, two circles in each, also when the other one is pygame's."""

from __future__ import annotations

from pathlib import Path

import pytest

from demos.arena.demo import free_port
from tests.demos.children import ROOT, Child
from tests.engines.conftest import display, headless_environment  # noqa: F401  (fixtures)

HELLO = ROOT / "demos" / "hello_arcade.py"
DRIVER = Path(__file__).with_name("hello_arcade_process.py")
PYGAME_HELLO = ROOT / "demos" / "hello_pygame.py"
PYGAME_DRIVER = Path(__file__).with_name("hello_process.py")


def test_it_is_complete_in_24_lines() -> None:
    assert len(HELLO.read_text(encoding="utf-8").splitlines()) <= 24


@pytest.fixture(params=["without a screen", "on a screen"])
def screen(request: pytest.FixtureRequest) -> dict[str, str]:
    pytest.importorskip("arcade")
    if request.param == "without a screen":
        environment: dict[str, str] = request.getfixturevalue("headless_environment")
        return {"ARCADE_HEADLESS": environment["ARCADE_HEADLESS"], "LIBGL_ALWAYS_SOFTWARE": "1"}
    return {"DISPLAY": request.getfixturevalue("display"), "LIBGL_ALWAYS_SOFTWARE": "1"}


@pytest.mark.timeout(180)
def test_each_window_shows_two_circles_when_a_second_player_joins(screen: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    with (
        Child(DRIVER, HELLO, tmp_path / "host.png", f"host:{port}", **screen) as host,
        Child(DRIVER, HELLO, tmp_path / "guest.png", f"join:127.0.0.1:{port}", **screen) as guest,
    ):
        assert host.hear("two") == "two 200,240 440,240"  # mine is cyan, and where the other one sees orange
        assert guest.hear("two") == "two 440,240 200,240"
        for each in (guest, host):
            each.hang_up()
            assert each.end() == 0, each.lines


@pytest.mark.timeout(180)
def test_players_of_pygame_and_of_arcade_share_one_room(headless_environment: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("arcade")
    port, no_screen = free_port(), {"ARCADE_HEADLESS": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
    with (
        Child(PYGAME_DRIVER, PYGAME_HELLO, tmp_path / "pygame.png", f"host:{port}") as pygame,
        Child(DRIVER, HELLO, tmp_path / "arcade.png", f"join:127.0.0.1:{port}", **no_screen) as arcade,
    ):
        _, mine, theirs = arcade.hear("two").split()
        assert mine == "440,240" and theirs.endswith(",240")
        pygame.hear("two")
        for each in (arcade, pygame):
            each.hang_up()
            assert each.end() == 0, each.lines
