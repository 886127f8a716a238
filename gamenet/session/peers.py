"""Who takes part: ids that are never reused, names that are never shared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..ids import HOST, MAX_PEER, PeerId
from ..peer import Peer
from .messages import MOST_NAME

NAMELESS: Final = "player"


class Roster(dict[PeerId, Peer]):
    """Every peer that a participant knows, by id: one object per peer for the life of the session."""

    def __init__(self) -> None:
        super().__init__()
        self._newest = HOST

    def enter(self, name: str) -> Peer | None:
        """A new peer with the next id and a name of its own; None when all ids of this session were given."""
        if self._newest == MAX_PEER:
            return None
        self._newest = PeerId(self._newest + 1)
        peer = self[self._newest] = Peer(self._newest, free_name(name, (each.name for each in self.values())))
        return peer

    def meet(self, id: int, name: str) -> Peer:
        """The peer of that id, told by the host: always the same object."""
        peer = self.get(PeerId(id))
        if peer is None:
            peer = self[PeerId(id)] = Peer(id, name)
        return peer


def clean_name(name: str) -> str:
    """A name as others may see it: printable, without spaces around it, at most `MOST_NAME` characters, not empty."""
    return printable(name).strip()[:MOST_NAME].strip() or NAMELESS


def printable(text: str) -> str:
    """A stranger's text without what a screen or a log should not get."""
    return "".join(character for character in text if character.isprintable())


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, cleaned, with a number behind it when it is taken: "Ada", "Ada 2", "Ada 3"."""
    names, cleaned = {each.casefold() for each in taken}, clean_name(name)
    free, number = cleaned, 1
    while free.casefold() in names:
        number += 1
        tail = f" {number}"
        free = cleaned[: MOST_NAME - len(tail)] + tail
    return free
