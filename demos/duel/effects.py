"""What is only for the eye: sparks, waves, trails, a shaking ground. Found by looking at what changed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from . import rules

TRAIL: Final = 26  # places that a disc's trail remembers
_SHAKE: Final = 9.0  # px after a hit,
_CALM: Final = 5.0  # a second: how fast the ground is still again


class Duellist(rules.Body, Protocol):
    """What the effects need to see of a duellist."""

    seat: int
    state: rules.State
    dash: float
    angle: float


class Disc(rules.Body, Protocol):
    """What the effects need to see of a disc."""

    seat: int
    home: bool


@dataclass
class Spark:
    """A dot that flies and fades; `age` goes from 0 to 1 within `life` seconds."""

    x: float
    y: float
    vx: float
    vy: float
    seat: int
    size: float
    life: float
    age: float = 0.0


@dataclass
class Wave:
    """A ring that grows and fades."""

    x: float
    y: float
    seat: int
    reach: float
    age: float = 0.0


@dataclass
class Ghost:
    """Where a dashing duellist has just been."""

    x: float
    y: float
    angle: float
    seat: int
    age: float = 0.0


@dataclass
class _Seen:
    """A disc as it was at the last look."""

    disc: Disc
    velocity: tuple[float, float]
    trail: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=TRAIL))


class Effects:
    """What one window shows beside the things themselves."""

    def __init__(self, seed: int = 0) -> None:
        self.sparks: list[Spark] = []
        self.waves: list[Wave] = []
        self.ghosts: list[Ghost] = []
        self.shake = 0.0
        self._states: dict[int, rules.State] = {}
        self._discs: dict[int, _Seen] = {}
        self._rng = Random(seed)

    @property
    def trails(self) -> list[tuple[int, list[tuple[float, float]]]]:
        """Each disc's seat and the places where it was, the oldest first."""
        return [(seen.disc.seat, list(seen.trail)) for seen in self._discs.values()]

    def look(self, duellists: Iterable[tuple[int, Duellist]], discs: Iterable[tuple[int, Disc]], dt: float) -> None:
        """One frame: duellists and discs by number, at their drawn places."""
        self._grow_old(dt)
        states: dict[int, rules.State] = {}
        for number, who in duellists:
            states[number] = who.state
            if who.state is rules.State.OUT and self._states.get(number, who.state) is not who.state:
                self._fall(who)
            if who.dash > 0:
                self.ghosts.append(Ghost(who.x, who.y, who.angle, who.seat))
        self._states = states
        self._discs = {number: self._follow(number, disc) for number, disc in discs}

    def _follow(self, number: int, disc: Disc) -> _Seen:
        """A disc that has turned since the last look bounced; one that was not there was thrown."""
        now = (disc.vx, disc.vy)
        seen = self._discs.get(number)
        if seen is None or (seen.velocity != now and not disc.home):
            self._burst(disc, disc.seat, 12, 190)
        seen = seen or _Seen(disc, now)
        seen.velocity = now
        seen.trail.append((disc.x, disc.y))
        return seen

    def _fall(self, who: Duellist) -> None:
        self._burst(who, who.seat, 110, 430)
        self.waves += [Wave(who.x, who.y, who.seat, reach) for reach in (70.0, 170.0)]
        self.shake = _SHAKE

    def _burst(self, at: rules.Point, seat: int, count: int, speed: float) -> None:
        for _ in range(count):
            heading, fast = self._rng.uniform(0, math.tau), speed * self._rng.random() ** 1.5
            vx, vy = math.cos(heading) * fast, math.sin(heading) * fast
            size, life = self._rng.uniform(3, 9), self._rng.uniform(0.3, 1.0)
            self.sparks.append(Spark(at.x, at.y, vx, vy, seat, size, life))

    def _grow_old(self, dt: float) -> None:
        slower = math.exp(-2.5 * dt)
        for spark in self.sparks:
            spark.x, spark.y, spark.age = spark.x + spark.vx * dt, spark.y + spark.vy * dt, spark.age + dt / spark.life
            spark.vx, spark.vy = spark.vx * slower, spark.vy * slower
        for wave in self.waves:
            wave.age += dt / 0.6
        for ghost in self.ghosts:
            ghost.age += dt / 0.25
        self.sparks = [spark for spark in self.sparks if spark.age < 1]
        self.waves = [wave for wave in self.waves if wave.age < 1]
        self.ghosts = [ghost for ghost in self.ghosts if ghost.age < 1]
        self.shake *= math.exp(-_CALM * dt)
