"""Arguments, looked at before native code sees them; each error names the argument."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

_T = TypeVar("_T")


def utf8(text: str, name: str, error: type[ValueError] = ValueError) -> bytes:
    """`text` for C; raises `error` when there is something in it that C cannot have."""
    try:
        found = text.encode()
    except UnicodeEncodeError as wrong:
        raise error(
            f"{name} {text!a:.80} has half a character in it, at {wrong.start}: the text was decoded with errors="
            "'surrogateescape', or cut in the middle"
        ) from None
    if b"\0" in found:
        raise error(f"{name} {text!r:.80} has a zero in it, where a text of C ends")
    return found


def cut(text: str, most: int) -> bytes:
    """`text`, which is for people, in at most `most` bytes of UTF-8; whole characters only."""
    plain = text.replace("\0", " ").encode(errors="replace")
    return plain[:most].decode(errors="ignore").encode()


def several(values: Iterable[_T], name: str) -> list[_T]:
    """The values as a list of its own; raises `TypeError` when there are not several."""
    if isinstance(values, (str, bytes, bytearray, memoryview, Mapping)) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list, not {type(values).__name__}: put one into [ ]")
    return list(values)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, capitals and underscores aside; None when nothing looks like it."""
    plain = {each.replace("_", "").lower(): each for each in known}
    close = difflib.get_close_matches(name.replace("_", "").lower(), plain, n=1, cutoff=0.5)
    return plain[close[0]] if close else None


def advising(
    error: type[Exception], elsewhere: Callable[[str], str] = lambda name: ""
) -> Callable[[type[_T]], type[_T]]:
    """A decorator for a dataclass of keywords: one that it does not have raises `error`, which names the nearest.

    Args:
        elsewhere: what to say instead about a name that it does not have for a reason, else "".
    """

    def decorate(cls: type[_T]) -> type[_T]:
        make, known = cls.__init__, [field.name for field in fields(cls)]  # type: ignore[arg-type]

        @functools.wraps(make)
        def __init__(self: _T, *args: Any, **given: Any) -> None:  # noqa: N807
            for name in given:
                if name not in known:
                    near = nearest(name, known)
                    advice = f"the nearest is {near!r}" if near else f"it has {', '.join(known)}"
                    raise error(f"{cls.__name__} has no {name!r}; {elsewhere(name) or advice}")
            make(self, *args, **given)

        setattr(cls, "__init__", __init__)  # noqa: B010
        return cls

    return decorate


def truth(value: object, name: str) -> bool:
    """`value` as a bool; raises `TypeError` for what is none, though Python could find it true."""
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise TypeError(f"{name} must be True or False, not {value!r:.40}")
