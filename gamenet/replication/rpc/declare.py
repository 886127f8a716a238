"""RPCs as a class declares them, and as a game calls them: `ship.fire.send(aim)`, `room.say.within(2).call("hi")`.

What the caller does wrong is an exception in the caller's line: the wrong caller, wrong arguments, an entity that is in
no room. Everything else is for `Home.submit` and comes back as `call.error`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Final,
    Generic,
    Literal,
    NamedTuple,
    ParamSpec,
    TypeAlias,
    TypeVar,
    final,
    overload,
)

from ...errors import BadArgument, BadDeclaration, NotAuthoritative
from ...peer import Peer
from ..model.advice import nearest
from ..model.annotations import Names
from .calls import SECONDS, Call, check_seconds
from .signature import Signature
from .types import Plain

if TYPE_CHECKING:
    from typing_extensions import Never, Self

    from ..model.entity import Home, Replicated

P = ParamSpec("P")
R = TypeVar("R")

To: TypeAlias = Literal["host", "owner", "everyone", "others"]
Who: TypeAlias = Literal["owner", "host", "anyone"]

RATE: Final = 20.0
"""Calls a second that one peer may make of one method, without `rate=`."""

_MANY: Final = ("everyone", "others")


@final
class Caller(NamedTuple):
    """Who called, and when.

    Attributes:
        peer: whose line it was.
        tick: the tick of the world that the caller was in.
        seen: the moment, in ticks, that was drawn on the caller's screen.
    """

    peer: Peer
    tick: int
    seen: float


class RpcDeclaration(NamedTuple):
    """One RPC of one class. Its number is its place among the class's sorted names."""

    name: str
    number: int
    to: To
    caller: Who
    rate: float
    function: Callable[..., Any]
    signature: Signature

    @property
    def words(self) -> str:
        """Equal words mean that two peers understand each other."""
        return f"{self.signature.words} to {self.to}, caller {self.caller}"

    def why_not(self, target: Replicated, caller: Peer) -> str:
        """Why this peer may not call it on `target`, "" when it may. What nobody owns is the host's."""
        if self.caller == "anyone" or (self.caller == "host" and caller.is_host):
            return ""
        if self.caller == "owner" and (caller is target._owner or (target._owner is None and caller.is_host)):
            return ""
        who = "the host" if self.caller == "host" else "its owner"
        return f"only {who} may call {type(target).__name__}.{self.name}"


class CallRequest(NamedTuple):
    """A checked call, on its way from the caller's line to `Home.submit`."""

    target: Replicated
    rpc: RpcDeclaration
    arguments: list[Plain]  # as `Signature.decode` takes them
    receivers: tuple[Peer, ...] | None  # what `.to(peers)` said; None: as the RPC declares
    call: Call[Any] | None  # None: nobody waits for an answer


@final
class RemoteMethod(Generic[P, R]):
    """An RPC of one entity or room, ready to be called."""

    __slots__ = ("_receivers", "_rpc", "_seconds", "_target")

    def __init__(
        self,
        target: Replicated,
        rpc: RpcDeclaration,
        seconds: float = SECONDS,
        receivers: tuple[Peer, ...] | None = None,
    ) -> None:
        self._target, self._rpc, self._seconds, self._receivers = target, rpc, seconds, receivers

    def send(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call it and forget it.

        Raises:
            NotAuthoritative: this peer may not call it, or its entity is in no room.
            BadArgument: arguments that do not fit.
        """
        home = self._checked_home()
        home.submit(CallRequest(self._target, self._rpc, self._encoded(home, args, kwargs), self._receivers, None))

    def call(self, *args: P.args, **kwargs: P.kwargs) -> Call[R]:
        """Call it and get the answer later: see `Call`.

        Raises:
            NotAuthoritative: this peer may not call it, or its entity is in no room.
            BadArgument: arguments that do not fit, or several receivers.
        """
        home = self._checked_home()
        if self._several():
            raise BadArgument(
                f"{self}.call needs one receiver, and it goes to several: use .send, or .to(one peer).call"
            )
        call: Call[R] = Call(repr(self), self._rpc.signature, self._seconds)
        home.submit(CallRequest(self._target, self._rpc, self._encoded(home, args, kwargs), self._receivers, call))
        return call

    def within(self, seconds: float) -> RemoteMethod[P, R]:
        """The same, but an answer that takes longer is an error; 5 s otherwise."""
        return RemoteMethod(self._target, self._rpc, check_seconds(seconds), self._receivers)

    def to(self, peers: Peer | Iterable[Peer]) -> RemoteMethod[P, R]:
        """The same, for some of those who would get it: an RPC that is declared to everyone or to others."""
        if self._rpc.to not in _MANY:
            raise BadArgument(f'{self}.to(…): it goes to the {self._rpc.to} alone; declare it with to="everyone"')
        receivers = (peers,) if isinstance(peers, Peer) else tuple(dict.fromkeys(peers))
        for peer in receivers:
            if not isinstance(peer, Peer):
                raise BadArgument(f"{self}.to(…) takes a gn.Peer or several, not {peer!r}")
        return RemoteMethod(self._target, self._rpc, self._seconds, receivers)

    def _several(self) -> bool:
        return self._rpc.to in _MANY if self._receivers is None else len(self._receivers) != 1

    def _checked_home(self) -> Home:
        home = self._target._home
        if home is None:
            raise NotAuthoritative(f"{self}: this {type(self._target).__name__} is in no room: net.spawn(…) it first")
        if why := self._rpc.why_not(self._target, home.me):
            raise NotAuthoritative(f"{self}: {why}")
        for peer in self._receivers or ():
            if home.peer(peer.id) is not peer:
                raise BadArgument(f"{self}.to(…): {peer!r} is not in this room")
        return home

    def _encoded(self, home: Home, args: tuple[Any, ...], keywords: dict[str, Any]) -> list[Plain]:
        return self._rpc.signature.encode(args, keywords, home)

    def __repr__(self) -> str:
        return f"{type(self._target).__name__}.{self._rpc.name}"

    if not TYPE_CHECKING:  # for a type checker it is simply not callable

        def __call__(self, *args: object, **keywords: object) -> None:
            raise BadArgument(f"{self} runs elsewhere: {self}.send(…) to call it, {self}.call(…) to get its answer")


class Rpc(Generic[P, R]):
    """What `@gn.rpc` leaves in the class; on an instance it is a `RemoteMethod`."""

    def __init__(
        self, function: Callable[Concatenate[Any, Caller, P], R], to: To, caller: Who | None, rate: float
    ) -> None:
        self.function, self.to, self.caller, self.rate = function, to, caller, rate
        self.name = function.__name__
        self.signature = Signature(function)
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any]) -> RemoteMethod[P, R]: ...
    def __get__(self, instance: Any, owner: type[Any]) -> Self | RemoteMethod[P, R]:
        return self if instance is None else RemoteMethod(instance, owner.__gamenet__.rpcs[self.name])


def rpc(
    *bare: Never,
    to: To = "host",
    caller: Who | None = None,
    rate: float = RATE,
    when: Literal["now"] = "now",
) -> Callable[[Callable[Concatenate[Any, Caller, P], R]], Rpc[P, R]]:
    """Declare a method that other peers can call: `def say(self, caller: gn.Caller, text: str) -> int`.

    Args:
        to: where it runs. "everyone" is all in the room and the host, the caller included; "others" all but the caller.
        caller: who may call it; the entity's owner unless said otherwise, in a room anyone.
        rate: calls a second that one peer may make; the host's are not counted.
        when: "now", in the frame in which it arrives.

    Raises:
        BadDeclaration: a word that does not exist, or a method that cannot be called from afar.
    """
    if bare:
        raise BadDeclaration("@gn.rpc needs its brackets: @gn.rpc() or @gn.rpc(to=…)")
    _one_of("to", to, ("host", "owner", "everyone", "others"))
    _one_of("caller", caller, (None, "owner", "host", "anyone"))
    if when != "now":
        raise BadDeclaration(f'@gn.rpc(when={when!r}): only when="now" is built yet')
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        raise BadDeclaration(f"@gn.rpc(rate={rate!r}): calls a second, a number above 0; {math.inf} for no limit")
    return lambda function: Rpc(function, to, caller, float(rate))


def _one_of(name: str, said: object, words: tuple[str | None, ...]) -> None:
    if said not in words:
        known = ", ".join(repr(word) for word in words if word)
        raise BadDeclaration(f"@gn.rpc({name}={said!r}): it is one of {known}{nearest(str(said), filter(None, words))}")


def methods_of(cls: type[Any], names: Names, *, owned: bool) -> dict[str, RpcDeclaration]:
    """The RPCs of a class that is being made, inherited ones too, numbered by sorted name.

    Args:
        names: where the class's own annotations look up names.
        owned: whether its instances have an owner (a room has none).

    Raises:
        BadDeclaration: a signature that cannot be sent, an owner where there is none, a plain method in an RPC's place.
    """
    found: dict[str, Rpc[Any, Any]] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Rpc):
                found[name] = value
            elif name in found:
                raise BadDeclaration(
                    f"{base.__qualname__}.{name} takes the place of an RPC: decorate it with @gn.rpc, too"
                )
    for value in vars(cls).values():
        if isinstance(value, Rpc):
            value.signature.look_up_in(names)
    return {name: _declaration(cls, number, name, found[name], owned) for number, name in enumerate(sorted(found))}


def _declaration(cls: type[Any], number: int, name: str, rpc: Rpc[Any, Any], owned: bool) -> RpcDeclaration:
    caller: Who = rpc.caller or ("owner" if owned else "anyone")
    if not owned and "owner" in (caller, rpc.to):
        raise BadDeclaration(f'{cls.__qualname__}.{name}: a room has no owner: say "host" or another')
    return RpcDeclaration(name, number, rpc.to, caller, rpc.rate, rpc.function, rpc.signature)
