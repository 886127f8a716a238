"""The duel, with no engine and no network in it.

Two to four duellists run between pillars. Each has one disc: thrown, it bounces off walls and pillars, takes out whom
it meets, and comes back after some bounces. Who is left alone wins the round; who wins `GOAL` rounds, the match.
Functions take anything that has the right attributes: plain objects in the tests, gamenet's entities in the game.

Units: pixels, seconds, degrees. x grows to the right, y upwards, as arcade draws; angle 0 looks right and grows
counterclockwise.

Who computes what (see world.py): the owner runs (`run`, `wants_to_throw`); the host does all the rest.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

WIDTH: Final = 960.0
HEIGHT: Final = 600.0
SEATS: Final = 4
GOAL: Final = 5  # rounds to win

RADIUS: Final = 19.0  # of a duellist
SPEED: Final = 235.0
HASTE: Final = 12.0  # a second: how fast the wish becomes motion
TURN: Final = 720.0  # degrees a second
DASH: Final = 3.0  # times as fast,
DASH_TIME: Final = 0.16  # for so long,
DASH_REST: Final = 1.1  # and not again before

DISC: Final = 8.0  # its radius
DISC_SPEED: Final = 560.0
HOME_SPEED: Final = 760.0
BOUNCES: Final = 4  # then it comes home,
FLIGHT: Final = 1.9  # as it does after so long
LATE: Final = 0.8  # seconds that a throw may come later than where its thrower was seen

COUNT: Final = 3.0  # before a round
ROUND: Final = 40.0  # a round that nobody has won by then is nobody's
PAUSE: Final = 2.2  # after a round
TRIUMPH: Final = 7.0  # after a match


class State(enum.Enum):
    """Of a duellist: out of the round (or not yet in one), with its disc in hand, or without."""

    OUT = 0
    ARMED = 1
    BARE = 2


class Place(NamedTuple):
    """Where something is and where it looks or flies."""

    x: float
    y: float
    angle: float


class Pillar(NamedTuple):
    """A round thing in the way."""

    x: float
    y: float
    radius: float


PILLARS: Final = (
    Pillar(480, 300, 52),
    Pillar(270, 430, 34),
    Pillar(690, 170, 34),
    Pillar(270, 170, 26),
    Pillar(690, 430, 26),
)
CORNERS: Final = (Place(90, 300, 0), Place(870, 300, 180), Place(480, 520, 270), Place(480, 80, 90))


class Controls(NamedTuple):
    """What a player's hands or a bot say, each frame."""

    x: float = 0.0  # -1 left … 1 right
    y: float = 0.0  # -1 down … 1 up
    aim: float | None = None  # where to look; without it, where one runs
    throw: bool = False
    dash: bool = False


class Point(Protocol):
    """Anything with a position."""

    x: float
    y: float


class Body(Point, Protocol):
    """Anything that moves; velocities in px/s."""

    vx: float
    vy: float


class Duellist(Body, Protocol):
    """What the rules need of a duellist. `dash` is what remains of a dash in seconds, `rest` what until the next."""

    angle: float
    dash: float
    rest: float
    state: State
    score: int


class Disc(Body, Protocol):
    """What the rules need of a disc; `left` is what remains of its flight in seconds."""

    bounces: int
    left: float
    home: bool


AnyDuellist = TypeVar("AnyDuellist", bound=Duellist)


# ----------------------------------------------------------------------------------------------------------- the owner
def run(who: Duellist, controls: Controls, dt: float) -> None:
    """Turns and moves a duellist by `dt` seconds, not into walls and pillars."""
    x, y = _at_most_one(controls.x, controls.y)
    who.rest = max(0.0, who.rest - dt)
    who.dash = max(0.0, who.dash - dt)
    if controls.dash and who.rest == 0.0 and (x or y):
        who.dash, who.rest = DASH_TIME, DASH_REST
    _turn(who, controls.aim if controls.aim is not None else _heading(x, y, who.angle), dt)
    speed, share = SPEED * (DASH if who.dash else 1.0), 1 - math.exp(-HASTE * dt)
    if who.dash:
        share = 1.0
    who.vx += (x * speed - who.vx) * share
    who.vy += (y * speed - who.vy) * share
    who.x, who.y = free(who.x + who.vx * dt, who.y + who.vy * dt, RADIUS)


def wants_to_throw(who: Duellist, controls: Controls) -> bool:
    """Whether to ask the host for a throw."""
    return controls.throw and who.state is State.ARMED


def stand(who: Duellist, at: Place) -> None:
    """A round begins here, at rest."""
    who.x, who.y, who.angle = at
    who.vx, who.vy, who.dash, who.rest = 0.0, 0.0, 0.0, 0.0


def free(x: float, y: float, radius: float) -> tuple[float, float]:
    """The nearest place to (x, y) that is in no wall and no pillar."""
    for pillar in PILLARS:
        away, reach = math.dist((x, y), (pillar.x, pillar.y)), pillar.radius + radius
        if away < reach:
            nx, ny = ((x - pillar.x) / away, (y - pillar.y) / away) if away else (0.0, 1.0)
            x, y = pillar.x + nx * reach, pillar.y + ny * reach
    return max(radius, min(WIDTH - radius, x)), max(radius, min(HEIGHT - radius, y))


# ------------------------------------------------------------------------------------------------------------ the host
def plausible(x: float, y: float, claimed: Place) -> bool:
    """Whether a duellist that was last seen at (x, y) may claim to throw from there.

    A call may come late where it had to be sent again, and a snapshot be old where some were lost.
    """
    return math.dist((x, y), (claimed.x, claimed.y)) <= 2 * RADIUS + SPEED * LATE


def hand(at: Place) -> tuple[float, float]:
    """Where a thrown disc begins: before its thrower, where nothing is in the way."""
    heading = math.radians(at.angle)
    reach = RADIUS + DISC
    return free(at.x + math.cos(heading) * reach, at.y + math.sin(heading) * reach, DISC)


def velocity(angle: float, speed: float = DISC_SPEED) -> tuple[float, float]:
    """(vx, vy) in px/s."""
    return math.cos(math.radians(angle)) * speed, math.sin(math.radians(angle)) * speed


def fly(disc: Disc, dt: float) -> None:
    """Moves a disc that is out; off walls and pillars it bounces, and with the last bounce it turns home."""
    disc.x, disc.y, disc.left = disc.x + disc.vx * dt, disc.y + disc.vy * dt, disc.left - dt
    bounced = _off_walls(disc) + sum(_off_pillar(disc, pillar) for pillar in PILLARS)
    disc.bounces += bounced
    disc.home = disc.bounces >= BOUNCES or disc.left <= 0


def go_home(disc: Disc, to: Point, dt: float) -> bool:
    """Moves a disc that goes home, through everything. True when it is there."""
    far = distance(disc, to)
    if far <= RADIUS + HOME_SPEED * dt:
        return True
    disc.vx, disc.vy = (to.x - disc.x) / far * HOME_SPEED, (to.y - disc.y) / far * HOME_SPEED
    disc.x, disc.y = disc.x + disc.vx * dt, disc.y + disc.vy * dt
    return False


def struck(disc: Disc, whom: Iterable[AnyDuellist]) -> AnyDuellist | None:
    """Whom the disc touches; one that goes home harms nobody."""
    if disc.home:
        return None
    return next((who for who in whom if alive(who) and distance(disc, who) <= RADIUS + DISC), None)


def begin(all_of_them: Iterable[Duellist]) -> None:
    """What every round begins with."""
    for who in all_of_them:
        who.state = State.ARMED


def is_decided(all_of_them: Iterable[Duellist]) -> bool:
    """Whether a round is over: at most one stands."""
    return sum(alive(who) for who in all_of_them) <= 1


def survivor(all_of_them: Iterable[AnyDuellist]) -> AnyDuellist | None:
    """Who stands alone; nobody when several do, or none."""
    standing = [who for who in all_of_them if alive(who)]
    return standing[0] if len(standing) == 1 else None


def champion(all_of_them: Iterable[AnyDuellist], goal: int) -> AnyDuellist | None:
    """Who has won the match."""
    return next((who for who in all_of_them if who.score >= goal), None)


def can_begin(ready: Sequence[bool], least: int = 2) -> bool:
    """Whether a match may begin: enough are here, and all are ready."""
    return len(ready) >= least and all(ready)


def free_seat(taken: Iterable[int]) -> int:
    """The smallest seat that nobody has."""
    used = set(taken)
    return next(number for number in range(len(used) + 1) if number not in used)


# ---------------------------------------------------------------------------------------------------------------- both
def alive(who: Duellist) -> bool:
    return who.state is not State.OUT


def corner(seat: int) -> Place:
    """Where a seat's round begins."""
    return CORNERS[seat % SEATS]


def distance(one: Point, other: Point) -> float:
    return math.dist((one.x, one.y), (other.x, other.y))


def heading(one: Point, other: Point) -> float:
    """The direction from one to the other in degrees, 0 … 360."""
    return math.degrees(math.atan2(other.y - one.y, other.x - one.x)) % 360


def is_clear(one: Point, other: Point, radius: float = DISC) -> bool:
    """Whether a disc flies straight from one to the other, past all pillars."""
    return all(_from_way(pillar, one, other) > pillar.radius + radius for pillar in PILLARS)


def _at_most_one(x: float, y: float) -> tuple[float, float]:
    """Slanting is no faster than straight."""
    length = max(1.0, math.hypot(x, y))
    return x / length, y / length


def _heading(x: float, y: float, otherwise: float) -> float:
    return math.degrees(math.atan2(y, x)) if x or y else otherwise


def _turn(who: Duellist, towards: float, dt: float) -> None:
    """As far towards it as `dt` allows, the short way."""
    off = (towards - who.angle + 180) % 360 - 180
    who.angle = (who.angle + max(-TURN * dt, min(TURN * dt, off))) % 360


def _off_walls(disc: Disc) -> bool:
    """Keeps it inside. True when it bounced."""
    x, y = max(DISC, min(WIDTH - DISC, disc.x)), max(DISC, min(HEIGHT - DISC, disc.y))
    if x != disc.x:
        disc.vx = math.copysign(disc.vx, x - disc.x)
    if y != disc.y:
        disc.vy = math.copysign(disc.vy, y - disc.y)
    bounced = (x, y) != (disc.x, disc.y)
    disc.x, disc.y = x, y
    return bounced


def _off_pillar(disc: Disc, pillar: Pillar) -> bool:
    """Mirrors a disc that flew into the pillar. True when it bounced."""
    away, reach = math.dist((disc.x, disc.y), (pillar.x, pillar.y)), pillar.radius + DISC
    if away >= reach or not away:
        return False
    nx, ny = (disc.x - pillar.x) / away, (disc.y - pillar.y) / away
    into = disc.vx * nx + disc.vy * ny
    disc.x, disc.y = pillar.x + nx * reach, pillar.y + ny * reach
    if into < 0:
        disc.vx, disc.vy = disc.vx - 2 * into * nx, disc.vy - 2 * into * ny
    return into < 0


def _from_way(pillar: Pillar, one: Point, other: Point) -> float:
    """The distance of a pillar's middle from the straight way between two points."""
    dx, dy = other.x - one.x, other.y - one.y
    length = dx * dx + dy * dy
    along = ((pillar.x - one.x) * dx + (pillar.y - one.y) * dy) / length if length else 0.0
    along = max(0.0, min(1.0, along))
    return math.dist((pillar.x, pillar.y), (one.x + along * dx, one.y + along * dy))
