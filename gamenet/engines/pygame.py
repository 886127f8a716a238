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

import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import ReferenceType, WeakKeyDictionary, WeakSet, ref

import pygame

if TYPE_CHECKING:
    from gamenet import Entity, Room, Session

_log = logging.getLogger(__name__)

WAITING: Final = 4096
"""Events kept for a queue that takes none; the pygame queue itself holds 65,535."""

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
        box = _Postbox()
        for name, arguments in _ARGUMENTS.items():
            net.on(name)(_poster(box, net, getattr(self, name.upper()), arguments))  # type: ignore[call-overload]
        net._after_frame(box.deliver)


def _poster(box: _Postbox, net: Session[Any], kind: int, names: tuple[str, ...]) -> Callable[..., None]:
    """A handler that puts its arguments into an event of that kind."""

    def post(*values: object) -> None:
        box.put(pygame.event.Event(kind, {"net": net, **dict(zip(names, values, strict=True))}))

    return post


class _Postbox:
    """What waits for pygame's queue, in order."""

    def __init__(self) -> None:
        self._waiting: deque[pygame.event.Event] = deque()
        self._lost = False

    def put(self, event: pygame.event.Event) -> None:
        """Posts it now if everything before it went; else it waits."""
        self._waiting.append(event)
        self.deliver()
        if len(self._waiting) > WAITING:
            self._waiting.popleft()
            self._warn()

    def deliver(self) -> None:
        """Posts what waits, as far as the queue takes it: `post` raises when it is full or there is no display."""
        try:
            while self._waiting:
                pygame.event.post(self._waiting[0])
                self._waiting.popleft()
        except pygame.error:
            return

    def _warn(self) -> None:
        if not self._lost:
            self._lost = True
            _log.warning(
                "session events are lost: pygame's queue took none of the last %d. "
                "Call pygame.display.set_mode() before the session's frames, and pygame.event.get() in each.",
                WAITING,
            )


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
    missing = [name for name in (x, y) if not hasattr(entity, name)]
    if missing:
        raise AttributeError(
            f"{type(entity).__name__} has no {' and no '.join(missing)}: say x= and y= with the names of its fields"
        )
    room = entity.room
    binding = _Binding(entity, sprite, x, y, angle if hasattr(entity, angle) else "")
    binding.follow()
    _bindings_of(room).add(binding)
    return sprite


class _Binding:
    """One sprite and what it follows."""

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


class _Bindings:
    """All sprites of one room. The session's hook keeps it alive, so that it ends with the session."""

    def __init__(self, room: Room) -> None:
        self._room, self._all = ref(room), list[_Binding]()
        room._session._after_frame(self.follow)

    def add(self, binding: _Binding) -> None:
        self._all.append(binding)

    def follow(self) -> None:
        """Moves the sprites of what is there, and kills and forgets those of what is not."""
        room = self._room()
        here = [binding for binding in self._all if room is not None and room.get(binding.entity) is not None]
        if len(here) != len(self._all):
            for binding in set(self._all).difference(here):
                binding.sprite.kill()
            self._all = here
        for binding in here:
            binding.follow()


_bound: WeakKeyDictionary[Room, ReferenceType[_Bindings]] = WeakKeyDictionary()


def _bindings_of(room: Room) -> _Bindings:
    known = _bound.get(room)
    bindings = known() if known is not None else None
    if bindings is None:
        bindings = _Bindings(room)
        _bound[room] = ref(bindings)
    return bindings
