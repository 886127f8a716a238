"""What a class says about its fields: `x: float = gn.coord(0, low=-4096, high=4096, step=1/16)`.

These functions only note down what was said. It is checked when the class is made (`compile.py`), because only then are
the field's name and annotation known, and a good sentence needs both. The same notes serve as limits of an RPC's
argument: `Annotated[str, gn.text(longest=200)]`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, TypeVar, overload

from ...errors import BadDeclaration
from .advice import nearest

if TYPE_CHECKING:
    from typing_extensions import Never

Authority: TypeAlias = Literal["host", "owner"]
Audience: TypeAlias = Literal["everyone", "owner", "host"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

INT_LOW: Final = -(2**63)
INT_HIGH: Final = 2**63 - 1
LONGEST_TEXT: Final = 256
"""Characters of a text that says nothing else."""

MOST_COLLECTED: Final = 64
"""Elements of a collection that says nothing else."""


class FieldDeclaration(NamedTuple):
    """One call of a field function, as it was written; None where nothing was said."""

    function: str  # "coord", "angle", … ; "plain" for an annotation without function
    default: Any = None
    low: Any = None
    high: Any = None
    step: Any = None
    longest: Any = None
    smooth: Any = None
    authority: Any = None
    to: Any = "everyone"
    velocity: Any = None
    along: Any = None
    each: Any = None
    factory: Callable[[], Any] | None = None
    required: bool = False


def coord(
    default: float = 0,
    *,
    low: float = -32768,
    high: float = 32768 - 1 / 16,
    step: float = 1 / 16,
    smooth: bool = True,
    velocity: str | None = None,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> float:
    """A position or another length, smoothed: drawn between snapshots.

    Args:
        default: the value of a new entity, in game units (pixels).
        low: the least value; what goes below is clamped when it is sent.
        high: the greatest value.
        step: what a difference of one on the wire means. The defaults take 20 bits.
        smooth: whether other peers draw it between snapshots.
        velocity: the field that says how it moves, in units a second, as in `velocity="vx"`: what moves accordingly
            takes fewer bytes. It changes nothing else; what moves otherwise is sent all the same.
        authority: "host" in a class with `authority="owner"`: the host decides this field.
    """
    said = {"low": low, "high": high, "step": step, "smooth": smooth, "velocity": velocity}
    said |= {"authority": authority, "to": to}
    return _declare("coord", default, said, unknown)  # type: ignore[no-any-return]


def angle(
    default: float = 0,
    *,
    step: float = 1,
    smooth: bool = True,
    velocity: str | None = None,
    along: tuple[str, str] | None = None,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> float:
    """Degrees in [0, 360), smoothed the short way round; 370 reads 10 once it was sent.

    Args:
        step: what a difference of one on the wire means, in degrees.
        velocity: the field that says how fast it turns, in degrees a second: what turns accordingly takes fewer bytes.
        along: the fields with x and y of the motion that it follows, as in `along=("vx", "vy")`: it is expected to turn
            as far as they do, from the first towards the second. Where y points up and angles go clockwise, as in
            arcade, that is `("vy", "vx")`. A fixed angle between picture and motion does no harm.
    """
    said = {"step": step, "smooth": smooth, "velocity": velocity, "along": along, "authority": authority, "to": to}
    return _declare("angle", default, said, unknown)  # type: ignore[no-any-return]


def number(
    default: float = 0,
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    smooth: bool = False,
    velocity: str | None = None,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> float:
    """A quantity, not smoothed: fuel, a timer, a volume.

    Without bounds 32 bit; with `low`, `high` and `step` as many bits as the steps between need. Without `step` the
    range is cut into 2**24 steps, which is what 32 bit can tell apart. `velocity` as in `gn.coord`.
    """
    said = {"low": low, "high": high, "step": step, "smooth": smooth, "velocity": velocity}
    said |= {"authority": authority, "to": to}
    return _declare("number", default, said, unknown)  # type: ignore[no-any-return]


def integer(
    default: int = 0,
    *,
    low: int | None = None,
    high: int | None = None,
    smooth: bool = False,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> int:
    """A whole number: 64 bit signed, or what `low … high` needs. It cannot be smoothed."""
    said = {"low": low, "high": high, "smooth": smooth, "authority": authority, "to": to}
    return _declare("integer", default, said, unknown)  # type: ignore[no-any-return]


def choice(default: T, *, authority: Authority | None = None, to: Audience = "everyone", **unknown: Never) -> T:
    """A member of an Enum; `team: Team = Team.RED` says the same without keywords."""
    return _declare("choice", default, {"authority": authority, "to": to}, unknown)  # type: ignore[no-any-return]


def text(
    default: str = "",
    *,
    longest: int = LONGEST_TEXT,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> str:
    """A name or a title of at most `longest` characters: reliable, sent when it changes."""
    said = {"longest": longest, "authority": authority, "to": to}
    return _declare("text", default, said, unknown)  # type: ignore[no-any-return]


def ref(*, authority: Authority | None = None, to: Audience = "everyone", **unknown: Never) -> Any:
    """Another entity, or None: `target: "Ship | None" = gn.ref()`; the annotation alone says the same.

    It reads as the entity while that is visible here, else as None: never as one that has gone. `gn.hidden(ship,
    "target")` tells the id that is meant. Reliable, sent when it changes.
    """
    return _declare("ref", None, {"authority": authority, "to": to}, unknown)


def items(
    default: Sequence[Any] = (),
    *,
    longest: int = MOST_COLLECTED,
    each: Any = None,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> list[Any]:
    """A list of at most `longest` elements, of which the changes travel: `crew: list[str] = gn.items(longest=8)`.

    An assigned list is copied. Elements are what an RPC's arguments are, as far as they cannot change and mean the same
    everywhere: numbers, texts, bytes, Enums, tuples, NamedTuples and frozen dataclasses of these.

    Args:
        each: limits of an element, as in `each=gn.text(longest=16)`, `gn.integer(low=0, high=9)` or `gn.number(…)`.
    """
    return _collection("items", list(default), longest, each, authority, to, unknown)  # type: ignore[no-any-return]


def mapping(
    default: Mapping[Any, Any] | None = None,
    *,
    longest: int = MOST_COLLECTED,
    each: Any = None,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> dict[Any, Any]:
    """A dict of at most `longest` entries, of which the changes travel: `scores: dict[str, int] = gn.mapping()`.

    Keys and values as the elements of `gn.items`; `each` limits the values.
    """
    return _collection("mapping", dict(default or {}), longest, each, authority, to, unknown)  # type: ignore[no-any-return]


def unique(
    default: Collection[Any] = (),
    *,
    longest: int = MOST_COLLECTED,
    each: Any = None,
    authority: Authority | None = None,
    to: Audience = "everyone",
    **unknown: Never,
) -> set[Any]:
    """A set of at most `longest` elements, of which the changes travel: `keys: set[int] = gn.unique(longest=16)`."""
    return _collection("unique", set(default), longest, each, authority, to, unknown)  # type: ignore[no-any-return]


def _collection(
    function: str, default: Any, longest: Any, each: Any, authority: Any, to: Any, unknown: dict[str, Any]
) -> Any:
    said = {"longest": longest, "each": each, "authority": authority, "to": to}
    return _declare(function, default, said, unknown)


@overload
def local(default: T, /) -> T: ...
@overload
def local(*, factory: Callable[[], T]) -> T: ...
def local(default: Any = None, /, *, factory: Callable[[], Any] | None = None, **unknown: Never) -> Any:
    """This peer's own: set on every copy, never sent. Lists and the like come from `factory=list`."""
    return _declare("local", default, {"factory": factory}, unknown)


def changed(field: str) -> Callable[[F], F]:
    """Have a method called after a frame's ticks when this field changed: `def hurt(self, old: int, new: int)`."""
    if not isinstance(field, str):
        raise BadDeclaration(f'@gn.changed takes a field\'s name: @gn.changed("hp"), not {field!r}')

    def mark(function: F) -> F:
        watched: tuple[str, ...] = getattr(function, "__gamenet_changed__", ())
        function.__gamenet_changed__ = (*watched, field)  # type: ignore[attr-defined]
        return function

    return mark


_LATER: Final = {
    "rate": "a rate for single fields is not built yet: leave it out",
}


def _declare(function: str, default: Any, said: dict[str, Any], unknown: dict[str, Any]) -> Any:
    for name in unknown:
        advice = _LATER.get(name) or f"it takes {', '.join(said)}{nearest(name, said)}"
        raise BadDeclaration(f"gn.{function}() has no keyword {name!r}: {advice}")
    return FieldDeclaration(function, default, **said)
