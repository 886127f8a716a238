"""The duel as gamenet sees it: what is replicated, who decides what, and the host's part of the rules.

The owner of a duellist computes its running, so that it obeys at once; the host decides whatever somebody would like to
cheat at (throws, hits, scores, names) and computes the discs. To throw is to ask the host.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import gamenet as gn

from . import rules
from .rules import Place, State

PIXEL: Final = 1 / 16  # steps on the wire
SPEED: Final = 1 / 2
MOMENT: Final = 1 / 20  # of the timers
NAME: Final = 16

X = Annotated[float, gn.number(low=0, high=rules.WIDTH)]
Y = Annotated[float, gn.number(low=0, high=rules.HEIGHT)]
Degrees = Annotated[float, gn.number(low=0, high=360)]


class Phase(enum.Enum):
    """LOBBY → COUNT → FIGHT → PAUSE → COUNT …, and after a match PAUSE → WON → LOBBY."""

    LOBBY = 0
    COUNT = 1
    FIGHT = 2
    PAUSE = 3
    WON = 4


class Duellist(gn.Entity["Duel"], authority="owner"):
    """One for each peer, spawned by the host when the peer comes, and one for each bot, which are the host's."""

    x: float = gn.coord(0, low=0, high=rules.WIDTH, step=PIXEL)
    y: float = gn.coord(0, low=0, high=rules.HEIGHT, step=PIXEL)
    angle: float = gn.angle(0, step=1)
    vx: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    vy: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    dash: float = gn.number(0, low=0, high=1, step=MOMENT)
    ready: bool = False

    name: str = gn.text("", longest=NAME, authority="host")
    seat: int = gn.integer(0, low=0, high=rules.SEATS - 1, authority="host")  # its corner and its colour
    score: int = gn.integer(0, low=0, high=1000, authority="host")
    state: State = gn.choice(State.OUT, authority="host")

    bot: bool = gn.local(False)  # the host's, of its own: whether a pilot plays it
    rest: float = gn.local(0.0)  # the owner's: seconds until the next dash,
    begun: int = gn.local(0)  # which round it has begun,
    asking: bool = gn.local(False)  # and whether a throw was asked for and not answered

    @gn.rpc(to="host", caller="owner")
    def throw(self, caller: gn.Caller, x: X, y: Y, angle: Degrees) -> bool:
        """Asks for a throw from there. True when the disc flies."""
        if not rules.plausible(self.x, self.y, Place(x, y, angle)):
            raise gn.Refused("you are somewhere else")
        if self.room.phase is not Phase.FIGHT or self.state is not State.ARMED:
            return False
        self.room.throw(self, Place(x, y, angle))
        return True

    def act(self, controls: rules.Controls, dt: float) -> None:
        """The owner's frame: runs and throws as the room's phase allows."""
        if not self.may_run:
            return
        rules.run(self, controls, dt)
        if self.room.phase is Phase.FIGHT and rules.wants_to_throw(self, controls) and not self.asking:
            self.asking = True
            self.throw.call(self.x, self.y, self.angle).then(self._answered)

    def _answered(self, call: gn.Call[bool]) -> None:
        self.asking = False

    @property
    def may_run(self) -> bool:
        phase = self.room.phase
        return phase is not Phase.COUNT and (rules.alive(self) or phase is Phase.LOBBY)


class Disc(gn.Entity["Duel"]):
    """The host's from the throw until it is back."""

    x: float = gn.coord(0, low=0, high=rules.WIDTH, step=PIXEL)
    y: float = gn.coord(0, low=0, high=rules.HEIGHT, step=PIXEL)
    vx: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    vy: float = gn.number(0, low=-1000, high=1000, step=SPEED)
    seat: int = gn.integer(0, low=0, high=rules.SEATS - 1)
    home: bool = False
    bounces: int = gn.local(0)  # the host's
    left: float = gn.local(rules.FLIGHT)  # the host's


class Duel(gn.Room):
    """Rounds, and what the host does each tick."""

    phase: Phase = Phase.LOBBY
    left: float = gn.number(0, low=0, high=1000, step=MOMENT)  # seconds of this phase
    round: int = 0  # counted from 1, on through all matches
    goal: int = gn.integer(rules.GOAL, low=1, high=1000)
    winner: int = gn.integer(-1, low=-1, high=rules.SEATS - 1)  # the seat that won the last round, -1: nobody

    players: int = gn.local(2)  # the host's: how many a match waits for

    # --------------------------------------------------------------------------------------------------- coming, going
    def welcome(self, peer: gn.Peer | None, name: str) -> Duellist:
        """A duellist for somebody who came; for a bot of the host's without a peer."""
        seat = rules.free_seat(who.seat for who in self.all(Duellist))
        at = rules.corner(seat)
        who = Duellist(x=at.x, y=at.y, angle=at.angle, name=name[:NAME], seat=seat, bot=peer is None, begun=self.round)
        who.ready = who.bot
        return self.spawn(who, owner=peer)

    # ------------------------------------------------------------------------------------------------------ every tick
    def advance(self, dt: float) -> None:
        """The host's tick."""
        if self.phase is Phase.LOBBY:
            if rules.can_begin([who.ready for who in self.all(Duellist)], self.players):
                self._begin()
            return
        if len(self.all(Duellist)) < 2:
            self._end()
            return
        self._move_discs(dt)
        self.left = max(0.0, self.left - dt)
        if self.phase is Phase.FIGHT:
            self._judge()
        elif self.left == 0.0:
            self._go_on()

    def throw(self, who: Duellist, at: Place) -> None:
        """A throw that was checked."""
        x, y = rules.hand(at)
        vx, vy = rules.velocity(at.angle)
        self.spawn(Disc(x=x, y=y, vx=vx, vy=vy, seat=who.seat))
        who.state = State.BARE

    def _move_discs(self, dt: float) -> None:
        duellists = self.all(Duellist)
        for disc in self.all(Disc):
            thrower = next((who for who in duellists if who.seat == disc.seat), None)
            if thrower is None:
                self.despawn(disc)
            elif not disc.home:
                self._fly(disc, [who for who in duellists if who is not thrower], dt)
            elif rules.go_home(disc, thrower, dt):
                self._take_back(disc, thrower)

    def _take_back(self, disc: Disc, thrower: Duellist) -> None:
        if rules.alive(thrower):
            thrower.state = State.ARMED
        self.despawn(disc)

    def _fly(self, disc: Disc, others: list[Duellist], dt: float) -> None:
        rules.fly(disc, dt)
        if self.phase is not Phase.FIGHT:
            disc.home = True
        victim = rules.struck(disc, others)
        if victim is not None:
            victim.state = State.OUT
            disc.home = True

    def _judge(self) -> None:
        """Ends the round when it is decided, or has lasted too long."""
        duellists = self.all(Duellist)
        if not rules.is_decided(duellists) and self.left > 0:
            return
        best = rules.survivor(duellists)
        self.winner = -1 if best is None else best.seat
        if best is not None:
            best.score += 1
        self.phase, self.left = Phase.PAUSE, rules.PAUSE

    def _go_on(self) -> None:
        """From the count to the fight, from the pause to the next round or the end, from the end to the lobby."""
        if self.phase is Phase.COUNT:
            self.phase, self.left = Phase.FIGHT, rules.ROUND
        elif self.phase is Phase.WON:
            self._end()
        elif rules.champion(self.all(Duellist), self.goal):
            self.phase, self.left = Phase.WON, rules.TRIUMPH
        else:
            self._count()

    def _begin(self) -> None:
        for who in self.all(Duellist):
            who.score = 0
        self._count()

    def _count(self) -> None:
        """The next round's beginning; owners go to their corners by themselves (`take_corners`)."""
        self.phase, self.left, self.round = Phase.COUNT, rules.COUNT, self.round + 1
        self._clear()
        rules.begin(self.all(Duellist))

    def _end(self) -> None:
        self.phase, self.left = Phase.LOBBY, 0.0
        self._clear()
        for who in self.all(Duellist):
            who.state = State.OUT

    def _clear(self) -> None:
        for disc in self.all(Disc):
            self.despawn(disc)


def take_corners(net: gn.Session[Duel]) -> None:
    """The owner's tick: those of mine that are to begin a round do so; after a match nobody is ready but bots."""
    for who in net.all(Duellist):
        if not who.mine:
            continue
        if net.room.phase is Phase.COUNT and who.begun != net.room.round:
            who.begun = net.room.round
            rules.stand(who, rules.corner(who.seat))
            who.teleport(x=who.x, y=who.y, angle=who.angle)
        if net.room.phase is not Phase.LOBBY:
            who.ready = who.bot


def setup(net: gn.Session[Duel]) -> None:
    """Ties the rules to a session, whichever part it plays: each asks whether it is the host."""

    @net.each_tick
    def tick(dt: float) -> None:
        take_corners(net)
        if net.is_host:
            net.room.advance(dt)

    @net.on("peer_joined")
    def came(peer: gn.Peer) -> None:
        if net.is_host:
            net.room.welcome(peer, peer.name)
