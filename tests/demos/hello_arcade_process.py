"""Runs an arcade hello as it is, looks at its window, and closes it as a player would.

    python hello_arcade_process.py FILE PICTURE WHERE

Says "two" and both middles once both circles are on the screen and the picture is saved; closes the window when its
standard input ends.
"""

from __future__ import annotations

import runpy
import sys
import threading
from typing import Any

import arcade

Color = tuple[int, int, int]
CYAN, ORANGE = (0, 255, 255), (255, 165, 0)
LEAST = 250  # pixels of a circle of radius 12, which has about 450


def places(image: Any, color: Color) -> list[tuple[int, int]]:
    """Where that colour is."""
    pixels = image.convert("RGB").load()
    return [(x, y) for x in range(image.width) for y in range(image.height) if pixels[x, y] == color]


def middle(found: list[tuple[int, int]]) -> str:
    return ",".join(str(round(sum(axis) / len(found))) for axis in zip(*found, strict=True))


class Watcher:
    """Looks at the window after some of its frames."""

    def __init__(self, picture: str) -> None:
        self._picture, self._frames, self._seen = picture, 0, False
        self._ended = threading.Event()
        self._flip = arcade.Window.flip

    def flip(self, window: arcade.Window) -> None:
        """In the place of `Window.flip`."""
        self._frames += 1
        if not self._seen and self._frames % 10 == 0:
            self._look()
        self._flip(window)
        if self._ended.is_set():
            window.close()

    def _look(self) -> None:
        image = arcade.get_image()
        cyan, orange = places(image, CYAN), places(image, ORANGE)
        if min(len(cyan), len(orange)) >= LEAST:
            self._seen = True
            image.convert("RGB").save(self._picture)
            sys.stdout.write(f"two {middle(cyan)} {middle(orange)}\n")
            sys.stdout.flush()
            threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        sys.stdin.read()
        self._ended.set()


if __name__ == "__main__":
    file, picture, where = sys.argv[1:]
    sys.argv[:] = [file, where]
    watcher = Watcher(picture)
    arcade.Window.flip = lambda window: watcher.flip(window)  # type: ignore[method-assign]
    runpy.run_path(file, run_name="__main__")
