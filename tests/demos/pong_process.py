"""Runs a pong as it is, holds a key down, and looks at its window from outside.

    python pong_process.py FILE KEY PADDLES [WHERE]

Says what it saw as JSON once so many paddles and one ball, at five places at least, were on the screen, and the paddles
rest: {"paddles": [[left, top, width, height], …], "balls": [[x, y], …], "caption": "…"}. Then it waits for the end of
its standard input and closes the window as a player would.
"""

from __future__ import annotations

import json
import runpy
import sys
import threading
import time

import pygame

TALL, BALL = 80, 16
PLACES = 5
RESTS = 10  # looks in a row that find the paddles where they were


class Held(dict[int, bool]):
    """The keyboard as `pygame.key.get_pressed` tells it."""

    def __missing__(self, key: int) -> bool:
        return False


Box = tuple[int, int, int, int]


def white_things(screen: pygame.Surface) -> list[Box]:
    """The bounding boxes of what is white, but for specks."""
    mask = pygame.mask.from_threshold(screen, (255, 255, 255), (2, 2, 2, 255))
    return sorted(tuple(part.get_bounding_rects()[0]) for part in mask.connected_components(20))  # type: ignore[misc]


def watch(paddles: int) -> None:
    """Beside the main thread: looks until all is seen, then waits for the end of the input."""
    places: set[tuple[int, int]] = set()
    before: list[Box] = []
    rests = 0
    while len(places) < PLACES or rests < RESTS:
        time.sleep(0.02)
        screen = pygame.display.get_surface()
        things = white_things(screen.copy()) if screen else []
        bats = [box for box in things if box[3] == TALL]
        balls = [box for box in things if box[2] <= BALL + 1 and box[3] <= BALL + 1]
        if len(bats) == paddles and len(balls) == 1 and len(things) == paddles + 1:
            rests = rests + 1 if bats == before else 0
            before = bats
            places.add((balls[0][0], balls[0][1]))
    seen = {"paddles": before, "balls": sorted(places), "caption": pygame.display.get_caption()[0]}
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    pygame.event.post(pygame.event.Event(pygame.QUIT))


if __name__ == "__main__":
    file, key, paddles = sys.argv[1:4]
    sys.argv[:] = [file, *sys.argv[4:]]
    held = Held({getattr(pygame, f"K_{key.upper()}"): True})
    pygame.key.get_pressed = lambda: held  # type: ignore[assignment, return-value]
    threading.Thread(target=watch, args=(int(paddles),), daemon=True).start()
    runpy.run_path(file, run_name="__main__")
