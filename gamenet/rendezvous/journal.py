"""What the service writes into its log: an event a line, `key=value`. No secrets, no codes in full.

What strangers can cause is noted so many times a second at most; how much was left out stands in the next line.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from .limits import Bucket, Rate

log = logging.getLogger("gamenet.rendezvous")

STRANGERS: Final = Rate(50, 0.2)


class Journal:
    """The log and the totals."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """How often each event was, since the service began; refusals also by their reason, as in "refused:code"."""
        self._bucket = Bucket()
        self._left_out = 0

    def note(self, event: str, **facts: object) -> None:
        """An event that the service itself decides on."""
        self.counts[event] += 1
        log.info(line(event, facts))

    def complain(self, now: float, event: str, reason: str, **facts: object) -> None:
        """An event that any stranger can cause."""
        self.counts[event] += 1
        self.counts[f"{event}:{reason}"] += 1
        if not self._bucket.take(STRANGERS, now):
            self._left_out += 1
            return
        left_out, self._left_out = self._left_out, 0
        log.info(line(event, {"reason": reason, **facts, **({"left_out": left_out} if left_out else {})}))


def line(event: str, facts: dict[str, object]) -> str:
    """`event=… key=value …`; a text with spaces or signs of another kind stands in quotes."""
    return " ".join(f"{key}={_quoted(value)}" for key, value in {"event": event, **facts}.items())


def _quoted(value: object) -> str:
    text = str(value)
    plain = text.isascii() and all(sign.isalnum() or sign in "._:/*[]-" for sign in text) and text
    return text if plain else ascii(text)
