"""A window on a session: the player's hands, the picture, and what it witnessed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import pygame

import gamenet as gn
from gamenet.engines.headless import run

from . import rules
from .draw import Painter, Scene, Status
from .effects import Effects
from .pilot import Pilot
from .player import Player
from .rules import Controls
from .witness import Sighting, Witness
from .world import Arena, Phase, Pickup, Ship, Shot

SIZE: Final = (900, 652)
_GAP: Final = 16  # px between two windows beside each other, and to the edge
_HEADLESS_DRIVERS: Final = ("dummy", "offscreen")
_LONGEST_FRAME: Final = 0.1


@dataclass
class Report:
    """What a window has to say at its end: whose it was, how the connection stood (ping in seconds), what was shown."""

    name: str
    state: str
    problem: str
    ping: float
    frames: int
    ships: list[Sighting]


class Window:
    """One player's window; with a pilot the player only watches."""

    def __init__(self, net: gn.Session[Arena], *, side: str = "", pilot: bool = False, seed: int = 0) -> None:
        """
        Args:
            side: "left" or "right" half of the desktop, "" for a window anywhere.
            pilot: whether a bot flies the ship.
            seed: the pilot's chance.
        """
        self.net, self.player, self.witness = net, Player(net), Witness()
        self._screen = _open(side)
        self._painter, self._effects = Painter(self._screen), Effects()
        self._pilot = Pilot(Random(seed)) if pilot else None
        self._typing: str | None = None
        self._time = 0.0
        self._open = True
        self.report = self._report()

    def run(self, seconds: float = 0, others: Sequence[gn.Session[Any]] = ()) -> None:
        """Until the window is closed or `seconds` have passed (0: no limit); then says goodbye.

        Args:
            others: sessions of bots that are pumped along.
        """
        clock = pygame.time.Clock()
        try:
            while self._open and not 0 < seconds <= self._time:
                self.frame(min(clock.tick(60) / 1000, _LONGEST_FRAME))
                for other in others:
                    other.pump(clock.get_time() / 1000)
        except KeyboardInterrupt:
            pass  # Ctrl-C in the terminal closes the window, too
        self.report = self._report()
        for each in (self.net, *others):
            each.close()
        run(self.net, *others)

    def frame(self, dt: float) -> None:
        """One frame: hands, session, picture."""
        self._time += dt
        with self.net.frame(dt):
            for event in pygame.event.get():
                self._handle(event)
            self.player.fly(self._controls(dt), dt)
        ships = [(ship.id, ship) for ship in self.net.all(Ship) if ship.id is not None]
        self.witness.look(ships)
        self._effects.look(ships, dt)
        self._painter.paint(self._scene())
        pygame.display.set_caption(f"Arena: {self.net.me.name}")
        pygame.display.flip()

    def save(self, file: str) -> None:
        """The picture as it stands."""
        pygame.image.save(self._screen, file)

    def _report(self) -> Report:
        net, witness = self.net, self.witness
        return Report(net.me.name, net.state, net.problem, net.host.ping, witness.frames, [*witness.seen.values()])

    # ----------------------------------------------------------------------------------------------------------- hands
    def _controls(self, dt: float) -> Controls:
        ship = self.player.ship
        if self._pilot and ship:
            others = [other for other in self.net.all(Ship) if other is not ship]
            return self._pilot.decide(ship, others, self.net.all(Pickup), dt)
        if self._typing is not None:
            return Controls()
        keys = pygame.key.get_pressed()
        right, left = keys[pygame.K_RIGHT] or keys[pygame.K_d], keys[pygame.K_LEFT] or keys[pygame.K_a]
        return Controls(int(right) - int(left), bool(keys[pygame.K_UP] or keys[pygame.K_w]), bool(keys[pygame.K_SPACE]))

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self._open = False
        elif event.type == pygame.KEYDOWN and self._typing is not None:
            self._type(event)
        elif event.type == pygame.KEYDOWN and event.key in (pygame.K_RETURN, pygame.K_t):
            self._typing = ""
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            self._open = False

    def _type(self, event: pygame.event.Event) -> None:
        """A key while a line is being typed: Return says it, Escape gives it up."""
        if event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            if self._typing and self._typing.strip():
                self.player.say(self._typing)
            self._typing = None
        elif event.key == pygame.K_ESCAPE:
            self._typing = None
        elif event.key == pygame.K_BACKSPACE:
            self._typing = (self._typing or "")[:-1]
        elif event.unicode.isprintable():
            self._typing = ((self._typing or "") + event.unicode)[:120]

    # --------------------------------------------------------------------------------------------------------- picture
    def _scene(self) -> Scene:
        net, room = self.net, self.net.room
        joined = net.state == "joined"
        return Scene(
            ships=net.all(Ship),
            mine=self.player.ship,
            shots=net.all(Shot),
            pickups=net.all(Pickup),
            sparks=self._effects.sparks,
            clock=_clock(room.left) if joined and room.phase is Phase.FLYING else "",
            banner=self._banner(),
            chat=list(room.chat),
            typing=self._typing,
            status=Status(net.state, net.host.ping, len(net.peers), net.problem),
            time=self._time,
        )

    def _banner(self) -> str:
        net, ship = self.net, self.player.ship
        if net.state in ("opening", "connecting"):
            return "connecting ..."
        if net.state == "closed":
            return "disconnected"
        ranked = rules.ranking(net.all(Ship))
        if net.room.phase is Phase.OVER and ranked:
            return f"{ranked[0].name} wins"
        if ship is not None and not rules.alive(ship):
            return f"back in {ship.wait:.0f}"
        return ""


def has_display() -> bool:
    """Whether pygame's windows can be seen by anybody."""
    return pygame.display.get_driver() not in _HEADLESS_DRIVERS


def _open(side: str) -> pygame.Surface:
    """The display surface, on the wanted side of the desktop; there the two windows together fit its width."""
    pygame.display.init()
    pygame.font.init()
    width, height = SIZE
    desktop, room = pygame.display.get_desktop_sizes()[0]
    if side and has_display():
        width = min(width, desktop // 2 - 2 * _GAP)
        height = min(width * SIZE[1] // SIZE[0], room - 8 * _GAP)
        x = desktop // 2 - width - _GAP // 2 if side == "left" else desktop // 2 + _GAP // 2
        os.environ["SDL_VIDEO_WINDOW_POS"] = f"{x},{max(2 * _GAP, (room - height) // 2)}"
    return pygame.display.set_mode((width, height))


def _clock(seconds: float) -> str:
    """As 2:41."""
    minutes, rest = divmod(int(seconds + 0.999), 60)
    return f"{minutes}:{rest:02}"
