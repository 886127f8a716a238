"""pygame and pygame-ce: the session's events in pygame's queue, and sprites that follow entities.

    from gamenet.engines.pygame import NET, bind_sprite

    NET.attach(net)
    with net.frame(dt):
        for event in pygame.event.get():
            if event.type == NET.PEER_JOINED:
                print(event.peer.name)

The loop stays the game's. Nothing here raises inside a frame: what pygame's queue does not take (it is full, or there
is no display yet) waits in order and is tried again at the end of each frame; past `WAITING` events the oldest are
given up, which is logged once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakSet

try:
    import pygame
except ModuleNotFoundError as missing:
    if missing.name != "pygame":
        raise
    raise ImportError('gamenet.engines.pygame needs pygame: pip install "gamenet[pygame-ce]"') from missing
if not hasattr(pygame, "event"):  # what is left when one of the two was uninstalled: they share their files
    raise ImportError(
        "there are only remains of pygame here, as after pygame and pygame-ce were both installed: "
        "pip uninstall pygame pygame-ce, then pip install pygame-ce"
    )

from .binding import Follower, bind, require_fields
from .overlay import BACKGROUND, COLOURS, Readout, Row, widths
from .postbox import Postbox

if TYPE_CHECKING:
    from gamenet import Entity, Session

_ARGUMENTS: Final[dict[str, tuple[str, ...]]] = {
    "joined": (),
    "peer_joined": ("peer",),
    "peer_left": ("peer", "reason"),
    "spawned": ("entity",),
    "despawned": ("entity",),
    "host_changed": ("peer",),
    "stalled": ("seconds",),
    "closed": ("reason",),
}
"""The session's events and the names of their handlers' arguments, which become the attributes of the pygame event."""

_Sprite = TypeVar("_Sprite", bound=pygame.sprite.Sprite)


# -------------------------------------------------------------------------------------------------------------- events
class _Events:
    """The pygame event types of a session's events. Each event also carries the session, as `event.net`."""

    JOINED: Final[int] = pygame.event.custom_type()
    PEER_JOINED: Final[int] = pygame.event.custom_type()
    PEER_LEFT: Final[int] = pygame.event.custom_type()
    SPAWNED: Final[int] = pygame.event.custom_type()
    DESPAWNED: Final[int] = pygame.event.custom_type()
    HOST_CHANGED: Final[int] = pygame.event.custom_type()
    STALLED: Final[int] = pygame.event.custom_type()
    CLOSED: Final[int] = pygame.event.custom_type()

    def __init__(self) -> None:
        self._attached: WeakSet[Session[Any]] = WeakSet()

    def attach(self, net: Session[Any]) -> None:
        """From now on the session's events are posted to pygame's queue, in the frame in which they happen.

        Attaching the same session again changes nothing.
        """
        if net in self._attached:
            return
        self._attached.add(net)
        box: Postbox[pygame.event.Event] = Postbox(_post, _ADVICE)
        for name, arguments in _ARGUMENTS.items():
            net.on(name)(_poster(box, net, getattr(self, name.upper()), arguments))  # type: ignore[call-overload]
        net._after_frame(box.deliver)


_ADVICE: Final = (
    "pygame's queue took none: "
    "call pygame.display.set_mode() before the session's frames, and pygame.event.get() in each."
)


def _post(event: pygame.event.Event) -> bool:
    """Whether the queue took it: `post` raises when it is full (65,535 events) or there is no display."""
    try:
        pygame.event.post(event)
    except pygame.error:
        return False
    return True


def _poster(
    box: Postbox[pygame.event.Event], net: Session[Any], kind: int, names: tuple[str, ...]
) -> Callable[..., None]:
    """A handler that puts its arguments into an event of that kind."""

    def post(*values: object) -> None:
        box.put(pygame.event.Event(kind, {"net": net, **dict(zip(names, values, strict=True))}))

    return post


NET: Final = _Events()


# ------------------------------------------------------------------------------------------------------------- sprites
def bind_sprite(entity: Entity, sprite: _Sprite, *, x: str = "x", y: str = "y", angle: str = "angle") -> _Sprite:
    """Ties a sprite to an entity: after each frame its centre is where the entity is shown; at despawn it is killed.

    Args:
        entity: one that was spawned, or that a `spawned` handler was given.
        sprite: needs `rect`, or an `image` to take it from. Its image is drawn as looking to the right.
        x, y: the entity's fields for the centre, in the pixels of the surface that the sprite is drawn on.
        angle: the field in degrees, clockwise on the screen, that the image is turned by; without it nothing turns.

    Returns:
        The sprite.

    Raises:
        AttributeError: when the entity has no such field or the sprite neither `rect` nor `image`.
        NotAuthoritative: when the entity was not spawned.
    """
    require_fields(entity, x, y)
    bind(_Bound(entity, sprite, x, y, angle if hasattr(entity, angle) else ""))
    return sprite


class _Bound(Follower):
    """A sprite of pygame's."""

    def __init__(self, entity: Entity, sprite: pygame.sprite.Sprite, x: str, y: str, angle: str) -> None:
        self.entity, self.sprite = entity, sprite
        self._x, self._y, self._angle = x, y, angle
        self._upright: pygame.Surface | None = getattr(sprite, "image", None)
        self._drawn, self._turned = self._upright, 0
        if getattr(sprite, "rect", None) is None:
            if self._upright is None:
                raise AttributeError(f"{type(sprite).__name__} has neither rect nor image: set one before it is bound")
            sprite.rect = self._upright.get_rect()

    def follow(self) -> None:
        """Moves and turns the sprite to where the entity is now."""
        rect = self.sprite.rect
        assert rect is not None
        if self._angle and self._upright is not None:
            rect.size = self._turn(self._upright, round(getattr(self.entity, self._angle)) % 360).get_size()
        rect.center = round(getattr(self.entity, self._x)), round(getattr(self.entity, self._y))

    def _turn(self, upright: pygame.Surface, degrees: int) -> pygame.Surface:
        """The image to show. One that the game has set since is taken as the new upright one."""
        image = self.sprite.image
        if image is not None and image is not self._drawn:
            self._upright, self._drawn, self._turned = image, image, 0
            upright = image
        if self._drawn is None or degrees != self._turned:
            self._turned, self._drawn = degrees, pygame.transform.rotate(upright, -degrees)
            self.sprite.image = self._drawn
        return self._drawn

    def leave(self) -> None:
        self.sprite.kill()


# ------------------------------------------------------------------------------------------------------------- overlay
class Overlay(Readout):
    """How the session is doing, at the top left: state, code, peers, traffic, how fresh the world is.

        overlay = Overlay(net, visible=False)
        if event.type == pygame.KEYDOWN and event.key == pygame.K_F3:
            overlay.toggle()
        overlay.draw(screen)

    It is made anew twice a second; in between, drawing is one blit.
    """

    _drawn: tuple[Row, ...] | None = None
    _surface: pygame.Surface

    def draw(self, surface: pygame.Surface) -> None:
        """Draws it, when it is visible, on top of what is there."""
        if not self.visible:
            return
        rows = self.rows()
        if rows is not self._drawn:
            self._surface, self._drawn = _sheet(rows), rows
        surface.blit(self._surface, (_EDGE, _EDGE))


_EDGE: Final = 8
_HEIGHT: Final = 22
"""Of the font, in its own measure; its lines are as far apart as it says."""


def _sheet(rows: tuple[Row, ...]) -> pygame.Surface:
    """The rows on their background."""
    if not pygame.font.get_init():
        pygame.font.init()
    font = pygame.font.Font(None, _HEIGHT)
    columns = widths(rows, lambda cell: font.size(cell)[0] + 2 * _EDGE)
    width = max([sum(columns), *(font.size(row.cells[0])[0] for row in rows if len(row.cells) == 1)])
    sheet = pygame.Surface((width + 2 * _EDGE, len(rows) * font.get_linesize() + 2 * _EDGE), pygame.SRCALPHA)
    sheet.fill(BACKGROUND)
    for line, row in enumerate(rows):
        right = _EDGE
        for column, cell in enumerate(row.cells):
            written = font.render(cell, True, COLOURS[row.tone])
            right += columns[column] if len(row.cells) > 1 else 0
            sheet.blit(written, (right - written.get_width() if column else _EDGE, _EDGE + line * font.get_linesize()))
    return sheet
