"""The transport of who plays alone."""

from __future__ import annotations

from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.settings import Settings
from gamenet.session.states import State
from gamenet.session.transports.nowhere import Nowhere


def test_one_hosts_alone_without_a_network() -> None:
    node = Hosting(Nowhere(), None, Settings(name="Ada"))
    for now in (1.0, 2.0):
        node.receive(now)
        node.send(now, [])
    assert node.state is State.JOINED and [peer.name for room in node.rooms.values() for peer in room.members] == [
        "Ada"
    ]
    node.close(3.0)
    node.receive(3.0)
    assert node.state is State.CLOSED


def test_who_goes_out_reads_why_it_leads_nowhere() -> None:
    node = Joining(Nowhere("Invite codes are not possible yet."), "K7QX-3MNP", "", Settings())
    node.receive(1.0)
    assert node.state is State.CLOSED and node.problem == "Invite codes are not possible yet."
