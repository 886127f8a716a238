"""What others read of a hosted game before they join; the host may change it while it plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, get_args

from ..errors import BadArgument

Visibility = Literal["public", "invite", "lan"]

MOST_ENTRIES: Final = 64
MOST_KEY: Final = 64
MOST_TEXT: Final = 1024


class Listed(NamedTuple):
    """What is shown, and to whom."""

    visibility: str
    data: Mapping[str, str]


class Listing:
    """One game's; whoever shows it somewhere looks whether `now` is another than it was."""

    def __init__(self, visibility: str, data: Mapping[str, str], *, most_bytes: int = MOST_ENTRIES * MOST_TEXT) -> None:
        """
        Args:
            most_bytes: of all data, as the service takes it.

        Raises:
            BadArgument: what cannot be shown.
        """
        self._most_bytes = most_bytes
        self.now = self._checked(visibility, data)

    def change(self, visibility: str | None, data: Mapping[str, str] | None) -> None:
        """None keeps what is there.

        Raises:
            BadArgument: what cannot be shown; nothing is changed.
        """
        before = self.now
        changed = self._checked(
            before.visibility if visibility is None else visibility, before.data if data is None else data
        )
        if changed != before:
            self.now = changed

    def _checked(self, visibility: str, data: Mapping[str, str]) -> Listed:
        check_visibility(visibility)
        check_data(data)
        size = sum(len(key.encode()) + len(text.encode()) for key, text in data.items())
        if size > self._most_bytes:
            raise BadArgument(f"data= has {size} bytes; a game with an invite code has at most {self._most_bytes}")
        return Listed(visibility, dict(data))


def check_visibility(visibility: Any) -> None:
    if visibility not in get_args(Visibility):
        raise BadArgument(f'visibility= is "public", "invite" or "lan", not {visibility!r}')


def check_data(data: Any) -> None:
    if not isinstance(data, Mapping) or len(data) > MOST_ENTRIES:
        raise BadArgument(f"data= takes a dict of at most {MOST_ENTRIES} texts, not {data!r:.80}")
    for key, text in data.items():
        check_word("a key of data=", key, MOST_KEY)
        check_word(f"data={{{key!r}: …}}", text, MOST_TEXT)


def check_word(what: str, text: object, longest: int) -> None:
    """What the other end would refuse is refused here, in the caller's line."""
    if not isinstance(text, str) or len(text) > longest or not _is_utf8(text):
        raise BadArgument(f"{what} takes a text of at most {longest} characters, not {text!r:.80}")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
