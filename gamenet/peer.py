"""A participant, as a game sees it. One object per peer for the life of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from .ids import PeerId

if TYPE_CHECKING:
    from .game import Room


@final
class Peer:
    """Who takes part: given out by the session, never made by a game. Compares and hashes by identity."""

    __slots__ = ("__weakref__", "_host", "_id", "_me", "_name", "_ping", "_room", "_route")

    def __init__(self, id: int, name: str, *, me: bool = False, host: bool = False) -> None:
        self._id, self._name, self._me, self._host = PeerId(id), name, me, host
        self._ping, self._route = 0.0, ""
        self._room: Any = None

    @property
    def id(self) -> PeerId:
        """The host's number for this peer: 0 for the host itself."""
        return self._id

    @property
    def name(self) -> str:
        """What the peer calls itself; the host puts a number behind a name that is taken."""
        return self._name

    @property
    def ping(self) -> float:
        """The round trip to this peer in seconds, smoothed; 0.0 for oneself and until it was measured."""
        return self._ping

    @property
    def route(self) -> str:
        """How its packets travel: "local" (this machine), "lan", "direct", "relayed"; "" without a connection."""
        return self._route

    @property
    def room(self) -> Room:
        """The room it is in."""
        room: Room = self._room
        return room

    @property
    def is_me(self) -> bool:
        return self._me

    @property
    def is_host(self) -> bool:
        return self._host

    def __repr__(self) -> str:
        return f"<Peer {self._id} {self._name!r}{' me' if self._me else ''}{' host' if self._host else ''}>"
