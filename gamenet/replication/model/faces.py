"""Two faces: inside the frame an attribute is the simulated value, after it the shown one.

Only smooth fields have two, and only while the two differ. Everything drawn by plain attribute access is smooth without
the game's doing; everything computed inside the frame is exact.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .entity import Replicated

Trespass = Callable[[Replicated, str, Any], None]


class Faces:
    """Which entities show something else than they are, and what was written for it."""

    def __init__(self) -> None:
        self._shown: dict[Replicated, tuple[dict[str, float], dict[str, float]]] = {}

    def show(self, entity: Replicated, names: Sequence[str], values: Sequence[float]) -> None:
        """Write shown values over the simulated ones, which `entity.simulated` and the next frame still have."""
        attributes = entity.__dict__
        simulated = {name: attributes[name] for name in names}
        written = dict(zip(names, values, strict=True))
        if entity in self._shown:  # two parts of one entity
            before, already = self._shown[entity]
            simulated, written = {**before, **simulated}, {**already, **written}
        entity._simulated = simulated
        self._shown[entity] = simulated, written
        attributes.update(written)

    def put_back(self, trespass: Trespass) -> None:
        """The frame begins: attributes are the simulated values again.

        Args:
            trespass: told of each write that happened outside the frame; the write is undone.
        """
        shown, self._shown = self._shown, {}
        for entity, (simulated, written) in shown.items():
            attributes = entity.__dict__
            for name, value in written.items():
                if attributes[name] != value:
                    trespass(entity, name, attributes[name])
            attributes.update(simulated)
            entity._simulated = None
