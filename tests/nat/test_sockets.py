"""What the library does by itself behind real routers: two peers, and a post that carries their signals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import pytest

from gamenet.rendezvous.turn import password
from tests.loopback.p2p import ALICE, BOB, Peer, Post, say_hello, until
from tests.nat.coturn import WITHOUT_COTURN, coturn, secret
from tests.nat.laboratory import Laboratory
from tests.nat.plan import SERVER
from tests.nat.routers import STUN_PORT, TURN_PORT
from tests.nat.service import service

STUN = [f"stun:{SERVER}:{STUN_PORT}"]
needs_coturn = pytest.mark.skipif(bool(WITHOUT_COTURN), reason=WITHOUT_COTURN)


class Ends(NamedTuple):
    alice: Peer
    bob: Peer
    ours: int
    theirs: int


def relay() -> list[str]:
    user = f"{int(time.time()) + 3600}:{ALICE}"
    return [f"turn:{SERVER}:{TURN_PORT}", user, password(secret(), user)]


@contextmanager
def connecting(lab: Laboratory, *turn: list[str], timeout: float = 20) -> Iterator[Ends]:
    """Alice connects to Bob."""
    options = {"TimeoutInitial": round(timeout * 1000), "NagleTime": 0}
    with Post([]) as post:
        alice, bob = (post.peer(who, lab.words(place)) for who, place in ((ALICE, "a"), (BOB, "b")))
        for peer in (alice, bob):
            peer.ask("ask_servers", stun=STUN, turn=list(turn))
        bob.ask("listen", port=0, options=options)
        ours = alice.ask("connect", to=BOB, port=0, options=options)
        yield Ends(alice, bob, ours, bob.came_in())


def met(ends: Ends) -> tuple[str, bool]:
    """Where Alice's packets go, and whether a relay passes them on, once both have said hello."""
    ends.alice.expect(ends.ours, "CONNECTED")
    ends.bob.expect(ends.theirs, "CONNECTED")
    say_hello(ends.alice, ends.ours, ends.bob, ends.theirs)
    _, _, address, _, relayed = ends.alice.ask("describe", connection=ends.ours)
    return address.rpartition(":")[0], relayed


def test_two_behind_cones_meet_directly_with_the_services_stun_alone() -> None:
    with Laboratory("cone", "cone") as lab, service(lab), connecting(lab) as ends:
        assert met(ends) == (lab.plan.outer_address("b"), False)


@needs_coturn
def test_two_behind_symmetric_routers_meet_through_coturn() -> None:
    with ExitStack() as opened:
        lab = opened.enter_context(Laboratory("symmetric", "symmetric"))
        opened.enter_context(coturn(lab))
        opened.enter_context(service(lab))
        ends = opened.enter_context(connecting(lab, relay()))
        assert met(ends)[1] is True


def test_two_behind_symmetric_routers_do_not_meet_without_a_relay() -> None:
    with Laboratory("symmetric", "symmetric") as lab, service(lab), connecting(lab, timeout=5) as ends:
        ended = ("PROBLEM_DETECTED_LOCALLY", "CLOSED_BY_PEER")  # who gives up first tells the other
        until(lambda: ends.alice.now(ends.ours).state in ended, "Alice to give up")
        assert 4000 <= ends.alice.now(ends.ours).reason < 6000
        assert not any(told.state == "CONNECTED" for told in ends.alice.told + ends.bob.told)
