"""Receivers, budgets and acknowledgements as they reach the encoder."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from gamenet.ids import HOST, PeerId
from gamenet.peer import Peer
from gamenet.replication.model.world import World
from gamenet.replication.outgoing.sender import Sender
from gamenet.replication.rpc.router import Router
from tests.replication.arena import Arena, Rock

ADA, BOB = PeerId(1), PeerId(2)


class Encoder:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def add_peer(self, peer: int) -> None:
        self.told.append(("add", peer))

    def remove_peer(self, peer: int) -> None:
        self.told.append(("remove", peer))

    def send(self, tick: int, budgets: Any, acks: Any, limit: int) -> list[Any]:
        self.told.append(("send", tuple(peer for peer, _ in budgets), tuple(acks)))
        return []

    def take(self) -> list[tuple[Any, ...]]:
        told, self.told = self.told, []
        return told


class Ground:
    def __init__(self, *, mesh: bool = False, host: bool = True) -> None:
        me = Peer(0, "host", me=True, host=True) if host else Peer(5, "me", me=True)
        self.world = World(
            Arena(), gn.Protocol([Arena, Rock]), me, me if host else Peer(0, "h", host=True), strict=True
        )
        Router(self.world)
        self.encoder = Encoder()
        self.sender = Sender(self.world, self.encoder, mesh=mesh)
        self.world.install_room()


def test_who_is_behind_gets_nothing_and_its_acknowledgements_count() -> None:
    ground = Ground()
    ground.sender.peer_joined(ADA)
    ground.sender.peer_joined(BOB)
    ground.sender.acknowledged(ADA, [1, 2])
    ground.sender.send(3, {ADA})
    assert ground.encoder.take()[-1] == ("send", (2,), ((1, 1), (1, 2)))


def test_who_left_is_taken_out_with_all_that_waited() -> None:
    ground = Ground()
    ground.sender.peer_joined(ADA)
    ground.sender.acknowledged(ADA, [1])
    ground.sender.peer_left(ADA)
    ground.sender.peer_left(ADA)
    ground.sender.acknowledged(ADA, [2])
    assert ground.sender.send(3, ()) == []
    assert ground.encoder.take() == [("add", 1), ("remove", 1)]


@pytest.mark.parametrize(
    ("mesh", "host", "receivers"),
    [(False, True, [HOST, ADA]), (False, False, [HOST]), (True, True, [HOST, ADA]), (True, False, [HOST, ADA])],
)
def test_in_a_star_all_goes_by_way_of_the_host_and_in_a_mesh_to_all(
    mesh: bool, host: bool, receivers: list[PeerId]
) -> None:
    ground = Ground(mesh=mesh, host=host)
    ground.sender.peer_joined(HOST)
    ground.sender.peer_joined(ADA)
    assert list(ground.sender.receivers) == receivers
