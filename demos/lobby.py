"""A lobby without a server: names, ready flags, kick, start. The room ends when its host leaves.

    python demos/lobby.py host:play.example.org Ada             shows the code
    python demos/lobby.py K7QX-3MNP@play.example.org Grace      comes in with it

Space: ready. Host: 1-9 removes, Return starts. Escape: leave. F3: the network.
"""

from __future__ import annotations

import sys
from typing import Final

import pygame

import gamenet as gn
from gamenet.engines.pygame import NET, Overlay

SEATS: Final = 4


class Lobby(gn.Room):
    started: bool = gn.local(False)

    @gn.rpc(to="everyone", caller="host")
    def start(self, caller: gn.Caller) -> None:
        """A call and no field: it reaches everybody, even if the host leaves right after it."""
        self.started = True


class Seat(gn.Entity, authority="owner"):  # what a member says about themselves
    ready: bool = False


def open_lobby(where: str, name: str) -> gn.Session[Lobby]:
    where = where if where.startswith("host") else f"join:{where}"
    return gn.open(where, room=Lobby, title="Lobby", max_peers=SEATS, name=name)


def seats(net: gn.Session[Lobby]) -> list[Seat]:
    """In the order in which the members came."""
    by_owner = {seat.owner: seat for seat in net.all(Seat)}
    return [by_owner[peer] for peer in net.peers if peer in by_owner]


def can_start(net: gn.Session[Lobby]) -> bool:
    return net.is_host and len(net.peers) > 1 and all(seat.ready for seat in net.all(Seat))


def handle(net: gn.Session[Lobby], mine: Seat, event: pygame.event.Event, log: list[str]) -> None:
    """One event of pygame's queue, where the session's events are, too."""
    if event.type == NET.PEER_JOINED:
        log.append(f"{event.peer.name} came")
    elif event.type == NET.PEER_LEFT:
        log.append(f"{event.peer.name} {event.reason}")
    elif event.type == pygame.QUIT:
        net.close()
    elif event.type == pygame.KEYDOWN:
        press(net, mine, event.key)


def press(net: gn.Session[Lobby], mine: Seat, key: int) -> None:
    if key == pygame.K_SPACE:
        mine.ready = not mine.ready
    elif key == pygame.K_RETURN and can_start(net):
        net.room.start.send()
    elif key == pygame.K_ESCAPE:
        net.close()
    elif net.is_host and 0 <= key - pygame.K_1 < len(seats(net)):
        victim = seats(net)[key - pygame.K_1]
        if victim.owner and not victim.mine:
            net.kick(victim.owner, "the host needs your chair")


def rows(net: gn.Session[Lobby], log: list[str]) -> list[str]:
    """The lines of the picture."""
    code = f"code {net.code or '...'}" if net.state == "joined" else f"{net.state} {net.stage}"
    lines = [code, net.problem]
    for number, seat in enumerate(seats(net), 1):
        assert seat.owner
        lines.append(f"{number} {'*' if seat.owner.is_host else ' '} {seat.owner.name:<16} {'ready' * seat.ready}")
    return [*lines, "", *log[-6:]]


def main(where: str, name: str) -> None:
    pygame.init()
    screen, clock = pygame.display.set_mode((640, 480)), pygame.time.Clock()
    font, log = pygame.font.Font(None, 32), list[str]()
    net = open_lobby(where, name)
    overlay = Overlay(net, visible=False)
    NET.attach(net)
    mine = net.spawn(Seat())
    while net.state != "closed" and not net.room.started:
        with net.frame(clock.tick(60) / 1000):
            for event in pygame.event.get():
                handle(net, mine, event, log)
                if event.type == pygame.KEYDOWN and event.key == pygame.K_F3:
                    overlay.toggle()
        screen.fill("black")
        for number, text in enumerate(rows(net, log)):
            screen.blit(font.render(text, True, "white"), (20, 20 + 32 * number))
        overlay.draw(screen)
        pygame.display.flip()
    print("the game begins" if net.room.started else net.problem)
    net.close()
    pygame.quit()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
