"""One picture of the duel in an arcade window. It is given a `Scene` and knows no session."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import arcade
from arcade import Texture

from . import rules, shapes
from .rules import State
from .scene import HELP, TITLE, Row, Scene
from .shapes import BAD, DIM, EDGE, NIGHT, TEXT, Color, color, mix

BAR: Final = 56  # px above the field, for the board
SIZE: Final = (round(rules.WIDTH), round(rules.HEIGHT) + BAR)
FONT: Final = ("Kenney Future", "DejaVu Sans", "arial")
PLAIN: Final = ("DejaVu Sans", "Segoe UI", "Helvetica", "arial")
_PANEL: Final = (480.0, 336.0)  # px, the lobby's


class Layer:
    """Sprites that are put anew for each picture; they are kept from one to the next."""

    def __init__(self) -> None:
        self._sprites: arcade.SpriteList[arcade.Sprite] = arcade.SpriteList(capacity=512)
        self._used = 0

    def put(
        self, texture: Texture, x: float, y: float, *, angle: float = 0, size: float = 0, tint: Color = (255, 255, 255),
        alpha: float = 1,
    ) -> None:  # fmt: skip
        """Args: angle: counterclockwise; size: px across, as the texture is without it; alpha: 0 … 1."""
        if self._used == len(self._sprites):
            self._sprites.append(arcade.Sprite(texture))
        sprite = self._sprites[self._used]
        self._used += 1
        sprite.texture, sprite.position, sprite.angle = texture, (x, y), -angle
        sprite.scale = size / texture.width if size else 1.0
        sprite.color = (*tint, max(0, min(255, round(255 * alpha))))

    def draw(self, *, added: bool = False) -> None:
        """All that were put since the last time; `added` to what is there, as light is."""
        while len(self._sprites) > self._used:
            self._sprites.pop()
        self._used = 0
        context = arcade.get_window().ctx
        self._sprites.draw(blend_function=(context.SRC_ALPHA, context.ONE) if added else context.BLEND_DEFAULT)


class Words:
    """Texts by place in the picture: making one is slow, changing one is not."""

    def __init__(self) -> None:
        self._texts: dict[tuple[Any, ...], arcade.Text] = {}

    def put(
        self, words: str, x: float, y: float, size: float, paint: Color = TEXT, *, plain: bool = False,
        anchor: str = "center",
    ) -> None:  # fmt: skip
        """Draws them now."""
        key = (words, size, plain, anchor)
        text = self._texts.get(key)
        if text is None:
            if len(self._texts) > 200:
                self._texts.clear()
            font = PLAIN if plain else FONT
            text = arcade.Text(words, 0, 0, font_size=size, font_name=font, anchor_x=anchor, anchor_y="center")
            self._texts[key] = text
        text.position, text.color = (round(x), round(y)), (*paint, 255)  # between pixels letters lose their edges
        text.draw()


class Painter:
    """Draws scenes into the current window."""

    def __init__(self) -> None:
        arcade.resources.load_kenney_fonts()
        self._floor, self._light, self._things = Layer(), Layer(), Layer()
        self._words = Words()
        self._camera = arcade.Camera2D()

    def paint(self, scene: Scene) -> None:
        """The whole picture, on a window that was cleared."""
        middle = SIZE[0] / 2, SIZE[1] / 2
        shake = scene.effects.shake
        self._camera.position = (
            middle[0] + round(shake * math.sin(scene.time * 71)),
            middle[1] + round(shake * math.cos(scene.time * 83)),
        )
        with self._camera.activate():
            self._field(scene)
        self._board(scene)
        if scene.lobby:
            self._lobby(scene)
        else:
            self._banner(scene)

    # ---------------------------------------------------------------------------------------------------------- things
    def _field(self, scene: Scene) -> None:
        self._floor.put(shapes.field(), rules.WIDTH / 2, rules.HEIGHT / 2)
        self._floor.draw()
        self._traces(scene)
        for who in scene.duellists:
            self._light.put(shapes.dot(), who.x, who.y, size=190, tint=color(who.seat), alpha=0.35)
        self._light.draw(added=True)
        for who in scene.duellists:
            self._things.put(shapes.duellist(who.seat), who.x, who.y, angle=who.angle)
            if who.state is State.ARMED and not who.asking:
                x, y = _beside(who, rules.RADIUS + 3)
                self._things.put(shapes.disc(who.seat), x, y, angle=who.angle)
        for disc in scene.discs:
            spin = scene.time * 720
            self._things.put(shapes.disc(disc.seat), disc.x, disc.y, angle=spin, alpha=0.55 if disc.home else 1)
        self._things.draw()
        self._sparks(scene)
        for who in scene.duellists:
            mine = any(row.mine and row.seat == who.seat for row in scene.rows)
            paint = TEXT if mine else mix(color(who.seat), TEXT, 0.35)
            self._words.put(who.name, who.x, who.y + rules.RADIUS + 17, 10, paint, plain=True)

    def _traces(self, scene: Scene) -> None:
        """Where discs flew and duellists dashed."""
        for seat, places in scene.effects.trails:
            for share, x, y in _thick(places):
                self._light.put(shapes.dot(), x, y, size=8 + 22 * share, tint=color(seat), alpha=0.5 * share**1.6)
        for disc in scene.discs:
            self._light.put(shapes.dot(), disc.x, disc.y, size=110, tint=color(disc.seat), alpha=0.5)
        for ghost in scene.effects.ghosts:
            alpha = 0.4 * (1 - ghost.age)
            self._things.put(shapes.duellist(ghost.seat), ghost.x, ghost.y, angle=ghost.angle, alpha=alpha)
        self._things.draw(added=True)

    def _sparks(self, scene: Scene) -> None:
        for spark in scene.effects.sparks:
            tint = mix((255, 255, 255), color(spark.seat), min(1.0, spark.age * 1.6))
            size = spark.size * (2.2 - spark.age)
            self._light.put(shapes.dot(), spark.x, spark.y, size=size, tint=tint, alpha=1 - spark.age**2)
        for wave in scene.effects.waves:
            size = 2 * wave.reach * (1 - (1 - wave.age) ** 3)
            self._light.put(
                shapes.ring(), wave.x, wave.y, size=size, tint=color(wave.seat), alpha=(1 - wave.age) ** 1.5
            )
        self._light.draw(added=True)

    # ----------------------------------------------------------------------------------------------------------- words
    def _board(self, scene: Scene) -> None:
        """Names and rounds won, above the field."""
        arcade.draw_lbwh_rectangle_filled(0, rules.HEIGHT, SIZE[0], BAR, (*NIGHT, 255))
        y, share = rules.HEIGHT + BAR / 2, SIZE[0] / max(2, len(scene.rows))
        for number, row in enumerate(scene.rows):
            self._card(row, share * (number + 0.5), y, scene.goal)

    def _card(self, row: Row, x: float, y: float, goal: int) -> None:
        paint = color(row.seat)
        self._words.put(row.name, x, y + 11, 13, TEXT if row.mine else mix(paint, TEXT, 0.4))
        for number in range(min(goal, 10)):
            at = x + (number - (min(goal, 10) - 1) / 2) * 19
            if number < row.score:
                self._light.put(shapes.dot(), at, y - 13, size=36, tint=paint, alpha=0.8)
                arcade.draw_circle_filled(at, y - 13, 5, mix(paint, TEXT, 0.3), num_segments=24)
            else:
                arcade.draw_circle_outline(at, y - 13, 5, (*mix(NIGHT, paint, 0.5), 255), 1.5, num_segments=24)
        self._light.draw(added=True)

    def _lobby(self, scene: Scene) -> None:
        """The code, large, and who is here."""
        x, y = rules.WIDTH / 2, rules.HEIGHT / 2
        self._panel(x, y, *_PANEL)
        self._words.put(TITLE, x, y + 132, 21, DIM)
        code = scene.code or "..."
        glow = 0.5 + 0.15 * math.sin(scene.time * 3)
        self._light.put(shapes.dot(), x, y + 78, size=420, tint=color(0), alpha=glow * 0.5)
        self._light.draw(added=True)
        self._words.put(code, x, y + 78, 40 if len(code) < 14 else 20)
        for number, row in enumerate(scene.rows):
            self._seat(row, x, y + 22 - 32 * number)
        self._words.put(scene.hint, x, y - 126, 13, TEXT if "Space" in scene.hint else DIM)
        if scene.problem and scene.problem != scene.hint:
            self._words.put(scene.problem, x, 40, 11, BAD, plain=True)
        self._words.put(HELP, x, 16, 9, DIM, plain=True)

    def _seat(self, row: Row, x: float, y: float) -> None:
        paint = color(row.seat)
        arcade.draw_circle_filled(x - 180, y, 7, paint, num_segments=32)
        self._words.put(row.name, x - 160, y, 14, TEXT if row.mine else mix(paint, TEXT, 0.5), anchor="left")
        words = "ready" if row.ready else "not yet"
        self._words.put(words, x + 188, y, 11, (130, 240, 96) if row.ready else DIM, anchor="right")

    def _banner(self, scene: Scene) -> None:
        """Words across the field, when there are some."""
        x, y = rules.WIDTH / 2, rules.HEIGHT / 2 + 90
        if scene.banner or scene.hint:
            wide = 760.0 if len(scene.banner) > 8 or scene.hint else 300.0
            self._panel(x, y - (14 if scene.hint else 0), wide, 130 if scene.hint else 96)
        if scene.banner:
            self._light.put(shapes.dot(), x, y, size=620, tint=color(scene.seat), alpha=0.3)
            self._light.draw(added=True)
            self._words.put(scene.banner, x, y, 34, mix(color(scene.seat), TEXT, 0.45))
        self._words.put(
            scene.hint, x, y - 48 if scene.banner else y - 14, 12, BAD if scene.problem else DIM, plain=True
        )

    def _panel(self, x: float, y: float, width: float, height: float) -> None:
        where = arcade.XYWH(x, y, width, height)
        arcade.draw_rect_filled(where, (*NIGHT, 205))
        arcade.draw_rect_outline(where, (*mix(NIGHT, EDGE, 0.7), 255), 2)


def _beside(who: rules.Duellist, reach: float) -> tuple[float, float]:
    """The right hand, a little ahead."""
    heading = math.radians(who.angle - 55)
    return who.x + math.cos(heading) * reach, who.y + math.sin(heading) * reach


def _thick(places: list[tuple[float, float]]) -> Iterator[tuple[float, float, float]]:
    """(0 … 1 from the oldest to the newest, x, y), with two more between each two places."""
    for number, (one, other) in enumerate(pairwise(places)):
        for third in range(3):
            share = third / 3
            x, y = one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
            yield (number + share) / len(places), x, y
