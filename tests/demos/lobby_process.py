"""Runs a lobby as it is, says its rows whenever they change, and presses the keys that it is told.

    python lobby_process.py WHERE NAME

Each line of its standard input is a key's name; the end of the input is Escape.
"""

from __future__ import annotations

import json
import sys
import threading
from itertools import chain

import pygame

from demos import lobby


def press_keys() -> None:
    """Beside the main thread."""
    for line in chain(sys.stdin, ["escape"]):
        key = getattr(pygame, f"K_{line.strip()}" if len(line.strip()) == 1 else f"K_{line.strip().upper()}")
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))


def main(where: str, name: str) -> None:
    shown, rows = list[str](), lobby.rows

    def watched(*of: object) -> list[str]:
        lines = rows(*of)  # type: ignore[arg-type]
        if lines != shown:
            shown[:] = lines
            sys.stdout.write(json.dumps(lines) + "\n")
            sys.stdout.flush()
        return lines

    lobby.rows = watched
    threading.Thread(target=press_keys, daemon=True).start()
    lobby.main(where, name)


if __name__ == "__main__":
    main(*sys.argv[1:])
