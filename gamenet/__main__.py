"""`python -m gamenet [WORD]`: without a word, a report about this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final

from gamenet.tools.report import report


def _report(arguments: Sequence[str]) -> int:
    """Python, gamenet, the native part and the engines on this machine"""
    if arguments:
        return _usage(f"report takes no arguments, {' '.join(arguments)!r} was given")
    print(report())
    return 0


def _rendezvous(arguments: Sequence[str]) -> int:
    """A rendezvous service, by which players find each other; --help tells its options"""
    from gamenet.tools import rendezvous

    return rendezvous.main(arguments)


def _help(arguments: Sequence[str]) -> int:
    """This list"""
    print(_words())
    return 0


WORDS: Final[dict[str, Callable[[Sequence[str]], int]]] = {
    "report": _report,
    "rendezvous": _rendezvous,
    "help": _help,
}


def _words() -> str:
    return "python -m gamenet WORD:\n" + "\n".join(f"  {name:<12}{word.__doc__}" for name, word in WORDS.items())


def _usage(problem: str) -> int:
    print(f"{problem}\n{_words()}", file=sys.stderr)
    return 2


def main(arguments: Sequence[str]) -> int:
    """Runs the word that `arguments` begin with.

    Returns:
        The exit status: 0 when well, 2 when the command line makes no sense.
    """
    word, *rest = arguments or ["report"]
    if word in ("-h", "--help"):
        word = "help"
    if word not in WORDS:
        return _usage(f"There is no word {word!r}.")
    return WORDS[word](rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
