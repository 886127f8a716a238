"""Who is connected, under which identity, and on which seat.

    line     a connection: in at most one room
    client   an identity with the token that proves it: any number of lines and chairs
    chair    a seat of a room, by the room's code

An identity belongs to its token as long as a line of it is there or a chair of it is kept, and to nobody afterwards.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .limits import Bucket

_IDENTITY: Final = re.compile(r"str:[A-Za-z0-9._~@+-]{1,31}", re.ASCII)


class Chair(NamedTuple):
    """A seat of a room."""

    code: str
    seat: int


@dataclass(eq=False)
class Client:
    """Somebody with a name."""

    identity: str
    token: bytes
    lines: set[int] = field(default_factory=set)
    chairs: set[Chair] = field(default_factory=set)
    rooms: set[str] = field(default_factory=set)
    """Codes of those that it opened."""
    guesses: Bucket = field(default_factory=Bucket)


@dataclass(eq=False)
class Line:
    """A connection."""

    connection: int
    place: str
    """What limits by address count by."""
    client: Client | None = None
    """None before its hello."""
    chair: Chair | None = None
    requests: Bucket = field(default_factory=Bucket)
    signals: Bucket = field(default_factory=Bucket)
    strikes: Bucket = field(default_factory=Bucket)


class Clients:
    """All lines, clients and chairs. Every word here takes the same time, however many there are."""

    def __init__(self) -> None:
        self.lines: dict[int, Line] = {}
        self.at_place: Counter[str] = Counter()
        """Lines of each address."""
        self._clients: dict[str, Client] = {}
        self._sitting: dict[Chair, Line] = {}
        self._holders: dict[Chair, Client] = {}

    def __len__(self) -> int:
        """Clients that are known by name."""
        return len(self._clients)

    def open(self, connection: int, place: str) -> Line:
        """A new connection."""
        line = self.lines[connection] = Line(connection, place)
        self.at_place[place] += 1
        return line

    def close(self, line: Line) -> None:
        """It is gone. The chair on which it sat stays its client's."""
        del self.lines[line.connection]
        self.at_place[line.place] -= 1
        if not self.at_place[line.place]:
            del self.at_place[line.place]
        if line.chair is not None:
            self._sitting.pop(line.chair, None)
        if line.client is not None:
            line.client.lines.discard(line.connection)
            self._forget(line.client)

    def greet(self, line: Line, identity: str, token: bytes) -> Client | None:
        """Whose line this is; None when the identity is another one's, or none that others could be told."""
        if not _IDENTITY.fullmatch(identity):
            return None
        client = self._clients.setdefault(identity, Client(identity, token))
        if not hmac.compare_digest(client.token, token):
            return None
        line.client = client
        client.lines.add(line.connection)
        return client

    def line_at(self, chair: Chair) -> Line | None:
        """Who sits there; None while its member is away, and for a seat that does not exist."""
        return self._sitting.get(chair)

    def sit(self, line: Line, chair: Chair) -> Line | None:
        """Let a greeted line have a chair. Returns the line of the same client that had it until now."""
        before = self._sitting.get(chair)
        if before is not None:
            before.chair = None
        line.chair = chair
        self._sitting[chair] = line
        if line.client is not None:
            self._holders[chair] = line.client
            line.client.chairs.add(chair)
        return before if before is not line else None

    def free(self, chair: Chair) -> None:
        """Nobody's any more; who sat there is still connected."""
        line = self._sitting.pop(chair, None)
        if line is not None:
            line.chair = None
        client = self._holders.pop(chair, None)
        if client is not None:
            client.chairs.discard(chair)
            self._forget(client)

    def _forget(self, client: Client) -> None:
        if not client.lines and not client.chairs:
            del self._clients[client.identity]
