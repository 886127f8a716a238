"""Turns what a world has to tell into call messages, for each peer its own order.

Operations for all are packed once and their bytes shared; only peers who are also told something of their own get a
body of their own. So a frame's work is proportional to what was told, not to peers × operations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ...ids import PeerId
from ..model.entity import Replicated
from ..model.world import Told
from ..operations import join, pack

PackRows = Callable[[list[Replicated]], dict[Replicated, list[bytes]]]


def messages(
    told: Sequence[Told], receivers: Collection[PeerId], pack_rows: PackRows = lambda entities: {}
) -> dict[PeerId, list[bytes]]:
    """The bodies for each receiver, in order.

    Args:
        told: in the order of telling; `to` None means every receiver.
        receivers: who is in the room, without myself.
        pack_rows: the packed rows of all entities that are shown as they are now.
    """
    if not told:
        return {}
    makers = {id(one.make): one for one in told}  # newcomers of one frame share those of what there is
    rows = pack_rows([one.shows for one in makers.values() if one.shows is not None])
    made = {id: pack(one.make() if one.shows is None else one.make(rows[one.shows])) for id, one in makers.items()}
    packed = [made[id(one.make)] for one in told]
    common = [index for index, one in enumerate(told) if one.to is None]
    private: dict[PeerId, list[int]] = {}
    for index, one in enumerate(told):
        for peer in one.to or ():
            private.setdefault(peer, []).append(index)
    shared = join([packed[index] for index in common])
    bodies: dict[PeerId, list[bytes]] = {}
    for peer in receivers:
        own = private.get(peer)
        bodies[peer] = join([packed[index] for index in sorted([*common, *own])]) if own else shared
    return {peer: parts for peer, parts in bodies.items() if parts}
