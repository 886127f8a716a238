"""Two faces: inside the frame an attribute is the simulated value, after it the shown one.

Only smooth fields have two, and only while the two differ. Everything drawn by plain attribute access is smooth without
the game's doing; everything computed inside the frame is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from .entity import Replicated

Trespass = Callable[[Replicated, str, Any], None]
Read = Callable[[dict[str, Any]], tuple[Any, ...]]


class _Shown(NamedTuple):
    entity: Replicated
    names: Sequence[str]
    read: Read
    simulated: tuple[float, ...]
    written: tuple[float, ...]


class Faces:
    """Which entities show something else than they are, and what was written for it."""

    def __init__(self) -> None:
        self._shown: list[_Shown] = []

    def show(self, entity: Replicated, names: Sequence[str], values: Sequence[float]) -> None:
        """Write shown values over the simulated ones, which `entity.simulated` and the next frame still have.

        Called once a frame for each part of an entity; its names are its own.
        """
        attributes = entity.__dict__
        read = _reader(names)
        simulated = read(attributes)
        if entity._simulated is None:
            entity._simulated = dict(zip(names, simulated, strict=True))
        else:
            entity._simulated.update(zip(names, simulated, strict=True))
        attributes.update(zip(names, values, strict=True))
        self._shown.append(_Shown(entity, names, read, simulated, tuple(values)))

    def put_back(self, trespass: Trespass) -> None:
        """The frame begins: attributes are the simulated values again.

        Args:
            trespass: told of each write that happened outside the frame; the write is undone.
        """
        shown, self._shown = self._shown, []
        for entity, names, read, simulated, written in shown:
            attributes = entity.__dict__
            now = read(attributes)
            if now != written:
                for name, was, is_ in zip(names, written, now, strict=True):
                    if was != is_:
                        trespass(entity, name, is_)
            attributes.update(zip(names, simulated, strict=True))
            entity._simulated = None


@lru_cache(maxsize=1024)
def _reader(names: Sequence[str]) -> Read:
    """These attributes as one tuple, read in C; `names` is a tuple."""
    if len(names) == 1:
        (name,) = names
        return lambda attributes: (attributes[name],)
    return itemgetter(*names)
