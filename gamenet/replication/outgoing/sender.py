"""When who gets values, and how many: drives the encoder.

In a star the host sends to everybody and everybody else to the host; in a mesh each peer sends what it computes to all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...channels import MAX_VALUES_MESSAGE
from ...ids import HOST, PeerId
from ..codec import Encoder, ValuesMessage
from ..model.world import World

HEADER = 32
"""Bytes kept free for the header of a values message (docs/wire-format.md)."""

BUDGET = 64 * 1024
"""Bytes of values for one peer and send tick; the link's pending bytes are the other brake."""


class Sender:
    """Receivers, budgets and acknowledgements."""

    def __init__(self, world: World, encoder: Encoder, *, mesh: bool) -> None:
        self._world, self._encoder, self._mesh = world, encoder, mesh
        self._receivers: dict[PeerId, None] = {}
        self._acks: list[tuple[int, int]] = []

    @property
    def receivers(self) -> Sequence[PeerId]:
        return list(self._receivers)

    def peer_joined(self, peer: PeerId) -> bool:
        """Whether it gets values from me."""
        if self._mesh or self._world.is_host or peer == HOST:
            self._receivers[peer] = None
            self._encoder.add_peer(peer)
        return peer in self._receivers

    def peer_left(self, peer: PeerId) -> None:
        if self._receivers.pop(peer, 0) is None:
            self._acks = [ack for ack in self._acks if ack[0] != peer]
            self._encoder.remove_peer(peer)

    def acknowledged(self, peer: PeerId, numbers: Sequence[int]) -> None:
        if peer in self._receivers:
            self._acks.extend((peer, number) for number in numbers)

    def send(self, tick: int, behind: Collection[PeerId]) -> list[ValuesMessage]:
        """This tick's messages; those whose link is behind get none. Called after the tick's structure was told."""
        acks, self._acks = self._acks, []
        budgets = [(peer, BUDGET) for peer in self._receivers if peer not in behind]
        if not budgets and not acks:
            return []
        return self._encoder.send(tick, budgets, acks, MAX_VALUES_MESSAGE - HEADER)
