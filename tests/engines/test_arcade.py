"""arcade as a home: views that hear of a session, sprites on entities. Scenes are in scenes.py, one process each."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import IO, Any

import pytest

import gamenet as gn

from ..pages import DOCS, Block, blocks_of
from .conftest import ROOT, Stage, import_arcade

arcade = import_arcade()

from gamenet.engines.arcade import bind_sprite  # noqa: E402

DT = 1 / 60
BEGINNING = ["joined", "peer_joined"]


class Thing(gn.Entity):
    x: float = 10.0
    y: float = 20.0
    angle: float = gn.angle(0)


class Rock(gn.Entity):
    left: float = 1.0
    top: float = 2.0

    @property
    def above(self) -> float:
        return 100 - self.top


@pytest.fixture(params=["headless", "windowed"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """Both kinds of window, and of arcade's loop."""
    played: Stage = request.getfixturevalue(request.param)
    return played


# --------------------------------------------------------------------------------------------------------------- events
def test_a_view_hears_everything_once_and_the_session_is_closed_with_the_window(stage: Stage) -> None:
    seen = stage("a_view_is_told")
    assert sorted(seen["told"]) == sorted([*BEGINNING, "spawned"])
    assert seen["frames"] == 5 and seen["state"] in ("closing", "closed")


def test_every_event_of_a_session_has_a_method_with_its_arguments(headless: Stage) -> None:
    from gamenet.handlers import EVENTS

    assert headless("every_event_has_its_method") == list(EVENTS)


def test_an_event_reaches_the_view_that_is_shown_then_and_waits_while_there_is_none(stage: Stage) -> None:
    seen = stage("views_that_switch")
    assert seen == {"menu": ["joined"], "game": ["peer_joined"], "late": ["spawned"]}


def test_events_before_the_first_view_wait_for_it(headless: Stage) -> None:
    assert headless("events_before_any_view_wait_for_one") == {"before": [], "told": BEGINNING}


def test_what_waited_is_told_inside_a_frame_so_that_handlers_may_write(headless: Stage) -> None:
    seen = headless("what_waited_is_told_inside_a_frame")
    assert (seen["inside"], seen["x"], len(seen["told"])) == (True, 77, 3)


def test_a_view_may_be_given_another_session_and_both_end_with_the_window(headless: Stage) -> None:
    seen = headless("another_session_in_the_same_view")
    assert seen["told"] == ["joined", "Ada", "joined", "Grace"]
    assert set(seen["states"]) <= {"closing", "closed"}


def test_a_view_may_return_true(stage: Stage) -> None:
    assert stage("a_view_that_returns_true") == {"told": BEGINNING, "frames": 5}


def test_a_view_may_have_sections(windowed: Stage) -> None:
    assert windowed("a_view_with_sections") == {"told": BEGINNING, "sections": True}


def test_a_view_may_also_be_one_of_arcades_gui(windowed: Stage) -> None:
    assert windowed("a_view_with_a_gui") == {"told": BEGINNING, "ui": "UIManager"}


def test_a_game_may_do_without_net_view_and_pump_in_fixed_updates(windowed: Stage) -> None:
    seen = windowed("a_plain_view_and_a_frame_in_fixed_updates")
    assert seen["told"] == ["joined"] and seen["state"] in ("closing", "closed")


def test_nothing_is_called_on_every_tick_of_pyglets_clock(windowed: Stage) -> None:
    assert windowed("nothing_runs_free") == {"every tick": 0}


# -------------------------------------------------------------------------------------------------------------- the end
def test_a_window_may_be_closed_within_a_frame(stage: Stage) -> None:
    assert stage("the_window_closes_within_a_frame") == "closed"


def test_a_session_may_end_before_its_window(stage: Stage) -> None:
    seen = stage("the_session_ends_before_the_window")
    assert seen["frames"] == 10 and seen["told"][-1] == "closed" and seen["state"] == "closed"


def test_a_window_may_end_before_a_session_without_net_view(stage: Stage) -> None:
    seen = stage("the_window_ends_before_the_session")
    assert seen == {"place": [55, 30], "sprites": 0, "state": "joined"}


def test_the_session_is_closed_when_arcade_exits(windowed: Stage) -> None:
    seen = windowed("arcade_exits")
    assert not seen["closed"] and seen["state"] in ("closing", "closed")


def test_the_session_is_closed_when_the_user_closes_the_window(windowed: Stage) -> None:
    assert windowed("the_user_clicks_the_window_away") in ("closing", "closed")


def test_with_views_in_two_windows_the_session_is_closed_with_the_last(windowed: Stage) -> None:
    assert windowed("the_last_of_two_windows_closes") == ["joined", "closing"]


def _port(said: IO[str]) -> str:
    """The first line that is a number; arcade 4 says more."""
    return next(line.strip() for line in said if line.strip().isdigit())


def test_a_program_that_ends_by_an_exception_says_goodbye(
    headless: Stage, headless_environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "tests.engines.scenes", "the_program_ends_by_an_exception"]
    child = subprocess.Popen(command, cwd=ROOT, env=headless_environment, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        net = gn.join(f"127.0.0.1:{_port(child.stdout)}", protocol=gn.Protocol([]))
        reasons: list[str] = []
        net.on("closed")(reasons.append)
        limit = time.monotonic() + 8  # a peer that vanishes is noticed after ten seconds
        while not reasons and time.monotonic() < limit:
            net.pump(DT)
            time.sleep(0.005)
        assert child.wait(20) == 3
        assert reasons == ["The host ended the game."]
    finally:
        child.kill()
        child.communicate()
        net.close()


# ------------------------------------------------------------------------------------------------------------- sprites
def circle() -> Any:
    return arcade.SpriteCircle(5, arcade.color.CYAN)


def sprites(*members: Any) -> Any:
    made: Any = arcade.SpriteList(lazy=True)
    made.extend(members)
    return made


def test_a_bound_sprite_is_where_its_entity_is_shown() -> None:
    net = gn.solo()
    thing = net.spawn(Thing(x=30, y=40))
    bound = bind_sprite(thing, circle())
    assert bound.position == (30, 40)
    with net.frame(DT):
        thing.x, thing.angle = 37, 90
    assert bound.position == (37, 40) and bound.angle == 90


def test_a_sprite_leaves_its_lists_when_its_entity_goes_and_others_do_not() -> None:
    net = gn.solo()
    goes, stays = net.spawn(Thing()), net.spawn(Thing(x=50))
    one, other = bind_sprite(goes, circle()), bind_sprite(stays, circle())
    first, second = sprites(one, other), sprites(one)
    net.pump(DT)
    net.despawn(goes)
    net.pump(DT)
    assert list(first) == [other] and list(second) == []


def test_any_kind_of_sprite_can_be_bound_also_one_that_cannot_be_turned() -> None:
    net = gn.solo()
    thing = net.spawn(Thing(angle=45))
    texture = arcade.make_circle_texture(8, arcade.color.RED)
    for made in (
        arcade.BasicSprite(texture),
        arcade.Sprite(texture),
        arcade.SpriteSolidColor(4, 4, color=arcade.color.RED),
        arcade.TextureAnimationSprite(),
    ):
        assert bind_sprite(thing, made).position == (10, 20)


def test_a_sprite_that_rests_is_not_written() -> None:
    """arcade sends what was written to the graphics card."""
    net = gn.solo()
    thing = net.spawn(Thing())
    written: list[Any] = []

    class Watched(arcade.SpriteCircle):  # type: ignore[misc]
        def update_spatial_hash(self) -> None:
            written.append(self.position)

    bound = bind_sprite(thing, Watched(5, arcade.color.CYAN))
    net.pump(DT)
    written.clear()
    net.pump(DT)
    assert written == []
    with net.frame(DT):
        thing.y = 21
    assert written == [(10, 21)] and bound.position == (10, 21)


def test_other_names_for_the_fields_also_properties() -> None:
    rock = gn.solo().spawn(Rock())
    assert bind_sprite(rock, circle(), x="left", y="above").position == (1, 98)


def test_what_cannot_be_bound_is_refused_in_the_callers_line() -> None:
    net = gn.solo()
    with pytest.raises(AttributeError, match="Rock has no x and no y: say x= and y="):
        bind_sprite(net.spawn(Rock()), circle())
    with pytest.raises(TypeError, match=r"sprite of arcade's, such as arcade\.Sprite\(…\)"):
        bind_sprite(net.spawn(Thing()), "player.png")  # type: ignore[type-var]
    with pytest.raises(gn.GamenetError, match=r"net\.spawn\(…\) it first"):
        bind_sprite(Thing(), circle())


def test_a_sprite_that_goes_with_its_session_is_not_kept() -> None:
    net = gn.solo()
    bound = bind_sprite(net.spawn(Thing()), circle())
    net.pump(DT)
    gone = weakref.ref(bound)
    del net, bound
    gc.collect()
    assert gone() is None


def test_the_picture_has_the_sprite_at_its_entitys_place_turned_clockwise(stage: Stage) -> None:
    """Its bright half looks right, then down, then left."""
    seen = stage("a_sprite_is_drawn_where_and_as_its_entity_is")
    near = [
        all(abs(a - b) <= 2 for a, b in zip(*pair, strict=True))
        for pair in zip(seen, [(90, 60), (80, 50), (70, 60)], strict=True)
    ]
    assert near == [True] * 3, seen


def test_two_sessions_show_each_other(stage: Stage) -> None:
    seen = stage("two_sessions_show_each_other")
    assert sorted(seen["told"]) == sorted(["joined", "peer_joined", "peer_joined", "spawned"])
    assert all(abs(a - b) <= 1 for a, b in zip(seen["seen"], (40, 90), strict=True)), seen


# ------------------------------------------------------------------------------------------------------------- overlay
NOTHING = {"at the edge": False, "in its corner": False, "good": False, "bad": False, "quiet": False}


def test_an_overlay_is_drawn_in_its_corner_whatever_camera_and_blending_the_game_uses(stage: Stage) -> None:
    shown = {**NOTHING, "in its corner": True, "good": True, "quiet": True}
    assert stage("an_overlay_is_drawn") == [NOTHING, shown, shown]


def test_an_overlay_writes_at_most_a_line_a_frame_and_outlives_its_window(headless: Stage) -> None:
    seen = headless("an_overlay_follows_its_session_a_line_a_frame")
    assert max(seen["changed"]) == 1 and sum(seen["changed"]) >= 2
    assert seen["texts"][0] == "closed" and "ended the game." in seen["texts"][1]
    assert seen["old"] == seen["new"] == {**NOTHING, "in its corner": True, "bad": True, "quiet": True}


# ----------------------------------------------------------------------------------------------------------- bad places
def test_without_a_display_arcade_says_so_and_the_session_goes_on(headless_environment: dict[str, str]) -> None:
    program = (
        "import arcade, gamenet as gn\n"
        "import gamenet.engines.arcade\n"
        "net = gn.solo()\n"
        "try:\n    arcade.Window(64, 64)\n"
        "except Exception as problem:\n    print(type(problem).__name__)\n"
        "net.pump(0.1)\n"
        "print(net.state)\n"
    )
    environment = {name: value for name, value in headless_environment.items() if name != "ARCADE_HEADLESS"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["NoSuchDisplayException", "joined"]


@pytest.mark.parametrize("kind", ["Sprite", "Texture"])
def test_what_is_arcades_is_no_field(kind: str) -> None:
    with pytest.raises(gn.GamenetError, match=r"load it on each peer, in spawned\(\) or as gn\.local"):
        type("Ship", (gn.Entity,), {"__annotations__": {"picture": getattr(arcade, kind)}, "__module__": __name__})


# ------------------------------------------------------------------------------------------------------- missing extras
@pytest.mark.parametrize(("engine", "extra"), [("arcade", "arcade"), ("pygame", "pygame-ce")])
def test_an_engine_that_is_not_installed_is_asked_for(engine: str, extra: str) -> None:
    program = f"import sys; sys.modules['{engine}'] = None; import gamenet.engines.{engine}"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert f'pip install "gamenet[{extra}]"' in done.stderr.splitlines()[-1]


# ------------------------------------------------------------------------------------------------------------- its page
EXAMPLES = [block for block in blocks_of(DOCS / "arcade.md") if block.runs]
FEW_FRAMES = """
import arcade
frames, flip = 0, arcade.Window.flip
def flip_and_count(window):
    global frames
    flip(window)
    frames += 1
    if frames == 30:
        window.close()
arcade.Window.flip = flip_and_count
import sys
page = compile(open(sys.argv.pop(1)).read(), "page", "exec")
exec(page, globals())
"""


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_of_the_page_runs_for_some_frames(
    block: Block, tmp_path: Path, headless: Stage, headless_environment: dict[str, str]
) -> None:
    (tmp_path / "example.py").write_text(block.code, encoding="utf-8")
    command = [sys.executable, "-c", FEW_FRAMES, str(tmp_path / "example.py")]
    done = subprocess.run(
        command, cwd=ROOT, env=headless_environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 2
