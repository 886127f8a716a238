"""The lobby: names, ready flags, kick and start; by code in two processes, and its parts on virtual time."""

from __future__ import annotations

import json
from pathlib import Path

import pygame
import pytest

import gamenet as gn
from demos import lobby
from demos.lobby import Lobby, Seat
from gamenet.testing import Lab
from tests.demos.children import Child, service

DRIVER = Path(__file__).with_name("lobby_process.py")


def sit(net: gn.Session[Lobby]) -> None:
    net.spawn(Seat())


def mine(net: gn.Session[Lobby]) -> Seat:
    seat = net.mine(Seat)
    assert seat is not None
    return seat


def press(net: gn.Session[Lobby], key: int) -> None:
    lobby.handle(net, mine(net), pygame.event.Event(pygame.KEYDOWN, key=key), [])


def test_seats_stand_in_the_order_in_which_members_came_with_their_flags() -> None:
    with Lab(mesh=3, room=Lobby, setup=sit, seed=1) as lab:
        lab.until(lambda: all(len(lobby.seats(net)) == 3 for net in lab.sessions))
        press(lab.clients[0], pygame.K_SPACE)
        lab.until(lambda: lobby.seats(lab.clients[1])[1].ready)
        shown = lobby.rows(lab.clients[1], ["host came"])
        assert [row.split() for row in shown] == [
            ["code", "..."], [], ["1", "*", "host"], ["2", "client", "1", "ready"], ["3", "client", "2"], [],
            ["host", "came"],
        ]  # fmt: skip


def test_the_host_starts_when_all_are_ready_and_nobody_else_does() -> None:
    with Lab(mesh=2, room=Lobby, setup=sit, seed=2) as lab:
        host, client = lab.host, lab.clients[0]
        lab.until(lambda: all(len(net.all(Seat)) == 2 for net in lab.sessions))
        press(host, pygame.K_RETURN)
        assert not host.room.started
        for net in lab.sessions:
            press(net, pygame.K_SPACE)
        lab.until(lambda: all(seat.ready for net in lab.sessions for seat in net.all(Seat)))
        press(client, pygame.K_RETURN)
        lab.run(0.3)
        assert not host.room.started
        press(host, pygame.K_RETURN)
        lab.until(lambda: client.room.started and host.room.started)


def test_the_host_removes_by_number_and_not_itself() -> None:
    with Lab(mesh=2, room=Lobby, setup=sit, seed=3) as lab:
        host, client = lab.host, lab.clients[0]
        lab.until(lambda: all(len(net.all(Seat)) == 2 for net in lab.sessions))
        press(host, pygame.K_1)
        press(host, pygame.K_9)
        press(client, pygame.K_1)
        lab.run(0.5)
        assert len(host.peers) == 2
        press(host, pygame.K_2)
        lab.until(lambda: client.state == "closed")
        assert "the host needs your chair" in client.problem and len(host.peers) == 1


@pytest.mark.timeout(120)
def test_friends_meet_by_code_get_ready_and_the_game_begins_for_both() -> None:
    with service() as where, Child(DRIVER, f"host:{where}", "Ada") as host:
        code = json.loads(told_code(host))[0].removeprefix("code ")
        with Child(DRIVER, f"{code}@{where}", "Grace") as guest:
            host.hear("Grace came")
            for each in (host, guest):
                each.tell("space")
            while '"1 * Ada' not in (row := host.hear("ready")) or row.count(" ready") < 2:
                pass
            host.tell("return")
            for each in (guest, host):
                each.hear("the game begins")
                assert each.end() == 0


def told_code(host: Child) -> str:
    """The first rows with a code in them."""
    while "..." in (row := host.hear("code ")):
        pass
    return row


@pytest.mark.timeout(120)
def test_who_is_removed_and_whose_host_leaves_read_why() -> None:
    with service() as where, Child(DRIVER, f"host:{where}", "Ada") as host:
        place = f"{json.loads(told_code(host))[0].removeprefix('code ')}@{where}"
        with Child(DRIVER, place, "Grace") as guest:
            host.hear("2   Grace")
            host.tell("2")
            guest.hear("The host removed you: the host needs your chair")
        with Child(DRIVER, place, "Linus") as guest:
            host.hear("2   Linus")
            host.tell("escape")
            guest.hear("The host (Ada) ended the game.")
