"""One player's window: hands, session, picture. It needs arcade."""

from __future__ import annotations

import math
import signal
from contextlib import suppress
from typing import Final

import arcade
from arcade import key

import gamenet as gn
from gamenet.engines.arcade import NetView, Overlay
from gamenet.engines.headless import run

from .draw import SIZE, Painter
from .effects import Effects
from .herald import Herald
from .rules import Controls
from .scene import TITLE, scene_of
from .shapes import NIGHT
from .world import Disc, Duel, Duellist, Phase

_LONGEST_FRAME: Final = 0.1
_LEFT, _RIGHT = (key.LEFT, key.A), (key.RIGHT, key.D)
_DOWN, _UP = (key.DOWN, key.S), (key.UP, key.W)


class DuelView(NetView):
    """The view of a session, from the first attempt to connect to the winner's banner."""

    def __init__(self, net: gn.Session[Duel], *, seconds: float = 0, shot: str = "") -> None:
        """
        Args:
            seconds: when to end; 0: when the window is closed.
            shot: a file for the last picture; "" for none.
        """
        super().__init__(net)
        self.duel = net
        self.time = 0.0
        self._seconds, self._shot = seconds, shot
        self._painter, self._effects, self._overlay = Painter(), Effects(), Overlay(net, visible=False)
        self._held: set[int] = set()
        self._mouse: tuple[float, float] | None = None

    # -------------------------------------------------------------------------------------------------- once a frame
    def on_update(self, delta_time: float) -> None:
        dt = min(delta_time, _LONGEST_FRAME)
        self.time += dt
        with self.duel.frame(dt):
            me = self.duel.mine(Duellist)
            if me is not None:
                me.act(self._controls(me), dt)
        duellists = [(who.id or 0, who) for who in self.duel.all(Duellist)]
        self._effects.look(duellists, [(disc.id or 0, disc) for disc in self.duel.all(Disc)], dt)

    def on_draw(self) -> None:
        self.clear(color=(*NIGHT, 255))
        self._painter.paint(scene_of(self.duel, self._effects, self.time))
        self._overlay.draw()
        if 0 < self._seconds <= self.time:
            self._leave()

    def _leave(self) -> None:
        if self._shot:
            arcade.get_image().convert("RGB").save(self._shot)
        self.window.close()

    # --------------------------------------------------------------------------------------------------------- hands
    def _controls(self, me: Duellist) -> Controls:
        aim = None
        if self._mouse is not None:
            aim = math.degrees(math.atan2(self._mouse[1] - me.y, self._mouse[0] - me.x))
        throw = key.SPACE in self._held or -arcade.MOUSE_BUTTON_LEFT in self._held
        dash = key.LSHIFT in self._held or key.RSHIFT in self._held
        return Controls(self._axis(_LEFT, _RIGHT), self._axis(_DOWN, _UP), aim, throw, dash)

    def _axis(self, less: tuple[int, ...], more: tuple[int, ...]) -> float:
        return float(not self._held.isdisjoint(more)) - float(not self._held.isdisjoint(less))

    def on_key_press(self, symbol: int, modifiers: int) -> None:
        me = self.duel.mine(Duellist)
        if symbol == key.ESCAPE:
            self._leave()
        elif symbol == key.F3:
            self._overlay.toggle()
        elif symbol == key.SPACE and me is not None and self.duel.room.phase is Phase.LOBBY:
            me.ready = not me.ready
        else:
            self._held.add(symbol)

    def on_key_release(self, symbol: int, modifiers: int) -> None:
        self._held.discard(symbol)

    def on_mouse_motion(self, x: int, y: int, dx: int, dy: int) -> None:
        self._mouse = (x, y)

    def on_mouse_drag(self, x: int, y: int, dx: int, dy: int, buttons: int, modifiers: int) -> None:
        self._mouse = (x, y)

    def on_mouse_press(self, x: int, y: int, button: int, modifiers: int) -> None:
        self._mouse = (x, y)
        self._held.add(-button)

    def on_mouse_release(self, x: int, y: int, button: int, modifiers: int) -> None:
        self._held.discard(-button)


def show(net: gn.Session[Duel], *, seconds: float = 0, shot: str = "") -> int:
    """Opens the window and plays until it is closed, then says goodbye. Returns the process's exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, it says goodbye as after Ctrl-C
    Herald(net)
    window = arcade.Window(*SIZE, f"{TITLE}: {net.me.name}")
    with suppress(KeyboardInterrupt):
        window.run(DuelView(net, seconds=seconds, shot=shot))
    net.close()
    run(net)
    return 0
