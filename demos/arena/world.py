"""The game as gamenet sees it: what is replicated, who decides what, and the host's part of the rules.

The owner of a ship computes its flight, so that it obeys at once; the host decides whatever somebody would like to
cheat at (hits, hp, scores, names) and computes shots and pick-ups. To fire is to ask the host.
"""

from __future__ import annotations

import enum
from collections import deque
from random import Random
from typing import Annotated, Final

import gamenet as gn

from . import rules
from .rules import Kind, Place
from .tally import Tally

PIXEL: Final = 1 / 16  # steps on the wire, and in `census`
SPEED: Final = 1 / 8
MOMENT: Final = 1 / 10  # of the timers
COLORS: Final = 8
NAME: Final = 16

X = Annotated[float, gn.number(low=0, high=rules.WIDTH)]
Y = Annotated[float, gn.number(low=0, high=rules.HEIGHT)]
Degrees = Annotated[float, gn.number(low=0, high=360)]
Line = Annotated[str, gn.text(longest=120)]


class Phase(enum.Enum):
    """FLYING: a round is on. OVER: nothing moves, the table stands."""

    FLYING = 0
    OVER = 1


class Ship(gn.Entity["Arena"], authority="owner"):
    """One for each peer, spawned by the host when the peer comes."""

    x: float = gn.coord(0, low=0, high=rules.WIDTH, step=PIXEL)
    y: float = gn.coord(0, low=0, high=rules.HEIGHT, step=PIXEL)
    angle: float = gn.angle(0, step=1)
    vx: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    vy: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    thrust: bool = False

    name: str = gn.text("", longest=NAME, authority="host")
    color: int = gn.integer(0, low=0, high=COLORS - 1, authority="host")
    hp: int = gn.integer(rules.HP, low=0, high=rules.HP, authority="host")
    score: int = gn.integer(0, low=0, high=100_000, authority="host")
    wait: float = gn.number(0, low=0, high=10, step=MOMENT, authority="host")
    shield: float = gn.number(rules.SHIELD, low=0, high=10, step=MOMENT, authority="host")
    rapid: float = gn.number(0, low=0, high=10, step=MOMENT, authority="host")
    life: int = gn.integer(0, low=0, high=1_000_000, authority="host")

    reload: float = gn.local(0.0)  # owner and host count it each for themselves
    begun: int = gn.local(0)  # the owner's: which life it was told the place of
    placed: Place | None = gn.local(None)  # the host's: where this life began
    shots: Tally = gn.local(factory=Tally)  # the host's: the calls of `fire` that came

    @gn.rpc(to="host", caller="owner", rate=20)
    def fire(self, caller: gn.Caller, number: int, x: X, y: Y, angle: Degrees) -> bool:
        """Asks for a shot from there. True when one left; `number` counts the owner's shots from 1."""
        self.shots.note(number)
        at = Place(x, y, angle)
        if not self.may_be(at):
            raise gn.Refused("your ship is somewhere else")
        if self.room.phase is Phase.OVER or not rules.may_fire(self):
            return False
        self.room.launch(self, at)
        return True

    @gn.rpc(to="owner", caller="host")
    def begin(self, caller: gn.Caller, life: int, x: X, y: Y, angle: Degrees) -> None:
        """The host says where the next life begins."""
        self.begun = life
        rules.place(self, Place(x, y, angle))
        self.teleport(x=x, y=y, angle=angle)

    @property
    def ready(self) -> bool:
        """The owner's: whether it may fly. hp can be here before the call that says where the new life begins."""
        return rules.alive(self) and self.begun == self.life

    def may_be(self, at: Place) -> bool:
        """Whether the ship can be there, as far as the host knows: near its last snapshot or where its life began."""
        fresh = self.placed if self.shield > 0 else None
        return rules.plausible(self.x, self.y, at) or (fresh is not None and rules.plausible(fresh.x, fresh.y, at))


class Shot(gn.Entity["Arena"]):
    """The host's from the muzzle to the end."""

    x: float = gn.coord(0, low=-40, high=rules.WIDTH + 40, step=PIXEL)
    y: float = gn.coord(0, low=-40, high=rules.HEIGHT + 40, step=PIXEL)
    vx: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    vy: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    color: int = gn.integer(0, low=0, high=COLORS - 1)
    shooter: Ship | None = gn.local(None)  # the host's
    left: float = gn.local(rules.SHOT_LIFE)  # the host's


class Pickup(gn.Entity["Arena"]):
    """Lies until somebody touches it."""

    x: float = gn.coord(0, low=0, high=rules.WIDTH, step=PIXEL)
    y: float = gn.coord(0, low=0, high=rules.HEIGHT, step=PIXEL)
    kind: Kind = Kind.STAR


class Arena(gn.Room):
    """Rounds, chat, and what the host does each tick."""

    phase: Phase = Phase.FLYING
    left: float = gn.number(rules.ROUND, low=0, high=1000, step=MOMENT)
    round: int = gn.integer(1, low=1, high=100_000)
    lines: int = 0  # said so far

    length: float = gn.local(rules.ROUND)  # the host's: seconds of a round,
    rounds: int = gn.local(0)  # how many there are (0: no end),
    next_pickup: float = gn.local(1.0)  # seconds until then,
    rng: Random = gn.local(factory=Random)  # chance,
    said: dict[int, Tally] = gn.local(factory=dict)  # and the calls of `say` by peer
    chat: deque[tuple[str, str]] = gn.local(factory=lambda: deque(maxlen=50))  # everybody's: (name, text)
    heard_lines: Tally = gn.local(factory=Tally)  # everybody's: the calls of `heard`

    # ------------------------------------------------------------------------------------------------------------ chat
    @gn.rpc(to="host", caller="anyone", rate=5)
    def say(self, caller: gn.Caller, number: int, text: Line) -> int:
        """The host hears it first. Returns the line's number; `number` counts the caller's lines from 1."""
        self.said.setdefault(caller.peer.id, Tally()).note(number)
        text = " ".join(text.split())
        if not text:
            raise gn.Refused("say something")
        self.announce(caller.peer.name, text)
        return self.lines

    @gn.rpc(to="everyone", caller="host")
    def heard(self, caller: gn.Caller, number: int, name: str, text: Line) -> None:
        """A line for everybody; the name is empty when the game itself speaks."""
        self.heard_lines.note(number)
        self.chat.append((name, text))

    def announce(self, name: str, text: str) -> None:
        self.lines += 1
        self.heard.send(self.lines, name, text)

    # --------------------------------------------------------------------------------------------------- coming, going
    def welcome(self, peer: gn.Peer) -> None:
        """A ship for somebody who came."""
        ships = self.all(Ship)
        at = rules.start(ships, self.rng)
        color = rules.free_number(ship.color for ship in ships) % COLORS
        ship = Ship(x=at.x, y=at.y, angle=at.angle, name=peer.name[:NAME], color=color, placed=at)
        self.spawn(ship, owner=peer)
        self.announce("", f"{peer.name} came")

    def miss(self, peer: gn.Peer, reason: str) -> None:
        """Somebody left; the ship goes by itself."""
        self.said.pop(peer.id, None)
        self.announce("", f"{peer.name} left"[:120])

    # ------------------------------------------------------------------------------------------------------ every tick
    def advance(self, dt: float) -> None:
        """The host's tick."""
        if self.phase is Phase.FLYING:
            self._fly(dt)
            self._tend_ships(dt)
            self._tend_pickups(dt)
        if self.phase is Phase.OVER and self._was_last:
            return
        self.left = max(0.0, self.left - dt)
        if self.left == 0.0:
            self._turn_over()

    def launch(self, ship: Ship, at: Place) -> None:
        """A shot from a ship that was checked."""
        muzzle = rules.muzzle(at)
        vx, vy = rules.velocity(at.angle)
        self.spawn(Shot(x=muzzle.x, y=muzzle.y, vx=vx, vy=vy, color=ship.color, shooter=ship))

    @property
    def _was_last(self) -> bool:
        return 0 < self.rounds <= self.round

    def _fly(self, dt: float) -> None:
        ships = self.all(Ship)
        for shot in self.all(Shot):
            flies = rules.fly(shot, dt)
            victim = rules.struck(shot, (ship for ship in ships if ship is not shot.shooter), dt)
            if victim is not None:
                self._hit(victim, shot.shooter)
            if victim is not None or not flies:
                self.despawn(shot)

    def _hit(self, victim: Ship, shooter: Ship | None) -> None:
        if shooter is not None and self.get(shooter) is None:
            shooter = None  # left while the shot flew
        if rules.hurt(victim, shooter):
            self.announce("", f"{shooter.name} got {victim.name}" if shooter else f"{victim.name} is down")

    def _tend_ships(self, dt: float) -> None:
        for ship in self.all(Ship):
            if rules.recover(ship, dt):
                self._place(ship)

    def _place(self, ship: Ship) -> None:
        others = [other for other in self.all(Ship) if other is not ship]
        ship.placed = rules.start(others, self.rng)
        ship.life += 1
        ship.begin.send(ship.life, *ship.placed)

    def _tend_pickups(self, dt: float) -> None:
        ships = self.all(Ship)
        for pickup in self.all(Pickup):
            taker = rules.touched(pickup, ships)
            if taker is not None:
                rules.take(taker, pickup.kind)
                self.despawn(pickup)
        self.next_pickup -= dt
        if self.next_pickup <= 0:
            self.next_pickup = rules.PICKUP_EVERY
            if len(self.all(Pickup)) < rules.PICKUPS:
                x, y, kind = rules.new_pickup(self.rng)
                self.spawn(Pickup(x=x, y=y, kind=kind))

    def _turn_over(self) -> None:
        """From the round to the pause, and from the pause to the next round."""
        if self.phase is Phase.FLYING:
            self.phase, self.left = Phase.OVER, 0.0 if self._was_last else rules.PAUSE
            for shot in self.all(Shot):
                self.despawn(shot)
            best = rules.ranking(self.all(Ship))
            self.announce("", f"{best[0].name} wins round {self.round}" if best else f"round {self.round} is over")
        else:
            self.phase, self.left, self.round = Phase.FLYING, self.length, self.round + 1
            for ship in self.all(Ship):
                ship.score = 0
                rules.begin(ship)
                self._place(ship)


def setup(net: gn.Session[Arena]) -> None:
    """Ties the rules to a session, whichever part it plays: each asks whether it is the host."""

    @net.each_tick
    def tick(dt: float) -> None:
        if net.is_host:
            net.room.advance(dt)

    @net.on("peer_joined")
    def came(peer: gn.Peer) -> None:
        if net.is_host:
            net.room.welcome(peer)

    @net.on("peer_left")
    def left(peer: gn.Peer, reason: str) -> None:
        if net.is_host:
            net.room.miss(peer, reason)


# -------------------------------------------------------------------------------------------------------------- census
_FIELDS: Final[dict[type[gn.Entity], dict[str, float]]] = {
    Ship: {
        "x": PIXEL,
        "y": PIXEL,
        "angle": 1,
        "vx": SPEED,
        "vy": SPEED,
        "thrust": 0,
        "name": 0,
        "color": 0,
        "hp": 0,
        "score": 0,
        "wait": MOMENT,
        "shield": MOMENT,
        "rapid": MOMENT,
        "life": 0,
    },
    Shot: {"x": PIXEL, "y": PIXEL, "vx": SPEED, "vy": SPEED, "color": 0},
    Pickup: {"x": PIXEL, "y": PIXEL, "kind": 0},
}
_ROOM: Final[dict[str, float]] = {"phase": 0, "left": MOMENT, "round": 0, "lines": 0}

Value = int | str | bool


def census(net: gn.Session[Arena]) -> dict[str, dict[str, Value]]:
    """All that is replicated as this session knows it, in steps of the wire: two that agree give equal ones.

    Asked inside a frame, where attributes are what is, not what is shown.
    """
    counted: dict[str, dict[str, Value]] = {
        "room": _values(net.room, _ROOM),
        "peers": {str(peer.id): peer.name for peer in net.peers},
    }
    for kind, fields in _FIELDS.items():
        for entity in net.all(kind):
            about: dict[str, Value] = {"class": kind.__name__, "owner": entity.owner.id if entity.owner else -1}
            counted[str(entity.id)] = about | _values(entity, fields)
    return counted


def _values(thing: object, fields: dict[str, float]) -> dict[str, Value]:
    return {name: _in_steps(getattr(thing, name), step, 360 if name == "angle" else 0) for name, step in fields.items()}


def _in_steps(value: object, step: float, turn: int) -> Value:
    """A number counted in steps (an angle within its turn), a member by its name, all else as it is."""
    if isinstance(value, enum.Enum):
        return value.name
    if not step:
        assert isinstance(value, (int, str))
        return value
    assert isinstance(value, (int, float))
    steps = round(value / step)
    return steps % round(turn / step) if turn else steps
