"""The textures of the duel, made here with Pillow: drawn larger than needed, shrunk, and with light around them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import arcade
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import rules

Color = tuple[int, int, int]
Points = Sequence[tuple[float, float]]

FINE: Final = 4  # how much larger shapes are drawn
MARGIN: Final = 14  # px of light around things

NIGHT: Final[Color] = (8, 10, 22)
FLOOR: Final[Color] = (15, 19, 38)
LINE: Final[Color] = (30, 38, 74)
EDGE: Final[Color] = (86, 108, 190)
TEXT: Final[Color] = (232, 238, 252)
DIM: Final[Color] = (138, 150, 190)
BAD: Final[Color] = (255, 110, 110)
SEATS: Final[tuple[Color, ...]] = ((56, 214, 255), (255, 148, 40), (186, 120, 255), (130, 240, 96))

_HOOD: Final[Points] = ((0.98, 0), (0.1, 0.62), (0.32, 0), (0.1, -0.62))


def mix(one: Color, other: Color, share: float) -> Color:
    """Between two colours; 0 is the one, 1 the other."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


def color(seat: int) -> Color:
    return SEATS[seat % len(SEATS)] if seat >= 0 else TEXT


@lru_cache(maxsize=8)
def duellist(seat: int) -> arcade.Texture:
    """From above, looking to the right: a dark shape with a rim of light and a bright visor."""
    paint = color(seat)

    def draw(on: ImageDraw.ImageDraw, unit: float, middle: float) -> None:
        _disc(on, middle, unit, mix(NIGHT, paint, 0.28), paint, 2.6 * FINE)
        _polygon(on, middle, unit, _HOOD, mix(paint, (255, 255, 255), 0.65))
        _disc(on, middle - 0.12 * unit, 0.3 * unit, NIGHT, mix(paint, NIGHT, 0.3), 1.5 * FINE)

    return _lit(f"duellist {seat}", rules.RADIUS, draw)


@lru_cache(maxsize=8)
def disc(seat: int) -> arcade.Texture:
    """A ring of light with a white heart."""
    paint = color(seat)

    def draw(on: ImageDraw.ImageDraw, unit: float, middle: float) -> None:
        _disc(on, middle, unit, mix(NIGHT, paint, 0.5), mix(paint, (255, 255, 255), 0.4), 2.4 * FINE)
        _disc(on, middle, 0.3 * unit, (255, 255, 255), (255, 255, 255), FINE)

    return _lit(f"disc {seat}", rules.DISC, draw)


@lru_cache(maxsize=1)
def dot() -> arcade.Texture:
    """White light that falls off to nothing; to be tinted and added."""
    size = 128
    light = Image.new("L", (size, size))
    light.putdata([_falloff(x, y, size) for y in range(size) for x in range(size)])
    picture = Image.new("RGBA", (size, size), (255, 255, 255, 0))
    picture.putalpha(light)
    return arcade.Texture(picture)


@lru_cache(maxsize=1)
def ring() -> arcade.Texture:
    """A white circle line with light; to be tinted and added."""

    def draw(on: ImageDraw.ImageDraw, unit: float, middle: float) -> None:
        box = (middle - unit, middle - unit, middle + unit, middle + unit)
        on.ellipse(box, outline=(255, 255, 255, 255), width=2 * FINE)

    return _lit("ring", 60, draw)


@lru_cache(maxsize=1)
def field() -> arcade.Texture:
    """The floor with its grid, the corners, and the pillars with the light that they throw."""
    width, height = round(rules.WIDTH), round(rules.HEIGHT)
    big = Image.new("RGB", (width * 2, height * 2), FLOOR)
    on = ImageDraw.Draw(big)
    for x in range(0, width * 2, 80):
        on.line((x, 0, x, height * 2), fill=LINE, width=2)
    for y in range(40, height * 2, 80):
        on.line((0, y, width * 2, y), fill=LINE, width=2)
    lines = Image.new("RGB", big.size)
    _lines(ImageDraw.Draw(lines))
    light = ImageChops.add(lines.filter(ImageFilter.GaussianBlur(28)), lines.filter(ImageFilter.GaussianBlur(8)))
    big = ImageChops.add(ImageChops.add(big, light), lines)
    for pillar in rules.PILLARS:
        box = _box(pillar.x * 2, (rules.HEIGHT - pillar.y) * 2, pillar.radius * 2 - 3)
        ImageDraw.Draw(big).ellipse(box, fill=mix(NIGHT, EDGE, 0.12), outline=mix(EDGE, (255, 255, 255), 0.45), width=4)
        inner = _box(pillar.x * 2, (rules.HEIGHT - pillar.y) * 2, pillar.radius * 1.2)
        ImageDraw.Draw(big).ellipse(inner, outline=mix(NIGHT, EDGE, 0.55), width=3)
    return arcade.Texture(big.resize((width, height), Image.Resampling.LANCZOS).convert("RGBA"))


def _lines(on: ImageDraw.ImageDraw) -> None:
    """What shines on the floor: the edge, the pillars' rims, a circle in each corner."""
    on.rectangle((3, 3, rules.WIDTH * 2 - 4, rules.HEIGHT * 2 - 4), outline=EDGE, width=6)
    for pillar in rules.PILLARS:
        on.ellipse(_box(pillar.x * 2, (rules.HEIGHT - pillar.y) * 2, pillar.radius * 2), outline=EDGE, width=8)
    for seat, corner in enumerate(rules.CORNERS):
        faint = mix(NIGHT, color(seat), 0.5)
        on.ellipse(_box(corner.x * 2, (rules.HEIGHT - corner.y) * 2, 62), outline=faint, width=4)


def _lit(name: str, radius: float, draw: Callable[[ImageDraw.ImageDraw, float, float], None]) -> arcade.Texture:
    """What `draw` draws, with its own blurred light behind it."""
    side = math.ceil(radius + MARGIN) * 2 * FINE
    sharp = Image.new("RGBA", (side, side))
    draw(ImageDraw.Draw(sharp), radius * FINE, side / 2)
    light = sharp.filter(ImageFilter.GaussianBlur(5 * FINE))
    whole = Image.alpha_composite(light, sharp)
    return arcade.Texture(whole.resize((side // FINE, side // FINE), Image.Resampling.LANCZOS))


def _falloff(x: int, y: int, size: int) -> int:
    away = math.dist((x + 0.5, y + 0.5), (size / 2, size / 2)) / (size / 2)
    return round(255 * max(0.0, 1 - away) ** 2)


def _box(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _disc(on: ImageDraw.ImageDraw, middle: float, radius: float, fill: Color, edge: Color, width: float) -> None:
    on.ellipse(_box(middle, middle, radius), fill=(*fill, 255), outline=(*edge, 255), width=round(width))


def _polygon(on: ImageDraw.ImageDraw, middle: float, unit: float, points: Points, fill: Color) -> None:
    on.polygon([(middle + x * unit, middle + y * unit) for x, y in points], fill=(*fill, 255))
