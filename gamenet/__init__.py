"""Multiplayer for pygame and arcade on Valve's GameNetworkingSockets.

A game declares entities as plain classes; they stay the same on every peer. See README.md for the first twenty lines.
"""

from __future__ import annotations

from .errors import (
    AddressInUse,
    AlreadyOpen,
    BadArgument,
    BadDeclaration,
    GamenetError,
    InvalidAddress,
    NotAuthoritative,
    Refused,
    SeveralRooms,
    UnknownEvent,
)
from .game import Room, Session, Stats, Times
from .ids import EntityId, PeerId
from .opening import host, join, open, serve, solo
from .peer import Peer
from .replication.model.entity import Entity
from .replication.model.fields import (
    angle,
    changed,
    choice,
    coord,
    integer,
    items,
    local,
    mapping,
    number,
    ref,
    text,
    unique,
)
from .replication.model.reference import hidden
from .replication.model.schema import Protocol
from .replication.model.sight import everything, grid, group, nearest, within
from .replication.rpc.calls import Call
from .replication.rpc.declare import Caller, rpc
from .searching import Found, Search, search

__version__ = "0.1.0"

__all__ = [
    "AddressInUse",
    "AlreadyOpen",
    "BadArgument",
    "BadDeclaration",
    "Call",
    "Caller",
    "Entity",
    "EntityId",
    "Found",
    "GamenetError",
    "InvalidAddress",
    "NotAuthoritative",
    "Peer",
    "PeerId",
    "Protocol",
    "Refused",
    "Room",
    "Search",
    "Session",
    "SeveralRooms",
    "Stats",
    "Times",
    "UnknownEvent",
    "angle",
    "changed",
    "choice",
    "coord",
    "everything",
    "grid",
    "group",
    "hidden",
    "host",
    "integer",
    "items",
    "join",
    "local",
    "mapping",
    "nearest",
    "number",
    "open",
    "ref",
    "rpc",
    "search",
    "serve",
    "solo",
    "text",
    "unique",
    "within",
]
