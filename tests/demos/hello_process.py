"""Runs a hello as it is, looks at its window from outside, and closes it as a player would.

    python hello_process.py FILE PICTURE WHERE

Says "two" once both circles are on the screen and the picture is saved; closes the window when its standard input ends.
"""

from __future__ import annotations

import runpy
import sys
import threading
import time

import pygame

CYAN, ORANGE = (0, 255, 255), (255, 165, 0)
LEAST = 250  # pixels of a circle of radius 12, which has about 450, partly behind another


def pixels(screen: pygame.Surface, color: tuple[int, int, int]) -> int:
    return pygame.mask.from_threshold(screen, color, (2, 2, 2, 255)).count()


def watch(picture: str) -> None:
    """Beside the main thread: waits for both circles, then for the end of the input, then asks the window to close."""
    while True:
        time.sleep(0.02)
        screen = pygame.display.get_surface()
        seen = screen.copy() if screen else None
        if seen and pixels(seen, CYAN) >= LEAST and pixels(seen, ORANGE) >= LEAST:
            break
    pygame.image.save(seen, picture)
    sys.stdout.write(f"two {pixels(seen, CYAN)} {pixels(seen, ORANGE)}\n")
    sys.stdout.flush()
    sys.stdin.read()
    pygame.event.post(pygame.event.Event(pygame.QUIT))


if __name__ == "__main__":
    file, picture, where = sys.argv[1:]
    sys.argv[:] = [file, where]
    threading.Thread(target=watch, args=(picture,), daemon=True).start()
    runpy.run_path(file, run_name="__main__")
