"""What one picture shows, taken from a session: things where they are shown, and all words. No engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import gamenet as gn

from . import rules
from .effects import Effects
from .world import Disc, Duel, Duellist, Phase

TITLE: Final = "DISC DUEL"
HELP: Final = "run: WASD or arrows    aim and throw: mouse (or Space)    dash: Shift    network: F3    leave: Escape"

ON_THE_WAY: Final[Mapping[str, str]] = {
    "name": "looking up the service",
    "service": "calling the service",
    "identity": "showing who you are",
    "room": "looking for the room",
    "signals": "calling the others",
    "candidates": "looking for ways",
    "direct": "trying the direct way",
    "relayed": "trying the way through a relay",
    "version": "comparing versions",
}
"""What a player reads at each stage (`net.stage`)."""


@dataclass
class Row:
    """One player in the lobby and on the board."""

    name: str
    seat: int
    score: int
    ready: bool
    mine: bool
    host: bool


@dataclass
class Scene:
    """Everything that one picture shows."""

    duellists: Sequence[Duellist] = ()
    discs: Sequence[Disc] = ()
    effects: Effects = field(default_factory=Effects)
    rows: Sequence[Row] = ()
    goal: int = rules.GOAL
    banner: str = ""
    seat: int = -1  # whose colour the banner has; -1: nobody's
    lobby: bool = False
    code: str = ""  # what friends need, large
    hint: str = ""  # below it
    problem: str = ""
    time: float = 0.0  # seconds, for what pulses


def scene_of(net: gn.Session[Duel], effects: Effects, time: float) -> Scene:
    """The picture of this moment; asked outside of frames, where attributes are what is shown."""
    room, joined = net.room, net.state == "joined"
    duellists = net.all(Duellist)
    return Scene(
        duellists=[who for who in duellists if rules.alive(who) or room.phase is Phase.LOBBY],
        discs=net.all(Disc),
        effects=effects,
        rows=[row_of(net, who) for who in sorted(duellists, key=lambda who: who.seat)],
        goal=room.goal,
        banner=banner(net),
        seat=room.winner if room.phase in (Phase.PAUSE, Phase.WON) else -1,
        lobby=joined and room.phase is Phase.LOBBY,
        code=invitation(net) if joined else "",
        hint=hint(net),
        problem=net.problem,
        time=time,
    )


def row_of(net: gn.Session[Duel], who: Duellist) -> Row:
    mine = who is net.mine(Duellist)
    return Row(who.name or "...", who.seat, who.score, who.ready, mine, who.owner is net.host)


def banner(net: gn.Session[Duel]) -> str:
    """The large words across the field."""
    room = net.room
    if net.state != "joined":
        return "" if net.state == "closed" else "CONNECTING"
    if room.phase is Phase.COUNT:
        return str(max(1, math.ceil(room.left)))
    if room.phase is Phase.FIGHT:
        return "FIGHT!" if room.left > rules.ROUND - 0.8 else ""
    if room.phase is Phase.PAUSE:
        return f"{winner(net)} wins the round" if winner(net) else "Nobody wins this round"
    return f"{winner(net)} wins the duel!" if room.phase is Phase.WON else ""


def winner(net: gn.Session[Duel]) -> str:
    """The name of who won the last round; "" for nobody."""
    return next((who.name for who in net.all(Duellist) if who.seat == net.room.winner), "")


def invitation(net: gn.Session[Duel]) -> str:
    """What others need to come in: the code; in a game by address the host's port. "" for nobody else's game."""
    port = net.address.rpartition(":")[2]
    return net.code or (f"port {port}" if net.is_host and port.isdigit() else "")


def hint(net: gn.Session[Duel]) -> str:
    """What to do or wait for now."""
    if net.state == "closed":
        return net.problem or "the session was closed"
    if net.state != "joined":
        return net.problem or ON_THE_WAY.get(net.stage, "")
    if net.room.phase is not Phase.LOBBY:
        return ""
    if len(net.all(Duellist)) < 2:
        return net.problem or ON_THE_WAY.get(net.stage, "waiting for somebody to duel with")
    mine = net.mine(Duellist)
    return "Space: I am ready" if mine and not mine.ready else "waiting for the others"
