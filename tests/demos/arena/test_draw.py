"""The picture shows what there is: looked at by pixel here, and by eye when it changes."""

from __future__ import annotations

from collections.abc import Iterator

import pygame
import pytest

from demos.arena import rules, shapes
from demos.arena.draw import Painter, Scene, Status
from demos.arena.effects import Spark
from demos.arena.rules import Kind
from tests.demos.arena.things import Pickup, Ship, Shot

SIZE = 900, 620


@pytest.fixture(scope="module")
def painter() -> Iterator[Painter]:
    pygame.font.init()
    yield Painter(pygame.Surface(SIZE))
    pygame.font.quit()


def pixels(painter: Painter, scene: Scene) -> bytes:
    painter.paint(scene)
    return bytes(pygame.image.tobytes(painter._screen, "RGB"))


def color_at(painter: Painter, thing: rules.Point) -> tuple[int, int, int]:
    x, y = painter._at(thing)
    r, g, b, _ = painter._screen.get_at((round(x), round(y)))
    return r, g, b


def near(one: tuple[int, int, int], other: tuple[int, int, int], by: int = 90) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= by


@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_a_ship_stands_in_its_colour_where_it_is_whatever_its_angle(painter: Painter, angle: int) -> None:
    ship = Ship(x=300, y=200, angle=angle, color=1)
    painter.paint(Scene(ships=[ship]))
    tail = Ship(x=300, y=200, angle=(angle + 150) % 360)
    spot = rules.muzzle(rules.Place(tail.x, tail.y, tail.angle))
    beside = rules.Place((300 + spot.x) / 2, (200 + spot.y) / 2, 0)
    assert near(color_at(painter, Ship(x=beside.x, y=beside.y)), shapes.SHIPS[1], 200)
    assert near(color_at(painter, Ship(x=700, y=600)), shapes.SKY, 120)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(ships=[Ship(hp=100, name="Ada")]),
        Scene(shots=[Shot(vx=600)]),
        *(Scene(pickups=[Pickup(kind=kind)]) for kind in Kind),
        Scene(sparks=[Spark(300, 300, 0, 0, 2, 4.0)]),
        Scene(clock="2:41"),
        Scene(banner="back in 2"),
        Scene(chat=[("Ada", "hello")]),
        Scene(typing="hel"),
        Scene(status=Status("joined", 0.03, 2)),
        Scene(status=Status("closed", problem="the server is gone")),
    ],
)
def test_everything_in_a_scene_leaves_something_on_the_picture(painter: Painter, scene: Scene) -> None:
    assert pixels(painter, scene) != pixels(painter, Scene())


def test_the_own_ship_looks_different(painter: Painter) -> None:
    ship = Ship(name="Ada")
    assert pixels(painter, Scene(ships=[ship], mine=ship)) != pixels(painter, Scene(ships=[ship], mine=Ship()))


def test_hp_can_be_read_off_the_picture(painter: Painter) -> None:
    pictures = {pixels(painter, Scene(ships=[Ship(hp=hp)])) for hp in (20, 40, 60, 80, 100)}
    assert len(pictures) == 5


def test_a_destroyed_ship_is_only_in_the_table(painter: Painter) -> None:
    ship = Ship(x=300, y=200, hp=0, name="Ada")
    painter.paint(Scene(ships=[ship]))
    there = color_at(painter, ship)
    painter.paint(Scene())
    assert there == color_at(painter, ship)


@pytest.mark.parametrize("size", [(320, 200), (1920, 1080), (500, 900)])
def test_the_whole_arena_fits_windows_of_any_shape(size: tuple[int, int]) -> None:
    pygame.font.init()
    painter = Painter(pygame.Surface(size))
    corners = [Ship(x=x, y=y) for x in (0.0, rules.WIDTH) for y in (0.0, rules.HEIGHT)]
    painter.paint(Scene(ships=corners, chat=[("", "hello")] * 9, banner="somebody wins"))
    assert all(0 <= painter._at(ship)[0] < size[0] and 0 <= painter._at(ship)[1] < size[1] for ship in corners)


def test_where_not_all_scores_fit_the_own_one_does() -> None:
    pygame.font.init()
    ships = [Ship(name=f"somebody {number}", color=number, score=50 - number, hp=0) for number in range(8)]
    painter = Painter(pygame.Surface((420, 320)))
    crowd = pixels(painter, Scene(ships=ships, mine=Ship()))
    assert pixels(painter, Scene(ships=ships[:-1], mine=Ship())) == crowd, "the last one has no room"
    assert pixels(painter, Scene(ships=ships, mine=ships[-1])) != pixels(painter, Scene(ships=ships[:-1], mine=None))
