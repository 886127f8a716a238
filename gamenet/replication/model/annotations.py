"""Annotations as they were written, made into types one by one: an unknown name harms its own field only."""

from __future__ import annotations

import sys
import typing
from collections.abc import Mapping
from types import FrameType, GenericAlias, SimpleNamespace
from typing import Any, Final, NamedTuple

_LIBRARY: Final = __name__.partition(".")[0]


class Names(NamedTuple):
    """Where the names in an annotation are looked up."""

    globals: dict[str, Any]
    locals: Mapping[str, Any]


def is_library(cls: type[Any]) -> bool:
    """Whether a class is gamenet's own: what it annotates are no fields."""
    return cls.__module__ == _LIBRARY or cls.__module__.startswith(f"{_LIBRARY}.")


def names_around(cls: type[Any]) -> Names:
    """The names that the class's annotations can see; to be called while the class is made.

    Beside its module's: those of a function that the class statement stands in, and the class's own.
    """
    module = sys.modules.get(cls.__module__)
    around = {} if (frame := _making(cls.__module__)) is None else dict(frame.f_locals)
    return Names(vars(module) if module else {}, {**around, cls.__name__: cls})


def _making(module: str) -> FrameType | None:
    """The frame of the class statement, None where that is the module itself."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != module:
        frame = frame.f_back
    return None if frame is None or frame.f_code.co_name == "<module>" else frame


def written(cls: type[Any]) -> dict[str, Any]:
    """The class's own annotations in order: types, or text where they are strings."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    return dict(cls.__dict__.get("__annotations__", {}))  # noqa: RUF063 (inspect takes longer to import than gamenet)


def resolve(annotation: Any, names: Names) -> Any:
    """The type that an annotation means, with what `Annotated` says about it.

    Raises:
        NameError: a name that does not exist (yet).
        Exception: whatever evaluating a broken annotation raises.
    """
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        return annotation
    kind = _evaluated(annotation, names)
    return kind if sys.version_info >= (3, 11) else _evaluated(_with_references(kind), names)


def _evaluated(annotation: Any, names: Names) -> Any:
    holder = SimpleNamespace(__annotations__={"it": annotation})
    return typing.get_type_hints(holder, names.globals, dict(names.locals), include_extras=True)["it"]


def _with_references(kind: Any) -> Any:
    """`list["Ship"]` with the text as a reference, which Python 3.10 leaves to us."""
    if not isinstance(kind, GenericAlias):
        return kind
    args = (typing.ForwardRef(arg) if isinstance(arg, str) else _with_references(arg) for arg in kind.__args__)
    origin: Any = kind.__origin__
    return GenericAlias(origin, tuple(args))
