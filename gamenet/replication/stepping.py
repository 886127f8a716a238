"""Runs a room's rules, and draws what they move between two ticks.

Rules move things in steps of a tick, screens draw in between. What the rules moved (known by comparing the packed
smooth fields before and after) is shown blended between its last two ticks; it keeps doing so until ticks leave it
alone for a second. What the game moves itself, frame by frame, is drawn as it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from .incoming.receiver import Placed
from .model.entity import Replicated
from .model.faces import Faces
from .model.part import Part, reader
from .model.world import World

REST: Final = 1.0
"""Seconds that ticks have to leave an entity alone before it is drawn as it is."""


class _Group(NamedTuple):
    part: Part
    entities: list[Replicated]


class _Moved(NamedTuple):
    part: Part
    before: list[float]
    after: list[float]
    rested: float  # seconds since a tick moved it
    foreign: bool  # computed by its owner, and placed here


class Stepper:
    """What ticks move here; a watcher of the world."""

    def __init__(self, world: World, faces: Faces) -> None:
        self._world, self._faces = world, faces
        self._moved: dict[tuple[Replicated, str], _Moved] = {}
        self._groups: list[_Group] | None = None
        self._cut: set[Replicated] = set()

    def added(self, entity: Replicated) -> None:
        self._groups = None

    def removed(self, entity: Replicated) -> None:
        self._groups = None
        for part in entity.__gamenet__.parts:
            self._moved.pop((entity, part.table.name), None)

    def owned(self, entity: Replicated) -> None:
        self.removed(entity)

    def cut(self, entity: Replicated) -> None:
        """A teleport is not to be seen as a move, also when a rule does it."""
        for part in entity.__gamenet__.parts:
            self._moved.pop((entity, part.table.name), None)
        self._cut.add(entity)

    def place(self, placed: Iterable[Placed], length: float) -> None:
        """What owners compute was put where it is at this tick."""
        rest = {key for key, moved in self._moved.items() if moved.foreign}
        for entity, part, before, after, cut in placed:
            self._note(entity, part, after if cut else before, after, length, foreign=True)
            rest.discard((entity, part.table.name))
        for entity, name in rest:
            moved = self._moved[entity, name]
            self._note(entity, moved.part, moved.after, moved.after, length, foreign=True)

    def step(self, rules: Iterable[Callable[[float], object]], length: float) -> None:
        """Run the rules of one tick.

        Args:
            rules: called with `length` in turn.
            length: seconds of a tick.
        """
        rules = list(rules)
        self._cut.clear()
        if not rules:
            return
        groups = self._mine()
        before = [_smooth(group.part, group.entities) for group in groups]
        for rule in rules:
            rule(length)
        for group, values in zip(groups, before, strict=True):
            self._compare(group, values, length)

    def _mine(self) -> list[_Group]:
        """Entities with smooth fields that I compute, by part."""
        if self._groups is None:
            groups: dict[str, _Group] = {}
            for entity in self._world.entities.values():
                for part in entity.__gamenet__.parts:
                    if part.smooth and self._world.computes(entity, part):
                        groups.setdefault(part.table.name, _Group(part, [])).entities.append(entity)
            self._groups = list(groups.values())
        return self._groups

    def _compare(self, group: _Group, before: array[float], length: float) -> None:
        part, entities = group
        after = _smooth(part, entities)
        if before == after and not self._moved:
            return
        wide = len(part.smooth)
        old, new = before.tolist(), after.tolist()
        for index, entity in enumerate(entities):
            here = slice(index * wide, (index + 1) * wide)
            self._note(entity, part, old[here], new[here], length, foreign=False)

    def _note(
        self, entity: Replicated, part: Part, old: list[float], new: list[float], length: float, *, foreign: bool
    ) -> None:
        key = entity, part.table.name
        if old != new:
            if entity._home is self._world and entity not in self._cut:  # else a rule took it out, or teleported it
                self._moved[key] = _Moved(part, old, new, 0.0, foreign)
        elif key in self._moved:
            rested = self._moved[key].rested + length
            if rested > REST:
                del self._moved[key]
            else:
                self._moved[key] = _Moved(part, new, new, rested, foreign)

    def show(self, fraction: float) -> None:
        """Blend what ticks move: `fraction` of a tick has passed since the last one.

        What was written since, by the game itself or because it left its range, is drawn as it is.
        """
        for (entity, _), (part, before, after, _, _) in self._moved.items():
            if before == after:
                continue
            now = [entity.__dict__[name] for name in part.smooth]
            fours = zip(part.table.smooth, before, after, now, strict=True)
            values = [field.blend(a, b, fraction) if b == is_ else is_ for field, a, b, is_ in fours]
            self._faces.show(entity, part.smooth, values)


def _smooth(part: Part, entities: Iterable[Replicated]) -> array[float]:
    return array("d", reader(part.smooth)(entities))
