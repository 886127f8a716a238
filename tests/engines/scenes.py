"""Real arcade windows, one scene and process each: `python -m tests.engines.scenes NAME` prints what happened as JSON.

A scene ends by itself after a number of frames, or when what it waits for has come; `LIMIT` frames are too many.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any

import arcade
import pyglet

import gamenet as gn
from gamenet.engines.arcade import NetView, Overlay, bind_sprite
from gamenet.engines.overlay import COLOURS, Tone
from gamenet.handlers import EVENTS
from gamenet.testing import Lab

LIMIT = 20_000
SCENES: dict[str, Callable[[], object]] = {}


def scene(function: Callable[[], object]) -> Callable[[], object]:
    SCENES[function.__name__] = function
    return function


class Thing(gn.Entity, authority="owner"):
    x: float = 20.0
    y: float = 30.0
    angle: float = gn.angle(0)


class Told(NetView):
    """Writes down what it is told, and closes the window after some frames."""

    def __init__(self, net: gn.Session[Any], frames: int = 5) -> None:
        super().__init__(net)
        self.told, self.frames, self.left = list[str](), 0, frames

    def on_update(self, delta_time: float) -> bool | None:
        with self.net.frame(delta_time):
            self.frames += 1
        if self.frames == self.left:
            self.window.close()
        return None


def _writes(event: str) -> Callable[..., None]:
    def write(self: Told, *arguments: object) -> None:
        self.told.append(event)

    return write


for _event in EVENTS:
    setattr(Told, f"on_net_{_event}", _writes(_event))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def window() -> arcade.Window:
    return arcade.Window(160, 120, "scene", vsync=False)


# --------------------------------------------------------------------------------------------------------------- events
@scene
def a_view_is_told() -> object:
    screen, net = window(), gn.solo()
    net.spawn(Thing())
    view = Told(net)
    gc.collect()
    screen.run(view)
    return {"told": view.told, "frames": view.frames, "state": net.state}


@scene
def every_event_has_its_method() -> object:
    """Told by hand, as a host that changes and a program that stalls are not at hand."""
    screen, net = window(), gn.solo()
    view = Told(net)
    screen.show_view(view)
    for event, arguments in {
        "joined": (),
        "peer_joined": (net.me,),
        "peer_left": (net.me, "why"),
        "spawned": (Thing(),),
        "despawned": (Thing(),),
        "host_changed": (net.me,),
        "stalled": (1.5,),
        "closed": ("why",),
    }.items():
        for function in net._conductor.handlers.of(event, *arguments):
            function(*arguments)
    plain = NetView(net)
    for event in EVENTS:
        assert callable(getattr(plain, f"on_net_{event}"))
    return view.told


@scene
def views_that_switch() -> object:
    """The first view hands over in the middle of its events; a plain view pumps in between."""
    screen, net = window(), gn.solo()

    class Menu(Told):
        def on_net_joined(self) -> None:
            super().on_net_joined()
            self.window.show_view(game)

    class Pause(arcade.View):
        frames = 0

        def on_update(self, delta_time: float) -> None:
            with self_net.frame(delta_time):
                if self.frames == 0:
                    net.spawn(Thing())
                self.frames += 1
            if self.frames == 3:
                self.window.show_view(late)

    class Game(Told):
        def on_update(self, delta_time: float) -> None:
            super().on_update(delta_time)
            if self.frames == 3:
                self.window.show_view(Pause())

    self_net = net
    menu, game, late = Menu(net), Game(net, 99), Told(net, 3)
    screen.run(menu)
    return {"menu": menu.told, "game": game.told, "late": late.told}


@scene
def events_before_any_view_wait_for_one() -> object:
    screen, net = window(), gn.solo()
    view = Told(net)
    for _ in range(3):
        net.pump(1 / 60)
    before = list(view.told)
    screen.run(view)
    return {"before": before, "told": view.told}


@scene
def what_waited_is_told_inside_a_frame() -> object:
    """With the simulation's values, before all that is new: a handler may write, and its writes stay."""
    screen, net = window(), gn.solo()
    thing = net.spawn(Thing())

    class Writer(Told):
        inside: bool = False

        def on_net_joined(self) -> None:
            super().on_net_joined()
            Writer.inside = net._in_frame
            thing.x = 77

    view = Writer(net)
    net.pump(1 / 60)
    screen.run(view)
    return {"inside": Writer.inside, "x": thing.x, "told": view.told}


@scene
def another_session_in_the_same_view() -> object:
    screen, first, second = window(), gn.solo(name="Ada"), gn.solo(name="Grace")

    class Switching(Told):
        def on_net_peer_joined(self, peer: gn.Peer) -> None:
            self.told.append(peer.name)
            if self.net is first:
                self.net = second

    view = Switching(first)
    screen.run(view)
    return {"told": view.told, "states": [first.state, second.state]}


@scene
def a_view_that_returns_true() -> object:
    screen, net = window(), gn.solo()

    class Truthy(Told):
        def on_update(self, delta_time: float) -> bool:
            super().on_update(delta_time)
            return True

    view = Truthy(net)
    screen.run(view)
    return {"told": view.told, "frames": view.frames}


@scene
def a_view_with_sections() -> object:
    screen, net = window(), gn.solo()
    updates: list[float] = []

    class Part(arcade.Section):
        def on_update(self, delta_time: float) -> None:
            updates.append(delta_time)

    class Sectioned(Told):
        def __init__(self) -> None:
            super().__init__(net)
            self.sections = arcade.SectionManager(self)
            self.sections.add_section(Part(0, 0, 50, 50))

        def on_show_view(self) -> None:
            self.sections.enable()

    view = Sectioned()
    screen.run(view)
    return {"told": view.told, "sections": len(updates) > 0}


@scene
def a_view_with_a_gui() -> object:
    from arcade.gui import UIView  # cannot be imported with ARCADE_HEADLESS

    screen, net = window(), gn.solo()

    class Gui(Told, UIView):  # type: ignore[misc]
        pass

    view = Gui(net)
    screen.run(view)
    return {"told": view.told, "ui": type(view.ui).__name__}


@scene
def a_plain_view_and_a_frame_in_fixed_updates() -> object:
    """Without NetView; the window itself pumps, in the fixed update."""
    net, told = gn.solo(), list[str]()
    net.on("joined")(lambda: told.append("joined"))

    class Plain(arcade.Window):
        frames = 0

        def on_fixed_update(self, delta_time: float) -> None:
            with net.frame(delta_time):
                self.frames += 1
            if self.frames == 3:
                net.close()
                self.close()

    Plain(160, 120, "scene", vsync=False).run()
    return {"told": told, "state": net.state}


@scene
def nothing_runs_free() -> object:
    """arcade's own items on pyglet's clock are all: none is called on every tick."""
    screen, net = window(), gn.solo()
    before = len(pyglet.clock.get_default()._schedule_items)
    view = Told(net)
    screen.show_view(view)
    view.on_update(1 / 60)
    clock = pyglet.clock.get_default()
    return {"every tick": len(clock._schedule_items) - before}


# -------------------------------------------------------------------------------------------------------------- the end
@scene
def the_window_closes_within_a_frame() -> object:
    screen, net = window(), gn.solo()

    class Abrupt(NetView):
        def on_update(self, delta_time: float) -> None:
            with self.net.frame(delta_time):
                self.window.close()

    screen.run(Abrupt(net))
    net.pump(1 / 60)
    return net.state


@scene
def the_session_ends_before_the_window() -> object:
    screen, net = window(), gn.solo()
    sprites: arcade.SpriteList[arcade.SpriteCircle] = arcade.SpriteList()
    thing = net.spawn(Thing())

    class Closing(Told):
        def on_update(self, delta_time: float) -> None:
            if self.frames == 2:
                self.net.close()
            super().on_update(delta_time)

        def on_draw(self) -> None:
            self.clear()
            sprites.draw()

    sprites.append(bind_sprite(thing, arcade.SpriteCircle(5, arcade.color.CYAN)))
    view = Closing(net, 10)
    screen.run(view)
    return {"told": view.told, "frames": view.frames, "state": net.state}


@scene
def the_window_ends_before_the_session() -> object:
    """Without a NetView nobody closes the session: it goes on, with its sprites."""
    screen, net = window(), gn.solo()
    sprites: arcade.SpriteList[arcade.SpriteCircle] = arcade.SpriteList()
    thing = net.spawn(Thing())
    sprite = bind_sprite(thing, arcade.SpriteCircle(5, arcade.color.CYAN))
    sprites.append(sprite)

    class Last(arcade.View):
        def on_draw(self) -> None:
            sprites.draw()
            self.window.close()

    screen.run(Last())
    with net.frame(1 / 60):
        thing.x = 55
    place = sprite.position
    net.despawn(thing)
    net.pump(1 / 60)
    return {"place": place, "sprites": len(sprites), "state": net.state}


@scene
def arcade_exits() -> object:
    """The window stays open then."""
    screen, net = window(), gn.solo()

    class Exiting(Told):
        def on_update(self, delta_time: float) -> None:
            super().on_update(delta_time)
            arcade.exit()

    screen.run(Exiting(net, LIMIT))
    return {"state": net.state, "closed": screen.closed}


@scene
def the_user_clicks_the_window_away() -> object:
    screen, net = window(), gn.solo()

    class Clicked(Told):
        def on_update(self, delta_time: float) -> None:
            super().on_update(delta_time)
            self.window.dispatch_event("on_close")

    screen.run(Clicked(net, LIMIT))
    return net.state


@scene
def the_last_of_two_windows_closes() -> object:
    first, net = window(), gn.solo()
    one = NetView(net, first)
    second = window()
    other = NetView(net, second)
    first.show_view(one)
    second.show_view(other)
    net.pump(1 / 60)
    first.close()
    between = net.state
    second.close()
    return [between, net.state]


@scene
def the_program_ends_by_an_exception() -> object:
    """What its peer hears: a goodbye, not silence. The peer is the test."""
    screen, net = window(), gn.host(port=0, protocol=gn.Protocol([]))

    class Crashing(NetView):
        def on_net_peer_joined(self, peer: gn.Peer) -> None:
            if not peer.is_me:
                raise SystemExit(3)

        def on_update(self, delta_time: float) -> None:
            with self.net.frame(delta_time):
                pass

    say(net.address.rpartition(":")[2])
    screen.run(Crashing(net))
    return None


# ------------------------------------------------------------------------------------------------------------- sprites
def brightest(screen: arcade.Window) -> tuple[int, int]:
    """Where in the picture the mean of what is bright is: (x, y), y upwards."""
    picture = arcade.get_image(0, 0, *screen.get_framebuffer_size()).convert("L")
    width, height = picture.size
    pixels = picture.load()
    bright = [(x, height - 1 - y) for x in range(width) for y in range(height) if pixels[x, y] > 128]
    return tuple(round(sum(each) / len(bright)) for each in zip(*bright, strict=True))  # type: ignore[return-value]


@scene
def a_sprite_is_drawn_where_and_as_its_entity_is() -> object:
    """An image with its right half bright, at (80, 60): where the bright half is says how it is turned."""
    from PIL import Image

    half = Image.new("RGBA", (40, 40), (0, 0, 0, 255))
    half.paste((255, 255, 255, 255), (20, 0, 40, 40))
    screen, net = window(), gn.solo()
    thing = net.spawn(Thing(x=80, y=60))
    sprites: arcade.SpriteList[arcade.Sprite] = arcade.SpriteList()
    sprites.append(bind_sprite(thing, arcade.Sprite(arcade.Texture(half))))
    seen: list[tuple[int, int]] = []

    class Turning(NetView):
        def on_update(self, delta_time: float) -> None:
            with self.net.frame(delta_time):
                thing.angle = 90.0 * len(seen)

        def on_draw(self) -> None:
            self.clear()
            sprites.draw()
            seen.append(brightest(self.window))
            if len(seen) == 3:
                self.window.close()

    screen.run(Turning(net))
    return seen


@scene
def two_sessions_show_each_other() -> object:
    """A host without a window and a view that joined it: the view's sprite is where the host moved its thing."""
    screen, host = window(), gn.host(port=0)
    theirs = host.spawn(Thing(x=100, y=90))
    net = gn.join(f"127.0.0.1:{host.address.rpartition(':')[2]}")
    sprites: arcade.SpriteList[arcade.SpriteCircle] = arcade.SpriteList()

    class Game(Told):
        seen: tuple[int, int] | None = None

        def on_net_spawned(self, entity: gn.Entity) -> None:
            super().on_net_spawned(entity)
            sprites.append(bind_sprite(entity, arcade.SpriteCircle(8, arcade.color.WHITE)))

        def on_update(self, delta_time: float) -> None:
            host.pump(delta_time)
            super().on_update(delta_time)
            if "spawned" in self.told:
                theirs.x = 40

        def on_draw(self) -> None:
            self.clear()
            sprites.draw()
            if any(abs(sprite.center_x - 40) < 0.5 for sprite in sprites):
                self.seen = brightest(self.window)
                self.window.close()

    view = Game(net, LIMIT)
    screen.run(view)
    host.close()
    return {"told": view.told, "seen": view.seen, "state": net.state}


# ------------------------------------------------------------------------------------------------------------- overlay
def drawn(screen: arcade.Window, overlay: Overlay) -> dict[str, bool]:
    """What of an overlay is seen on red, with a camera that is far away and without blending."""
    screen.clear(color=arcade.color.RED)
    screen.ctx.disable(screen.ctx.BLEND)
    away = arcade.Camera2D(window=screen)
    away.position = 5000, 5000
    with away.activate():
        overlay.draw()
    picture = arcade.get_image(0, 0, *screen.get_framebuffer_size()).convert("RGB")
    colours = {colour for _, colour in picture.getcolors(1 << 20)}
    return {
        "at the edge": picture.getpixel((2, 2)) != (255, 0, 0),
        "in its corner": picture.getpixel((12, 12)) != (255, 0, 0),
        "good": COLOURS[Tone.GOOD] in colours,
        "bad": COLOURS[Tone.BAD] in colours,
        "quiet": COLOURS[Tone.QUIET] in colours,
    }


@scene
def an_overlay_is_drawn() -> object:
    screen, net = arcade.Window(480, 320, "scene", vsync=False), gn.solo()
    net.pump(1 / 60)
    overlay = Overlay(net, visible=False)
    seen = [drawn(screen, overlay)]
    overlay.toggle()
    seen.append(drawn(screen, overlay))
    screen.set_size(400, 240)
    seen.append(drawn(screen, overlay))
    return seen


@scene
def an_overlay_follows_its_session_a_line_a_frame() -> object:
    """A window that closes and another one do not matter to it."""
    screen = arcade.Window(480, 320, "scene", vsync=False)
    with Lab(clients=1) as lab:
        overlay = Overlay(lab.clients[0])
        overlay.draw()
        lab.host.close()
        lab.run(2)
        changed: list[int] = []
        for _ in range(20):
            sheet = overlay._sheet
            assert sheet is not None
            before = [text.text for text in sheet._texts]
            overlay.draw()
            after = [text.text for text in sheet._texts]
            changed.append(sum(a != b for a, b in zip(before, after, strict=False)))
        texts = [text.text for text in sheet._texts if text.text]
        old = drawn(screen, overlay)
        screen.close()
        new = drawn(arcade.Window(480, 320, "scene", vsync=False), overlay)
    return {"changed": changed, "texts": texts, "old": old, "new": new}


if __name__ == "__main__":
    say(json.dumps(SCENES[sys.argv[1]]()))
