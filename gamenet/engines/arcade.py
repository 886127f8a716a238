"""arcade: a view that hears of the session, sprites that follow entities, and an overlay.

    from gamenet.engines.arcade import NetView, bind_sprite

    class Game(NetView):
        def on_net_spawned(self, entity):
            self.sprites.append(bind_sprite(entity, arcade.SpriteCircle(14, arcade.color.CYAN)))
        def on_update(self, delta_time):
            with self.net.frame(delta_time):
                ...

The frame stays the game's: nothing here is scheduled on pyglet's clock or pushed on a window's stack of handlers, where
views that return a truthy value, sections and `ARCADE_HEADLESS` would keep it from being called. What a view hears
comes out of `net.frame()`, wherever the game calls it: in a view, in a window, in `on_update` or `on_fixed_update`.
"""

from __future__ import annotations

import atexit
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from weakref import ReferenceType, WeakKeyDictionary, WeakSet, ref

try:
    import arcade
    import pyglet
except ModuleNotFoundError as missing:
    if missing.name not in ("arcade", "pyglet"):
        raise
    raise ImportError('gamenet.engines.arcade needs arcade: pip install "gamenet[arcade]"') from missing

from .binding import Follower, bind, require_fields
from .overlay import BACKGROUND, COLOURS, Readout, Row, Tone, lines
from .postbox import Postbox

if TYPE_CHECKING:
    from gamenet import Entity, Peer, Session

_Sprite = TypeVar("_Sprite", bound=arcade.BasicSprite)


# ---------------------------------------------------------------------------------------------------------------- views
class NetView(arcade.View):
    """A view that hears of a session: override `on_net_…`, and call `net.frame` in `on_update`.

    Any number of views may be made with one session. An event reaches the view that is shown when it happens, once;
    while none of them is shown, events wait in order for the next one and come with its first frame (`postbox.WAITING`
    of them). The session is closed with the window, and when arcade's loop or the program ends.
    """

    def __init__(self, net: Session[Any], window: arcade.Window | None = None) -> None:
        """
        Args:
            net: the session; may be replaced later, as when the player joins another game. The old one is not closed.
            window: where it will be shown; without it, arcade's current window.
        """
        super().__init__(*([] if window is None else [window]))  # arcade.gui.UIView, which may be behind us, takes none
        self.net = net

    @property
    def net(self) -> Session[Any]:
        """The session that this view hears of."""
        return self._net

    @net.setter
    def net(self, net: Session[Any]) -> None:
        self._net = net
        _news_of(net).add(self.window)

    def on_net_joined(self) -> object:
        """I am in, and all that I may see of the room is here."""

    def on_net_peer_joined(self, peer: Peer) -> object:
        """A peer came, or was there before me; myself included."""

    def on_net_peer_left(self, peer: Peer, reason: str) -> object:
        """A peer went; its entities are still there."""

    def on_net_spawned(self, entity: Entity) -> object:
        """An entity came, mine included."""

    def on_net_despawned(self, entity: Entity) -> object:
        """An entity went."""

    def on_net_host_changed(self, host: Peer) -> object:
        """Another peer is the host from now on."""

    def on_net_stalled(self, seconds: float) -> object:
        """This program stood still for so long."""

    def on_net_closed(self, reason: str) -> object:
        """The session is over; not called when it is closed with the window, as no frame follows."""


_EVENTS: Final = tuple(name.removeprefix("on_net_") for name in vars(NetView) if name.startswith("on_net_"))


class _Event(NamedTuple):
    """One event of a session and its handlers' arguments."""

    name: str
    arguments: tuple[Any, ...]


class _News:
    """One session's events on their way to views. The session's handlers keep it alive, so that it ends with it."""

    def __init__(self, net: Session[Any]) -> None:
        self._net = ref(net)
        self._windows: WeakSet[arcade.Window] = WeakSet()
        self._box: Postbox[_Event] = Postbox(
            self._tell, "Show a NetView of the session, or make the session's views of arcade.View and use net.on()."
        )
        for name in _EVENTS:
            self._hear(net, name)
        net._before_frame(self._box.deliver)

    def _hear(self, net: Session[Any], name: str) -> None:
        net.on(name)(lambda *arguments: self._box.put(_Event(name, arguments)))  # type: ignore[call-overload]

    def add(self, window: arcade.Window) -> None:
        """A view of the session may be shown there."""
        self._windows.add(window)
        _watch_loop()

    def _tell(self, event: _Event) -> bool:
        """To the view that is shown. Returns whether there is one."""
        for window in self._windows:
            view = window.current_view
            if isinstance(view, NetView) and view.net is self._net():
                getattr(view, f"on_net_{event.name}")(*event.arguments)
                return True
        return False

    def window_closed(self, window: arcade.Window) -> None:
        """The session is closed with the last of its windows."""
        if window in self._windows:
            self._windows.discard(window)
            if not self._windows:
                self.close()

    def close(self) -> None:
        net = self._net()
        if net is not None:
            net.close()


_known: WeakKeyDictionary[Session[Any], ReferenceType[_News]] = WeakKeyDictionary()


def _news_of(net: Session[Any]) -> _News:
    known = _known.get(net)
    news = known() if known is not None else None
    if news is None:
        news = _News(net)
        _known[net] = ref(news)
    return news


def _all_news() -> list[_News]:
    return [news for known in list(_known.values()) if (news := known()) is not None]


# ----------------------------------------------------------------------------------------------------------- the engine
_watched: Final[WeakSet[Any]] = WeakSet()


def _watch_loop() -> None:
    """Hears of windows that are closed, of the loop's end and of the program's.

    What is pushed are plain functions: pyglet holds methods weakly. The program's end is heard of before the library's
    own handler, which is registered when a session is opened, closes the connections: the last to come is asked first.
    """
    loop = pyglet.app.event_loop
    if loop not in _watched:
        _watched.add(loop)
        loop.push_handlers(on_window_close=_window_closed, on_exit=_engine_ended)
    atexit.unregister(_engine_ended)
    atexit.register(_engine_ended)


def _window_closed(window: arcade.Window) -> None:
    for news in _all_news():
        news.window_closed(window)


def _engine_ended() -> None:
    for news in _all_news():
        news.close()


# -------------------------------------------------------------------------------------------------------------- sprites
def bind_sprite(entity: Entity, sprite: _Sprite, *, x: str = "x", y: str = "y", angle: str = "angle") -> _Sprite:
    """Ties a sprite to an entity: after each frame it is where the entity is shown; at despawn it leaves its lists.

    Args:
        entity: one that was spawned, or that a `spawned` handler was given.
        sprite: any of arcade's; append it to your sprite list.
        x, y: the entity's fields or properties for the centre, in arcade's units: y grows upwards.
        angle: the field in degrees, clockwise on the screen: what arcade's `sprite.angle` is, and what the pygame
            engine turns by. A sprite that cannot be turned (`arcade.BasicSprite`) is not; without the field none is.

    Returns:
        The sprite.

    Raises:
        AttributeError: when the entity has no such field.
        TypeError: when it is no sprite of arcade's.
        NotAuthoritative: when the entity was not spawned.
    """
    if not isinstance(sprite, arcade.BasicSprite):
        raise TypeError(f"bind_sprite() takes a sprite of arcade's, such as arcade.Sprite(…), not {sprite!r}")
    require_fields(entity, x, y)
    bind(_Bound(entity, sprite, x, y, angle if hasattr(entity, angle) else ""))
    return sprite


class _Bound(Follower):
    """A sprite of arcade's. Its setters do nothing when nothing changed, so that what rests costs nothing to draw."""

    def __init__(self, entity: Entity, sprite: arcade.BasicSprite, x: str, y: str, angle: str) -> None:
        self.entity, self.sprite = entity, sprite
        self._place = attrgetter(x, y)
        self._turned = sprite if angle and isinstance(sprite, arcade.Sprite) else None
        self._angle = attrgetter(angle)

    def follow(self) -> None:
        self.sprite.position = self._place(self.entity)
        if self._turned is not None:
            self._turned.angle = self._angle(self.entity)

    def leave(self) -> None:
        self.sprite.remove_from_sprite_lists()


# ------------------------------------------------------------------------------------------------------------- overlay
class Overlay(Readout):
    """How the session is doing, at the top left: state, code, peers, traffic, how fresh the world is.

        self.overlay = Overlay(net, visible=False)
        if symbol == arcade.key.F3:
            self.overlay.toggle()
        self.overlay.draw()                          # in on_draw, last; the game's camera does not matter

    It is made anew twice a second, a line a frame, as laying out text takes its time; in between, drawing is a
    rectangle and a batch.
    """

    _sheet: _Sheet | None = None

    def draw(self) -> None:
        """Draws it, when it is visible, on top of what is there."""
        if not self.visible:
            return
        window = arcade.get_window()
        if self._sheet is None or self._sheet.window is not window:
            self._sheet = _Sheet(window)
        self._sheet.write(self.rows())
        self._sheet.draw()


_EDGE: Final = 8
_SIZE: Final = 11
_LINE: Final = 17
_FONT: Final = ":system:fonts/ttf/Liberation/Liberation_Mono_Regular.ttf"
_FONTS: Final = ("Liberation Mono", "DejaVu Sans Mono", "Consolas", "Menlo", "Courier New")


class _Sheet:
    """The overlay's lines in one window; the origin is its top left corner, whatever its size."""

    def __init__(self, window: arcade.Window) -> None:
        arcade.load_font(_FONT)
        self.window = window
        self._camera = arcade.Camera2D(window=window)
        self._batch = pyglet.graphics.Batch()
        self._texts: list[arcade.Text] = []
        self._rows: tuple[Row, ...] = ()
        self._wanted: list[tuple[str, Tone]] = []
        self._stale: list[int] = []
        self._letter = self._text(0, "M" * 10).content_width / 10

    def _text(self, line: int, words: str = "") -> arcade.Text:
        place = 2 * _EDGE, -2 * _EDGE - _LINE * line
        return arcade.Text(words, *place, font_size=_SIZE, font_name=_FONTS, anchor_y="top", batch=self._batch)

    def write(self, rows: tuple[Row, ...]) -> None:
        """New rows are laid out a line in each call; the first ones at once."""
        if rows is not self._rows:
            at_once, self._rows = not self._rows, rows
            self._wanted = list(zip(lines(rows), (row.tone for row in rows), strict=True))
            self._texts += [self._text(line) for line in range(len(self._texts), len(rows))]
            self._stale = list(range(len(self._texts)))
            while at_once and self._stale:
                self._lay_out_next()
        self._lay_out_next()

    def _lay_out_next(self) -> None:
        """The next line that is not what it should be."""
        while self._stale and not self._lay_out(self._stale.pop(0)):
            pass

    def _lay_out(self, line: int) -> bool:
        """Returns whether there was anything to do."""
        words, tone = self._wanted[line] if line < len(self._wanted) else ("", Tone.PLAIN)
        text, colour = self._texts[line], arcade.types.Color(*COLOURS[tone])
        if (text.text, text.color) == (words, colour):
            return False
        text.text, text.color = words, colour
        return True

    def draw(self) -> None:
        """On top of what is there, whatever camera and blending the game draws with."""
        if (self._camera.viewport_width, self._camera.viewport_height) != self.window.size:
            self._camera.match_window()
        self._camera.top_left = 0, 0
        longest = max(len(words) for words, _ in self._wanted)
        height = _LINE * len(self._wanted) + 2 * _EDGE
        box = arcade.LBWH(_EDGE, -_EDGE - height, longest * self._letter + 2 * _EDGE, height)
        with self._camera.activate(), self.window.ctx.enabled(self.window.ctx.BLEND):
            arcade.draw_rect_filled(box, BACKGROUND)
            self._batch.draw()
