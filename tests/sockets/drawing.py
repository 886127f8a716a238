"""The picture of a connection's life, drawn from the table `gamenet.sockets.states.TRANSITIONS`.

Written here are only the places of the boxes. What all living states have in common (the same new state for the same
cause) becomes one arrow, from the frame around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

from gamenet.sockets import ConnectionState as State
from gamenet.sockets.states import TRANSITIONS, Transition

LIVING = (State.CONNECTING, State.FINDING_ROUTE, State.CONNECTED)
WIDTH, HEIGHT = 810, 370


class Box(NamedTuple):
    """A place by its centre, with half of its width and height."""

    x: int
    y: int
    half: int = 72
    high: int = 19


START = Box(80, 90, 44)
END = Box(485, 340, 44)
FRAME = Box(485, 90, 275, 62)
PLACES: Mapping[State, Box] = {
    State.CONNECTING: Box(300, 90),
    State.FINDING_ROUTE: Box(485, 90),
    State.CONNECTED: Box(670, 90),
    State.CLOSED_BY_PEER: Box(300, 240, 84),
    State.PROBLEM_DETECTED_LOCALLY: Box(670, 240, 118),
}


class Arrow(NamedTuple):
    """All ways with one new state and one cause, from one state or from all living ones."""

    olds: tuple[State, ...]
    new: State
    cause: str


def arrows(transitions: Iterable[Transition] = TRANSITIONS) -> list[Arrow]:
    """The transitions, those that all living states share put together."""
    found: dict[tuple[State, str], list[State]] = {}
    for old, new, cause in transitions:
        found.setdefault((new, cause), []).append(old)
    made: list[Arrow] = []
    for (new, cause), olds in found.items():
        shared = [old for old in olds if old in LIVING]
        together = len(shared) == len(LIVING)
        made += [Arrow(tuple(shared), new, cause)] if together else []
        made += [Arrow((old,), new, cause) for old in olds if not (together and old in shared)]
    return made


def place(arrow: Arrow) -> tuple[Box, Box]:
    """Where an arrow leaves and where it ends."""
    leaves = FRAME if len(arrow.olds) > 1 else START if arrow.olds[0] is State.NONE else PLACES[arrow.olds[0]]
    return leaves, END if arrow.new is State.NONE else PLACES[arrow.new]


def path(leaves: Box, ends: Box) -> tuple[str, float, float]:
    """An arrow's line, and the middle of it for its number."""
    if leaves.y == ends.y and ends.x - leaves.x > 300:  # over the box between them
        top = leaves.y - leaves.high
        line = f"M{leaves.x},{top} C{leaves.x},{top - 34} {ends.x},{top - 34} {ends.x},{top}"
        return line, (leaves.x + ends.x) / 2, top - 25
    if leaves.y == ends.y:
        start, stop = leaves.x + leaves.half, ends.x - ends.half
        return f"M{start},{leaves.y} L{stop},{ends.y}", (start + stop) / 2 - 3, leaves.y
    start, stop = leaves.y + leaves.high, ends.y - ends.high
    x = ends.x if leaves is FRAME else leaves.x
    to = ends.x + (0 if leaves is FRAME else (ends.half - 16) * (1 if leaves.x > ends.x else -1))
    return f"M{x},{start} L{to},{stop}", (x + to) / 2, (start + stop) / 2


def rectangle(at: Box, kind: str) -> str:
    place, size = (at.x - at.half, at.y - at.high), (2 * at.half, 2 * at.high)
    return f'<rect x="{place[0]}" y="{place[1]}" width="{size[0]}" height="{size[1]}" rx="9" class="{kind}"/>'


def box(at: Box, text: str) -> str:
    return f'{rectangle(at, "state")}<text x="{at.x}" y="{at.y + 4}">{escape(text)}</text>'


HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">
<style>
text {{ font: 12px sans-serif; text-anchor: middle; fill: #223 }}
.state {{ fill: #eef4fb; stroke: #36c }}
.frame {{ fill: none; stroke: #889; stroke-dasharray: 5 4 }}
.way {{ fill: none; stroke: #445; marker-end: url(#tip) }}
.number {{ fill: #fff; stroke: #889 }}
</style>
<defs>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="#445"/>
</marker>
</defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"""


def svg() -> str:
    """The whole picture."""
    lines = [HEAD, rectangle(FRAME, "frame"), box(START, State.NONE.name), box(END, State.NONE.name)]
    lines += [box(at, state.name) for state, at in PLACES.items()]
    for number, arrow in enumerate(arrows(), 1):
        line, x, y = path(*place(arrow))
        lines.append(f'<path d="{line}" class="way"/><circle cx="{x:g}" cy="{y:g}" r="9" class="number"/>')
        lines.append(f'<text x="{x:g}" y="{y + 4:g}">{number}</text>')
    return "\n".join([*lines, "</svg>", ""])


def table() -> list[str]:
    """The same as rows of Markdown, numbered as in the picture."""
    rows = ["| | From | To | When |", "|---|---|---|---|"]
    for number, (olds, new, cause) in enumerate(arrows(), 1):
        names = ", ".join(f"`{old.name}`" for old in olds)
        rows.append(f"| {number} | {names} | `{new.name}` | {cause} |")
    return rows
