"""The whole game, with no engine and no network in it.

Ships turn, thrust and bounce off the walls; shots fly straight until they meet a ship, a wall or their end; pick-ups
wait to be touched. Functions take anything that has the right attributes: plain objects in the tests, gamenet's
entities in the game, and they do not know whether a player or a bot gave the controls.

Units: pixels, seconds, degrees. x grows to the right, y downwards; angle 0 looks right and grows clockwise.

Who computes what (see world.py): the owner steers its ship (`steer`, `trigger`); the host does all the rest.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Final, NamedTuple, Protocol, TypeVar

WIDTH: Final = 1080.0
HEIGHT: Final = 720.0

SHIP_RADIUS: Final = 18.0
TURN: Final = 230.0  # degrees a second
THRUST: Final = 460.0  # px/s²
DRAG: Final = 0.7  # of the speed, a second
TOP_SPEED: Final = 360.0
BOUNCE: Final = 0.6  # of the speed is kept at a wall

HP: Final = 100
DAMAGE: Final = 10
REPAIR: Final = 40
WAIT: Final = 2.5  # from being destroyed to the next life
SHIELD: Final = 2.0  # after that, nothing hurts

RELOAD: Final = 0.28
RAPID_RELOAD: Final = 0.14
RAPID: Final = 6.0  # how long the rapid gun lasts
SHOT_SPEED: Final = 620.0
SHOT_LIFE: Final = 1.1
SHOT_RADIUS: Final = 4.0
LATE: Final = 0.8  # seconds that a shot may come later than where its ship was seen

PICKUP_RADIUS: Final = 14.0
PICKUPS: Final = 5  # at most, at a time
PICKUP_EVERY: Final = 4.0

POINTS_HIT: Final = 1
POINTS_KILL: Final = 5
POINTS_STAR: Final = 3

ROUND: Final = 180.0
PAUSE: Final = 8.0  # between two rounds


class Kind(enum.Enum):
    """What a pick-up does."""

    REPAIR = 0
    RAPID = 1
    STAR = 2


class Controls(NamedTuple):
    """What a player's hands or a bot say, each frame."""

    turn: float = 0.0  # -1 left … 1 right
    thrust: bool = False
    fire: bool = False


class Place(NamedTuple):
    """Where something is and where it looks or flies."""

    x: float
    y: float
    angle: float


class Point(Protocol):
    """Anything with a position."""

    x: float
    y: float


class Body(Point, Protocol):
    """Anything that flies; velocities in px/s."""

    vx: float
    vy: float


class Ship(Body, Protocol):
    """What the rules need of a ship. `wait`, `shield`, `rapid` and `reload` are seconds left."""

    angle: float
    thrust: bool
    reload: float
    hp: int
    score: int
    wait: float
    shield: float
    rapid: float


class Shot(Body, Protocol):
    """What the rules need of a shot; `left` is what remains of its life in seconds."""

    left: float


class Pickup(Point, Protocol):
    """What the rules need of a pick-up."""

    kind: Kind


AnyShip = TypeVar("AnyShip", bound=Ship)
AnyPoint = TypeVar("AnyPoint", bound=Point)


# ----------------------------------------------------------------------------------------------------------- the owner
def steer(ship: Ship, controls: Controls, dt: float) -> None:
    """Turns, thrusts and moves a living ship by `dt` seconds; a destroyed one only stops."""
    if not alive(ship):
        ship.vx, ship.vy, ship.thrust = 0.0, 0.0, False
        return
    ship.angle = (ship.angle + max(-1.0, min(1.0, controls.turn)) * TURN * dt) % 360
    ship.thrust = controls.thrust
    if controls.thrust:
        ship.vx += math.cos(math.radians(ship.angle)) * THRUST * dt
        ship.vy += math.sin(math.radians(ship.angle)) * THRUST * dt
    slow_down(ship, dt)
    drift(ship, dt)
    bounce(ship, SHIP_RADIUS)


def trigger(ship: Ship, controls: Controls, dt: float) -> bool:
    """True when the gun goes off in this frame; it then reloads."""
    ship.reload = max(0.0, ship.reload - dt)
    if not (controls.fire and alive(ship) and ship.reload == 0.0):
        return False
    ship.reload = reload_time(ship)
    return True


def place(ship: Ship, at: Place) -> None:
    """A new life begins here, at rest."""
    ship.x, ship.y, ship.angle = at
    ship.vx, ship.vy, ship.thrust = 0.0, 0.0, False


# ------------------------------------------------------------------------------------------------------------ the host
def plausible(x: float, y: float, claimed: Place) -> bool:
    """Whether a ship that was last heard of at (x, y) may claim to shoot from there.

    A call may come late where it had to be sent again, and a snapshot be old where some were lost.
    """
    return math.dist((x, y), (claimed.x, claimed.y)) <= 2 * SHIP_RADIUS + TOP_SPEED * LATE


def may_fire(ship: Ship) -> bool:
    """The host's own count of the gun: as fast as it reloads in the long run, with one shot of grace.

    Calls arrive unevenly, so that two shots may come closer together than they were fired: a leaky bucket of two.
    """
    if not alive(ship) or ship.reload > reload_time(ship):
        return False
    ship.reload += reload_time(ship)
    return True


def muzzle(at: Place) -> Place:
    """Where the shot of a ship leaves it."""
    heading = math.radians(at.angle)
    reach = SHIP_RADIUS + SHOT_RADIUS
    return Place(at.x + math.cos(heading) * reach, at.y + math.sin(heading) * reach, at.angle)


def velocity(angle: float) -> tuple[float, float]:
    """A shot's (vx, vy) in px/s."""
    return math.cos(math.radians(angle)) * SHOT_SPEED, math.sin(math.radians(angle)) * SHOT_SPEED


def fly(shot: Shot, dt: float) -> bool:
    """Moves a shot; False when its life or the arena ends."""
    drift(shot, dt)
    shot.left -= dt
    return shot.left > 0 and inside(shot)


def struck(shot: Shot, ships: Iterable[AnyShip], dt: float) -> AnyShip | None:
    """The ship that the shot met on its way in the last `dt` seconds, the nearest to where it came from."""
    behind = (shot.x - shot.vx * dt, shot.y - shot.vy * dt)
    met = [ship for ship in ships if alive(ship) and _from_segment(ship, behind, shot) <= SHIP_RADIUS + SHOT_RADIUS]
    return min(met, key=lambda ship: math.dist(behind, (ship.x, ship.y)), default=None)


def hurt(victim: Ship, shooter: Ship | None) -> bool:
    """One hit: hp and score change. True when the victim is destroyed by it; a shield keeps everything as it is."""
    if victim.shield > 0 or not alive(victim):
        return False
    victim.hp = max(0, victim.hp - DAMAGE)
    destroyed = victim.hp == 0
    if destroyed:
        victim.wait = WAIT
    if shooter is not None:
        shooter.score += POINTS_HIT + POINTS_KILL * destroyed
    return destroyed


def recover(ship: Ship, dt: float) -> bool:
    """Timers of one ship as the host counts them. True in the tick in which its next life begins."""
    ship.reload = max(0.0, ship.reload - dt)
    ship.shield = max(0.0, ship.shield - dt)
    ship.rapid = max(0.0, ship.rapid - dt)
    if alive(ship):
        return False
    ship.wait = max(0.0, ship.wait - dt)
    if ship.wait > 0:
        return False
    begin(ship)
    return True


def begin(ship: Ship) -> None:
    """What every life begins with."""
    ship.hp, ship.wait, ship.shield, ship.rapid, ship.reload = HP, 0.0, SHIELD, 0.0, 0.0


def touched(pickup: Pickup, ships: Iterable[AnyShip]) -> AnyShip | None:
    """The first living ship that is on the pick-up."""
    reach = SHIP_RADIUS + PICKUP_RADIUS
    return next((ship for ship in ships if alive(ship) and distance(ship, pickup) <= reach), None)


def take(ship: Ship, kind: Kind) -> None:
    """What a pick-up does to the ship that takes it."""
    if kind is Kind.REPAIR:
        ship.hp = min(HP, ship.hp + REPAIR)
    elif kind is Kind.RAPID:
        ship.rapid = RAPID
    else:
        ship.score += POINTS_STAR


def start(others: Sequence[Point], rng: Random, tries: int = 12) -> Place:
    """A place to begin: of some random ones, the one farthest from everybody; it looks at the middle."""
    places = [_anywhere(rng, margin=4 * SHIP_RADIUS) for _ in range(tries)]
    x, y = max(places, key=lambda at: min((math.dist(at, (other.x, other.y)) for other in others), default=0.0))
    return Place(x, y, math.degrees(math.atan2(HEIGHT / 2 - y, WIDTH / 2 - x)) % 360)


def new_pickup(rng: Random) -> tuple[float, float, Kind]:
    """Where the next one lies and what it is."""
    return *_anywhere(rng, margin=3 * PICKUP_RADIUS), rng.choice(list(Kind))


def free_number(taken: Iterable[int]) -> int:
    """The smallest number from 0 that nobody has: whose colour is whose."""
    used = set(taken)
    return next(number for number in range(len(used) + 1) if number not in used)


def ranking(ships: Iterable[AnyShip]) -> list[AnyShip]:
    """The best first; equals stay in their order."""
    return sorted(ships, key=lambda ship: -ship.score)


# ---------------------------------------------------------------------------------------------------------------- both
def alive(ship: Ship) -> bool:
    return ship.hp > 0


def reload_time(ship: Ship) -> float:
    return RAPID_RELOAD if ship.rapid > 0 else RELOAD


def distance(one: Point, other: Point) -> float:
    return math.dist((one.x, one.y), (other.x, other.y))


def inside(point: Point) -> bool:
    return 0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT


def drift(body: Body, dt: float) -> None:
    """Moves it along its velocity."""
    body.x += body.vx * dt
    body.y += body.vy * dt


def slow_down(body: Body, dt: float) -> None:
    """Drag, and the top speed."""
    speed = math.hypot(body.vx, body.vy)
    factor = min(math.exp(-DRAG * dt), TOP_SPEED / speed if speed else 1.0)
    body.vx *= factor
    body.vy *= factor


def bounce(body: Body, radius: float) -> None:
    """Keeps it inside; what flies into a wall comes back slower."""
    if not radius <= body.x <= WIDTH - radius:
        body.vx = math.copysign(body.vx, WIDTH / 2 - body.x) * BOUNCE
        body.x = max(radius, min(WIDTH - radius, body.x))
    if not radius <= body.y <= HEIGHT - radius:
        body.vy = math.copysign(body.vy, HEIGHT / 2 - body.y) * BOUNCE
        body.y = max(radius, min(HEIGHT - radius, body.y))


def _anywhere(rng: Random, margin: float) -> tuple[float, float]:
    return rng.uniform(margin, WIDTH - margin), rng.uniform(margin, HEIGHT - margin)


def _from_segment(point: Point, start: tuple[float, float], end: Point) -> float:
    """The distance of a point from the way between two others."""
    dx, dy = end.x - start[0], end.y - start[1]
    length = dx * dx + dy * dy
    along = ((point.x - start[0]) * dx + (point.y - start[1]) * dy) / length if length else 0.0
    along = max(0.0, min(1.0, along))
    return math.dist((point.x, point.y), (start[0] + along * dx, start[1] + along * dy))
