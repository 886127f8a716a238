"""Who sees a class's entities: what `sight=` takes, as in `class Ship(gn.Entity, sight=gn.nearest(50))`."""

from __future__ import annotations

from math import isfinite
from typing import Final, Literal, NamedTuple, TypeAlias

from ...errors import BadDeclaration

Lost: TypeAlias = Literal["remove", "freeze", "keep"]
LOST: Final = ("remove", "freeze", "keep")


class Sight(NamedTuple):
    """One of gn.everything, gn.nearest(…), gn.within(…), gn.grid(…), gn.group. Classes that inherit it share it."""

    kind: Literal["everything", "nearest", "within", "grid", "group"]
    amount: float = 0

    @property
    def is_range(self) -> bool:
        """Whether it asks where entities are."""
        return self.kind in ("nearest", "within", "grid")

    def __str__(self) -> str:
        return f"gn.{self.kind}({self.amount:g})" if self.is_range else f"gn.{self.kind}"


everything: Final = Sight("everything")
"""Everybody sees all of them: what a class has that says nothing."""

group: Final = Sight("group")
"""Only those see one whom the host names with `net.group(entity, peers)`, and its owner."""


def nearest(count: int) -> Sight:
    """Everybody sees the `count` that are nearest to where it looks from, subclasses counted with them."""
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= 65_535:
        raise BadDeclaration(f"gn.nearest() takes how many, a whole number 1 … 65535, not {count!r}")
    return Sight("nearest", count)


def within(distance: float) -> Sight:
    """Everybody sees those up to `distance` (in the units of x and y) from where it looks from."""
    return Sight("within", _length("within", distance))


def grid(width: float) -> Sight:
    """Everybody sees those in its own square cell of that width (in the units of x and y), and the eight around it."""
    return Sight("grid", _length("grid", width))


def _length(function: str, length: float) -> float:
    if isinstance(length, bool) or not isinstance(length, (int, float)) or not (isfinite(length) and 0 < length <= 1e9):
        raise BadDeclaration(f"gn.{function}() takes a length above 0, at most 1e9, not {length!r}")
    return float(length)
