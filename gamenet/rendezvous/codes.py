"""Invite codes: K7QX-3MNP. Read aloud, typed on a gamepad, never guessed.

Eight of thirty letters and digits, drawn by the system's own randomness: 30⁸ = 6.6·10¹¹ codes. Nothing in them looks
like something else in them: no 0 O 1 I L, and a U is taken for a V. Case, dashes and spaces do not count.

The arithmetic of guessing: with `rooms` codes in use, one guess in 30⁸ / `rooms` finds one. An address has so many
guesses a second as `limits.Limits.guesses_of` says; `years_to_guess` puts the two together. With 10,000 rooms and two
guesses a second from one address it is about a year until *some* room is found, and ten thousand until a given one is.
A thousand addresses together need nine hours for some room: who minds asks for a password, which the host checks.
"""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
CODES: Final = len(ALPHABET) ** LENGTH

_IGNORED: Final = " \t-\u2010\u2011\u2012\u2013\u2014\u2212_"
_FOLDED: Final = str.maketrans({"U": "V", **dict.fromkeys(_IGNORED)})
_YEAR: Final = 365.25 * 86_400


def draw() -> str:
    """A code that nobody can foresee, without its dash."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def fold(typed: str) -> str:
    """What somebody typed as the code that they mean; "" when it cannot be one."""
    folded = typed.upper().translate(_FOLDED)
    return folded if len(folded) == LENGTH and set(folded) <= set(ALPHABET) else ""


def show(code: str) -> str:
    """As people read it: with a dash."""
    return f"{code[:4]}-{code[4:]}"


def hide(code: str) -> str:
    """For logs, which more people read than may join."""
    return f"{code[:4]}-****"


def years_to_guess(rooms: int, guesses_per_second: float) -> float:
    """Years of guessing, on average, until one of so many rooms is found."""
    return CODES / rooms / guesses_per_second / _YEAR
