"""What follows entities on the screen, whatever the engine: moved after each frame, let go when its entity goes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakKeyDictionary, ref

if TYPE_CHECKING:
    from gamenet import Entity, Session


class Follower(ABC):
    """One sprite and what it follows."""

    entity: Entity

    @abstractmethod
    def follow(self) -> None:
        """Show the entity as it is now."""

    @abstractmethod
    def leave(self) -> None:
        """The entity went."""


def require_fields(entity: Entity, x: str, y: str) -> None:
    """Raises AttributeError, with advice, when the entity has no such place."""
    missing = [name for name in (x, y) if not hasattr(entity, name)]
    if missing:
        raise AttributeError(
            f"{type(entity).__name__} has no {' and no '.join(missing)}: say x= and y= with the names of its fields"
        )


def bind(follower: Follower) -> None:
    """Shows it where its entity is now, and from now on at the end of each frame, until the entity goes.

    Raises:
        NotAuthoritative: when the entity was not spawned.
    """
    session = follower.entity.room._session
    follower.follow()
    _bindings_of(session).all.append(follower)


class _Bindings:
    """All followers of one session. The session's hook keeps them alive, so that they end with the session."""

    def __init__(self, session: Session[Any]) -> None:
        self.all = list[Follower]()
        session._after_frame(self._follow)

    def _follow(self) -> None:
        here = [follower for follower in self.all if follower.entity._home is not None]
        gone, self.all = set(self.all).difference(here) if len(here) != len(self.all) else (), here
        for follower in gone:
            follower.leave()
        for follower in here:
            follower.follow()


_bound: WeakKeyDictionary[Session[Any], ReferenceType[_Bindings]] = WeakKeyDictionary()


def _bindings_of(session: Session[Any]) -> _Bindings:
    known = _bound.get(session)
    bindings = known() if known is not None else None
    if bindings is None:
        bindings = _Bindings(session)
        _bound[session] = ref(bindings)
    return bindings
