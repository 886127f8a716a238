"""The shapes of the game, drawn four times too large and shrunk so that edges are smooth; kept, because they repeat."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import pygame

from .rules import Kind

Color = tuple[int, int, int]
Points = Sequence[tuple[float, float]]

FINE: Final = 4  # how much larger shapes are drawn
ANGLE_STEP: Final = 4  # degrees between two pictures of a ship

SKY: Final[Color] = (13, 18, 33)
GRID: Final[Color] = (22, 30, 52)
GRID_STRONG: Final[Color] = (29, 40, 68)
WALL: Final[Color] = (72, 96, 156)
TEXT: Final[Color] = (226, 233, 247)
DIM: Final[Color] = (132, 146, 178)
GOOD: Final[Color] = (122, 229, 130)
FAIR: Final[Color] = (255, 209, 102)
BAD: Final[Color] = (255, 99, 99)

SHIPS: Final[tuple[Color, ...]] = (
    (76, 201, 240),
    (255, 159, 28),
    (122, 229, 130),
    (255, 93, 143),
    (255, 224, 102),
    (179, 136, 255),
    (255, 120, 100),
    (64, 224, 208),
)
PICKUPS: Final[dict[Kind, Color]] = {Kind.REPAIR: GOOD, Kind.RAPID: (120, 190, 255), Kind.STAR: (255, 214, 90)}

_HULL: Final[Points] = ((1.3, 0), (-0.95, 0.88), (-0.55, 0), (-0.95, -0.88))
_WING: Final[Points] = ((1.3, 0), (-0.95, 0.88), (-0.55, 0))
_COCKPIT: Final[Points] = ((0.75, 0), (0.05, 0.24), (-0.2, 0), (0.05, -0.24))
_FLAME: Final[Points] = ((-0.6, 0.34), (-1.9, 0), (-0.6, -0.34))
_CHEVRON: Final[Points] = ((-0.15, -0.45), (0.3, 0), (-0.15, 0.45), (-0.15, 0.2), (0.05, 0), (-0.15, -0.2))
_FLAME_CORE: Final[Points] = ((-0.6, 0.18), (-1.35, 0), (-0.6, -0.18))


def mix(one: Color, other: Color, share: float) -> Color:
    """Between two colours; 0 is the one, 1 the other."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


@lru_cache(maxsize=4096)
def ship(color: int, angle: int, radius: int, thrust: bool, mine: bool) -> pygame.Surface:
    """A ship of that colour and radius in pixels, at a multiple of ANGLE_STEP degrees; mine has a white edge."""
    paint = SHIPS[color % len(SHIPS)]
    big = _canvas(2 * radius)
    unit = radius * FINE
    if thrust:
        _polygon(big, (255, 140, 50), _turned(_FLAME, angle), unit)
        _polygon(big, (255, 236, 170), _turned(_FLAME_CORE, angle), unit)
    _polygon(big, paint, _turned(_HULL, angle), unit)
    _polygon(big, mix(paint, SKY, 0.28), _turned(_WING, angle), unit)
    _polygon(big, mix(paint, SKY, 0.75), _turned(_COCKPIT, angle), unit)
    edge = (255, 255, 255) if mine else mix(paint, (255, 255, 255), 0.45)
    _polygon(big, edge, _turned(_HULL, angle), unit, width=FINE * (2 if mine else 1))
    return _shrunk(big)


@lru_cache(maxsize=256)
def ring(color: Color, radius: int, width: int, alpha: int) -> pygame.Surface:
    """A smooth circle line."""
    big = _canvas(radius + width)
    centre = big.get_width() // 2
    pygame.draw.circle(big, (*color, alpha), (centre, centre), radius * FINE, width * FINE)
    return _shrunk(big)


@lru_cache(maxsize=256)
def glow(color: Color, radius: int, strength: int = 110) -> pygame.Surface:
    """Light that falls off to nothing at the radius; to be added (`BLEND_RGB_ADD`)."""
    surface = pygame.Surface((2 * radius, 2 * radius))
    for r in range(radius, 0, -1):
        light = (1 - r / radius) ** 2 * strength / 255
        pygame.draw.circle(surface, mix((0, 0, 0), color, light), (radius, radius), r)
    return surface


@lru_cache(maxsize=64)
def pickup(kind: Kind, radius: int) -> pygame.Surface:
    """A badge with a cross, two chevrons or a star."""
    paint, big = PICKUPS[kind], _canvas(radius + 2)
    centre, unit = big.get_width() // 2, radius * FINE
    pygame.draw.circle(big, mix(paint, SKY, 0.78), (centre, centre), unit)
    pygame.draw.circle(big, paint, (centre, centre), unit, FINE * 2)
    for part in _sign(kind):
        _polygon(big, paint, part, unit)
    return _shrunk(big)


@lru_cache(maxsize=4)
def background(size: tuple[int, int], cell: int) -> pygame.Surface:
    """The sky with its grid, a little lighter in the middle."""
    surface = pygame.Surface(size)
    surface.fill(SKY)
    for axis in (0, 1):
        for number, at in enumerate(range(0, size[axis], cell)):
            start, end = [at, 0], [at, size[1]]
            if axis:
                start, end = [0, at], [size[0], at]
            pygame.draw.line(surface, GRID if number % 4 else GRID_STRONG, start, end)
    light = glow((38, 52, 92), max(size) // 2, strength=150)
    surface.blit(pygame.transform.smoothscale(light, size), (0, 0), special_flags=pygame.BLEND_RGB_ADD)
    return surface


def _sign(kind: Kind) -> Iterable[Points]:
    if kind is Kind.REPAIR:
        return (_box(0.16, 0.55), _box(0.55, 0.16))
    if kind is Kind.RAPID:
        return tuple([(x + shift, y) for x, y in _CHEVRON] for shift in (-0.25, 0.12))
    return (tuple(_polar(0.68 if corner % 2 == 0 else 0.3, corner * 36 - 90) for corner in range(10)),)


def _box(width: float, height: float) -> Points:
    return ((-width, -height), (width, -height), (width, height), (-width, height))


def _polar(length: float, degrees: float) -> tuple[float, float]:
    return length * math.cos(math.radians(degrees)), length * math.sin(math.radians(degrees))


def _turned(points: Points, degrees: float) -> Points:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [(x * cos - y * sin, x * sin + y * cos) for x, y in points]


def _canvas(radius: int) -> pygame.Surface:
    return pygame.Surface((2 * radius * FINE, 2 * radius * FINE), pygame.SRCALPHA)


def _polygon(big: pygame.Surface, color: Color, points: Points, unit: float, width: int = 0) -> None:
    centre = big.get_width() / 2
    pygame.draw.polygon(big, color, [(centre + x * unit, centre + y * unit) for x, y in points], width)


def _shrunk(big: pygame.Surface) -> pygame.Surface:
    width, height = big.get_size()
    return pygame.transform.smoothscale(big, (width // FINE, height // FINE))
