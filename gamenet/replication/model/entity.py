"""What a game's entities are: plain objects with plain attributes, which know the room they are in.

An entity's state beside its fields stands in its `__dict__` under underscore names. All that reaches beyond the entity
itself goes through `_home`, the world it is in: its owner, whom a call is for, what a forbidden write leads to.
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from ...errors import BadArgument, NotAuthoritative
from ...ids import EntityId
from ...peer import Peer
from .advice import nearest
from .fields import Authority
from .schema import ClassSchema, Leaves, compile_class
from .sight import Lost, Sight, everything

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
    from typing_extensions import TypeVar as DefaultTypeVar

    from ...game import Room
    from ..rpc.declare import CallRequest

    RoomT = DefaultTypeVar("RoomT", bound=Room, default=Room, covariant=True)
else:  # typing_extensions takes longer to import than all of this package
    RoomT = TypeVar("RoomT", covariant=True)

    def dataclass_transform(**words):
        return lambda cls: cls


class Home(Protocol):
    """What an entity asks of the world it is in; `World` is one. Also the `Scope` in which ids mean something."""

    @property
    def me(self) -> Peer: ...
    @property
    def host(self) -> Peer: ...
    @property
    def is_host(self) -> bool: ...
    @property
    def strict(self) -> bool: ...
    @property
    def tick(self) -> int: ...
    @property
    def room(self) -> Any: ...

    def peer(self, id: int, /) -> Peer | None: ...
    def entity(self, id: int, /) -> Replicated | None: ...

    def trespass(self, entity: Replicated, name: str, value: Any) -> None:
        """A write that this peer does not decide is about to happen: raise, or say so once."""

    def undo_later(self, entity: Replicated, name: str, true: Any) -> None:
        """It happened; `true` is what the attribute was."""

    def trespass_inside(self, entity: Replicated, name: str, kept: Any) -> bool:
        """Something in a collection is about to change: whether this peer does not decide it. Raises as `trespass`."""

    def edited(self, entity: Replicated) -> None:
        """A structural field was assigned or changed."""

    def assign_owner(self, entity: Replicated, peer: Peer | None) -> None: ...
    def teleport(self, entity: Replicated, values: dict[str, Any]) -> None: ...
    def submit(self, request: CallRequest) -> None:
        """A checked call is to be made; it never raises."""


class Replicated:
    """The base of entities and rooms: fields, a constructor of keywords, RPCs. Compares and hashes by identity."""

    __gamenet__: ClassVar[ClassSchema]
    _owned: ClassVar[bool] = False

    _id: EntityId | None
    _owner: Peer | None
    _home: Home | None
    _left: Home | None
    """The world that it was in last: `despawned` may still ask for its room."""
    _term: int
    _simulated: dict[str, float] | None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__()
        if "__gamenet__" not in vars(cls):  # a guard brings that of its class
            cls.__gamenet__ = compile_class(cls, keywords)

    if not TYPE_CHECKING:  # type checkers make constructors from the fields

        def __new__(cls, *args: object, **values: Any) -> Replicated:
            entity = super().__new__(cls)
            entity.__dict__.update(_id=None, _owner=None, _home=None, _left=None, _term=0, _simulated=None)
            cls.__gamenet__.fill(entity)
            return entity

        def __init__(self, *args: object, **values: Any) -> None:
            if args:
                raise BadArgument(f"{type(self).__name__}(…) takes keywords only, such as {_example(self.__gamenet__)}")
            self.__gamenet__.give(self, values)

    def __repr__(self) -> str:
        number = "" if self._id is None else f" {self._id}"
        return f"<{type(self).__name__}{number}{f' of {self._owner.name}' if self._owner else ''}>"

    @classmethod
    def wire(cls) -> str:
        """What of this class travels: a table of field, kind, bits, who decides, rate, audience, smoothing."""
        return cls.__gamenet__.wire()


@dataclass_transform(kw_only_default=True, eq_default=False)
class Entity(Replicated, Generic[RoomT]):
    """A thing in the shared world: subclass it and annotate what others are to see.

    `class Ship(gn.Entity["Arena"], authority="owner")`: `ship.room` is an Arena, and a ship's owner computes it.
    """

    _owned: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init_subclass__(
            cls,
            *,
            authority: Authority = "host",
            leaves: Leaves = "remove",
            most: int = 64,
            sight: Sight = everything,
            lost: Lost = "remove",
            weight: float = 1.0,
            wire: str = "",
        ) -> None: ...

    @property
    def id(self) -> EntityId | None:
        """Its number in this room; None until the host named it."""
        return self._id

    @property
    def owner(self) -> Peer | None:
        """Who steers it. The host may assign another peer, or None."""
        return self._owner

    @owner.setter
    def owner(self, peer: Peer | None) -> None:
        if peer is not None and not isinstance(peer, Peer):
            raise BadArgument(f"{self!r}: an owner is a gn.Peer or None, not {peer!r}")
        if self._home is None:
            raise NotAuthoritative(f"{self!r} is in no room yet: net.spawn({type(self).__name__}(…), owner=peer)")
        self._home.assign_owner(self, peer)

    @property
    def mine(self) -> bool:
        """Whether I am its owner."""
        return self._owner is not None and self._owner.is_me

    @property
    def authority(self) -> Peer:
        """Who computes it. Raises: NotAuthoritative: it is in no room."""
        host = self._in_a_room().host
        return self._owner if self.__gamenet__.authority == "owner" and self._owner is not None else host

    @property
    def room(self) -> RoomT:
        """The room it is in, or was in when it went. Raises: NotAuthoritative: it never was in one."""
        room: RoomT = (self._left or self._in_a_room()).room if self._home is None else self._home.room
        return room

    @property
    def simulated(self) -> Self:
        """The entity with the simulation's values, also while its attributes show what is drawn. To read only."""
        view: Self = _Simulated(self)  # type: ignore[assignment]
        return view

    def teleport(self, **values: Any) -> None:
        """Write fields that others are not to see moving there: `ship.teleport(x=0, y=0)`.

        Raises:
            BadArgument: an unknown field or a wrong value.
            NotAuthoritative: a field that this peer does not decide.
        """
        for name, value in values.items():
            field = self.__gamenet__.fields.get(name)
            if field is None or field.numeric is None:
                known = [field.name for field in self.__gamenet__.fields.values() if field.numeric]
                raise BadArgument(f"{self!r} has no {name} to teleport{nearest(name, known)}")
            if wrong := field.check(value):
                raise BadArgument(f"{self!r}: {name} {wrong}")
        if self._home is None:
            self.__dict__.update(values)
        else:
            self._home.teleport(self, values)

    def spawned(self) -> None:
        """Override it: called on every peer, inside the frame, once all fields are set."""

    def despawned(self) -> None:
        """Override it: called on every peer, inside the frame, when the entity goes."""

    def _in_a_room(self) -> Home:
        if self._home is None:
            raise NotAuthoritative(f"{self!r} is in no room: net.spawn(…) it first")
        return self._home


class _Simulated:
    """An entity as the simulation has it; its own methods and properties see those values, too."""

    __slots__ = ("_entity",)
    _entity: Entity[Any]

    def __init__(self, entity: Entity[Any]) -> None:
        object.__setattr__(self, "_entity", entity)

    def __getattr__(self, name: str) -> Any:
        entity = self._entity
        if entity._simulated is not None and name in entity._simulated:
            return entity._simulated[name]
        member = getattr(type(entity), name, None)
        if isinstance(member, property) and member.fget is not None:
            return member.fget(self)
        if isinstance(member, FunctionType):
            return MethodType(member, self)
        return getattr(entity, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise NotAuthoritative(f"{self._entity!r}.simulated is to read only: write {name} on the entity itself")

    def __repr__(self) -> str:
        return f"{self._entity!r}.simulated"


def _example(schema: ClassSchema) -> str:
    field = next(iter(schema.fields.values()), None)
    return f"{schema.name}({field.name}={field.default!r})" if field else f"{schema.name}()"
