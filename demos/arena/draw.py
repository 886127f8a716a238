"""One picture of the game. It is given a `Scene`, whatever that was made from, and knows no network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import pygame

from . import rules, shapes
from .effects import Spark
from .shapes import BAD, DIM, FAIR, GOOD, SHIPS, SKY, TEXT, WALL, Color, mix

_MARGIN: Final = 10
_BAR: Final = 42  # px above the field, for clock, scores and connection
_CELL: Final = 50  # px of the arena between two lines of the grid


class Ship(rules.Ship, Protocol):
    """What is drawn of a ship, beyond what the rules need."""

    name: str
    color: int


class Shot(rules.Body, Protocol):
    """What is drawn of a shot."""

    color: int


@dataclass
class Scene:
    """Everything that one picture shows."""

    ships: Sequence[Ship] = ()
    mine: Ship | None = None
    shots: Sequence[Shot] = ()
    pickups: Sequence[rules.Pickup] = ()
    sparks: Sequence[Spark] = ()
    clock: str = ""
    banner: str = ""
    chat: Sequence[tuple[str, str]] = ()
    typing: str | None = None
    status: Status = field(default_factory=lambda: Status())
    time: float = 0.0  # seconds, for what pulses


@dataclass
class Status:
    """The connection in a line: how it stands ("joined"), a round trip in seconds, how many are here, what is wrong."""

    state: str = ""
    ping: float = 0.0
    peers: int = 0
    problem: str = ""


class Painter:
    """Draws scenes on a surface; the arena is scaled to fit."""

    def __init__(self, screen: pygame.Surface) -> None:
        self._screen = screen
        width, height = screen.get_size()
        below = height - _BAR
        self._scale = min((width - 2 * _MARGIN) / rules.WIDTH, (below - _MARGIN) / rules.HEIGHT)
        size = round(rules.WIDTH * self._scale), round(rules.HEIGHT * self._scale)
        self._field = pygame.Rect((0, 0), size)
        self._field.center = width // 2, _BAR + (below - _MARGIN) // 2
        self._background = shapes.background(size, round(_CELL * self._scale))
        self._small, self._normal, self._large = (pygame.font.Font(None, size) for size in (18, 22, 46))

    def paint(self, scene: Scene) -> None:
        """The whole picture; `pygame.display.flip()` is the caller's."""
        self._screen.fill(mix(SKY, (0, 0, 0), 0.35))
        self._screen.blit(self._background, self._field)
        pygame.draw.rect(self._screen, WALL, self._field.inflate(4, 4), 2, border_radius=4)
        self._chat(scene)  # below all that moves
        for pickup in scene.pickups:
            self._pickup(pickup, scene.time)
        for shot in scene.shots:
            self._shot(shot)
        for ship in scene.ships:
            if rules.alive(ship):
                self._ship(ship, ship is scene.mine, scene.time)
        for spark in scene.sparks:
            self._spark(spark)
        for ship in scene.ships:
            if rules.alive(ship):
                self._label(ship, ship is scene.mine)
        self._bar(scene)
        self._banner(scene)

    # ---------------------------------------------------------------------------------------------------------- things
    def _at(self, thing: rules.Point) -> tuple[float, float]:
        return self._field.x + thing.x * self._scale, self._field.y + thing.y * self._scale

    def _radius(self, pixels: float) -> int:
        return max(2, round(pixels * self._scale))

    def _blit(self, picture: pygame.Surface, centre: tuple[float, float], flags: int = 0) -> None:
        self._screen.blit(picture, picture.get_rect(center=(round(centre[0]), round(centre[1]))), special_flags=flags)

    def _ship(self, ship: Ship, mine: bool, time: float) -> None:
        at, radius = self._at(ship), self._radius(rules.SHIP_RADIUS)
        color = SHIPS[ship.color % len(SHIPS)]
        self._blit(shapes.glow(color, radius * 3, 70 if mine else 45), at, pygame.BLEND_RGB_ADD)
        angle = round(ship.angle / shapes.ANGLE_STEP) * shapes.ANGLE_STEP % 360
        self._blit(shapes.ship(ship.color, angle, radius, ship.thrust and time % 0.1 < 0.075, mine), at)
        if ship.shield > 0:
            pulse = 150 + round(70 * math.sin(time * 9) / 35) * 35
            self._blit(shapes.ring((190, 225, 255), round(radius * 1.7), 2, pulse), at)
        if ship.rapid > 0:
            self._blit(shapes.ring(shapes.PICKUPS[rules.Kind.RAPID], round(radius * 1.45), 1, 200), at)
        if mine:
            self._marker(at, radius)

    def _marker(self, at: tuple[float, float], radius: int) -> None:
        """A small triangle under the own ship."""
        x, y, size = at[0], at[1] + radius * 1.75, max(4, radius // 2)
        pygame.draw.polygon(self._screen, TEXT, [(x, y), (x - size, y + size), (x + size, y + size)])

    def _label(self, ship: Ship, mine: bool) -> None:
        """Name and hp above the ship."""
        x, y = self._at(ship)
        radius = self._radius(rules.SHIP_RADIUS)
        width, share = radius * 3, ship.hp / rules.HP
        bar = pygame.Rect(0, 0, width, 5)
        bar.midbottom = round(x), round(y - radius * 1.6)
        pygame.draw.rect(self._screen, (8, 11, 20), bar.inflate(2, 2), border_radius=3)
        filled = pygame.Rect(bar.topleft, (round(width * share), bar.height))
        pygame.draw.rect(self._screen, GOOD if share > 0.5 else FAIR if share > 0.25 else BAD, filled, border_radius=2)
        name = self._small.render(ship.name, True, TEXT if mine else mix(SHIPS[ship.color % len(SHIPS)], TEXT, 0.35))
        self._screen.blit(name, name.get_rect(midbottom=(round(x), bar.top - 2)))

    def _shot(self, shot: Shot) -> None:
        x, y = self._at(shot)
        color = SHIPS[shot.color % len(SHIPS)]
        speed = math.hypot(shot.vx, shot.vy) or 1.0
        tail = self._radius(20)
        behind = x - shot.vx / speed * tail, y - shot.vy / speed * tail
        self._blit(shapes.glow(color, self._radius(16), 150), (x, y), pygame.BLEND_RGB_ADD)
        pygame.draw.line(self._screen, mix(color, SKY, 0.35), behind, (x, y), 2)
        pygame.draw.circle(self._screen, mix(color, (255, 255, 255), 0.7), (x, y), self._radius(rules.SHOT_RADIUS))

    def _pickup(self, pickup: rules.Pickup, time: float) -> None:
        at, radius = self._at(pickup), self._radius(rules.PICKUP_RADIUS)
        strength = 60 + round(3 * math.sin(time * 3 + pickup.x)) * 10
        self._blit(shapes.glow(shapes.PICKUPS[pickup.kind], radius * 3, strength), at, pygame.BLEND_RGB_ADD)
        self._blit(shapes.pickup(pickup.kind, radius), at)

    def _spark(self, spark: Spark) -> None:
        color = mix((255, 255, 255), SHIPS[spark.color % len(SHIPS)], min(1.0, spark.age * 2))
        radius = self._radius(spark.size * (1 - spark.age))
        pygame.draw.circle(self._screen, mix(color, SKY, spark.age), self._at(spark), radius)

    # ----------------------------------------------------------------------------------------------------------- words
    def _text(self, words: str, color: Color, **where: tuple[int, int]) -> pygame.Rect:
        picture = self._normal.render(words, True, color)
        return self._screen.blit(picture, picture.get_rect(**where))

    def _bar(self, scene: Scene) -> None:
        """Clock, scores and connection, above the field so that they hide nothing."""
        left, right, y = self._field.left + 4, self._field.right - 4, self._field.top // 2
        if scene.clock:
            self._text(scene.clock, TEXT, midleft=(left, y))
        end = self._status(scene.status, right, y)
        at = left + 46
        for card in self._that_fit(scene, end - at):
            self._screen.blit(card, card.get_rect(midleft=(at, y)))
            at += card.get_width()

    def _that_fit(self, scene: Scene, room: int) -> Iterator[pygame.Surface]:
        """The best players' cards that fit into so many pixels, the own one in any case."""
        ranked = rules.ranking(scene.ships)
        cards = [self._card(ship, ship is scene.mine) for ship in ranked]
        mine = ranked.index(scene.mine) if scene.mine in ranked else -1
        for number, card in enumerate(cards):
            needed = card.get_width() + (cards[mine].get_width() if number < mine else 0)
            if needed <= room or number == mine:
                yield card
                room -= card.get_width()

    def _card(self, ship: Ship, mine: bool) -> pygame.Surface:
        """One player's colour, name and score."""
        name = self._normal.render(ship.name, True, TEXT if mine else DIM)
        score = self._normal.render(str(ship.score), True, TEXT)
        width, height = name.get_width() + score.get_width() + 42, 24
        card = pygame.Surface((width, height), pygame.SRCALPHA)
        if mine:
            pygame.draw.rect(card, shapes.GRID_STRONG, (0, 0, width - 4, height), border_radius=height // 2)
        pygame.draw.circle(card, SHIPS[ship.color % len(SHIPS)], (13, height // 2), 5)
        card.blit(name, name.get_rect(midleft=(23, height // 2)))
        card.blit(score, score.get_rect(midright=(width - 13, height // 2)))
        return card

    def _chat(self, scene: Scene) -> None:
        lines = list(scene.chat)[-6:]
        x, y = self._field.left + 14, self._field.bottom - 16 - 20 * (len(lines) + (scene.typing is not None))
        for name, words in lines:
            y += 20
            rect = self._text(f"{name}: " if name else "", TEXT, midleft=(x, y))
            self._text(words, mix(TEXT, DIM, 0.35) if name else DIM, midleft=(rect.right, y))
        if scene.typing is not None:
            self._text(f"> {scene.typing}_", FAIR, midleft=(x, y + 20))

    def _status(self, status: Status, right: int, y: int) -> int:
        """The connection in a line that ends at `right`. Returns where it begins."""
        joined = status.state == "joined"
        color = BAD if status.problem or status.state == "closed" else GOOD if joined else FAIR
        words = status.problem or (f"{status.ping * 1000:.0f} ms · {status.peers} here" if joined else status.state)
        rect = self._text(words, mix(TEXT, DIM, 0.5), midright=(right, y))
        pygame.draw.circle(self._screen, color, (rect.left - 12, y), 5)
        return rect.left - 26

    def _banner(self, scene: Scene) -> None:
        """Words across the field, when there are some."""
        if not scene.banner:
            return
        words = self._large.render(scene.banner, True, TEXT)
        rect = words.get_rect(center=(self._field.centerx, self._field.top + self._field.height // 3))
        panel = pygame.Surface(rect.inflate(60, 30).size, pygame.SRCALPHA)
        pygame.draw.rect(panel, (8, 12, 24, 165), panel.get_rect(), border_radius=6)
        self._screen.blit(panel, rect.inflate(60, 30))
        self._screen.blit(words, rect)
