"""Identity from peer to peer: the library lets everybody in there, gamenet lets in who proves who it is."""

from __future__ import annotations

import pytest

from gamenet.sockets import Authority, EndReason
from tests.loopback.p2p import ALICE, BOB, PLAIN, SYMMETRIC, Peer, Post, Refusal, connected, say_hello, until

STRICT = {**PLAIN, "IP_AllowWithoutAuth": 0}
BOTH = {**SYMMETRIC, "IP_AllowWithoutAuth": 0}
WHY = "no proof of identity: no certificate that is good here"


def certified(post: Post, identity: str, authority: Authority) -> Peer:
    """A peer that trusts the authority and is known to it."""
    peer = post.peer(identity)
    peer.ask("trust", root=authority.root)
    peer.ask("certify", certificate=authority.issue(bytes.fromhex(peer.ask("request"))).hex())
    return peer


def unsigned(post: Post, identity: str) -> Peer:
    return post.peer(identity)


def stranger(post: Post, identity: str) -> Peer:
    return certified(post, identity, Authority.generate())


UNPROVEN = pytest.mark.parametrize("other", [unsigned, stranger])


def test_peers_that_can_prove_it_meet(post: Post, authority: Authority) -> None:
    alice, bob = certified(post, ALICE, authority), certified(post, BOB, authority)
    ours, theirs = connected(alice, bob, options=STRICT)
    assert alice.ask("proven", connection=ours) and bob.ask("proven", connection=theirs)
    say_hello(alice, ours, bob, theirs)


@UNPROVEN
def test_who_cannot_prove_it_is_refused_with_the_reason_and_never_heard_of(
    post: Post, authority: Authority, other: type
) -> None:
    bob, alice = certified(post, BOB, authority), other(post, ALICE)
    bob.ask("listen", port=0, options=STRICT)
    ours = alice.ask("connect", to=BOB, port=0, options=PLAIN)
    alice.ask("send", connection=ours, data="may I come in?", flags=8)
    told = alice.expect(ours, "CLOSED_BY_PEER")
    assert (told.reason, told.debug) == (EndReason.UNPROVEN, WHY)
    assert f"refused: {WHY}" in bob.expect_log("refused")
    assert bob.told == [] and bob.messages == []


@UNPROVEN
def test_who_connects_gets_and_gives_nothing_before_the_other_side_has_proven_it(
    post: Post, authority: Authority, other: type
) -> None:
    alice, bob = certified(post, ALICE, authority), other(post, BOB)
    bob.ask("listen", port=0, options=PLAIN)
    alice.ask("hear", told=False)  # as in a long frame: the library connects, and nobody has looked at it yet
    ours = alice.ask("connect", to=BOB, port=0, options=STRICT)
    theirs = bob.came_in()
    bob.expect(theirs, "CONNECTED")
    assert bob.ask("send", connection=theirs, data="believe me") == "OK"
    until(lambda: bob.ask("unacknowledged", connection=theirs) == 0, "alice's library to have the message")
    assert alice.ask("state", connection=ours) == "CONNECTED"
    assert alice.ask("send", connection=ours, data="a secret") == "INVALID_STATE"
    assert alice.messages == []
    alice.ask("hear", told=True)
    told = alice.expect(ours, "PROBLEM_DETECTED_LOCALLY")
    assert (told.reason, told.debug) == (EndReason.UNPROVEN, WHY)
    assert bob.expect(theirs, "CLOSED_BY_PEER").reason == EndReason.UNPROVEN
    assert {each.state for each in alice.told} == {"CONNECTING", "PROBLEM_DETECTED_LOCALLY"}
    assert alice.messages == [] and bob.messages == []


def test_a_certificate_is_good_for_its_own_name_alone(post: Post, authority: Authority) -> None:
    bob, mallory = certified(post, BOB, authority), certified(post, "str:mallory", authority)
    bob.ask("listen", port=0, options=STRICT)
    post.carries = lambda signal: False
    mallory.ask("connect", to=BOB, port=0, options=PLAIN)
    request = until(lambda: post.seen)[0].data
    sender = b"\x42\x09" + ALICE.encode()  # field 8: the library takes the last of a field that is repeated
    assert bob.ask("receive", data=(request + sender).hex()) is False
    bob.expect_log("Cert was issued to str:mallory, not str:alice")
    assert bob.told == []


def test_nothing_is_demanded_without_somebody_to_vouch_for_it(post: Post) -> None:
    alice = unsigned(post, ALICE)
    for do in ({"do": "listen"}, {"do": "connect", "to": BOB}):
        with pytest.raises(Refusal, match=r"NotAuthenticated: .*trust\(root\) first"):
            alice.ask(port=0, options=STRICT, **do)


# --- Symmetric connections --------------------------------------------------------------------------------------------


def cross(alice: Peer, bob: Peer, port: int, demands: dict[str, object], offers: dict[str, object]) -> tuple[int, int]:
    """Both connect to each other at once; the two connections."""
    there = alice.order("connect", to=BOB, port=port, options=demands)
    back = bob.order("connect", to=ALICE, port=port, options=offers)
    return there.result(40), back.result(40)


def test_two_that_connect_to_each_other_at_once_are_one_proven_connection(post: Post, authority: Authority) -> None:
    alice, bob = certified(post, ALICE, authority), certified(post, BOB, authority)
    for port in range(10):
        for peer in (alice, bob):
            peer.ask("listen", port=port, options=BOTH)
        ours, theirs = cross(alice, bob, port, BOTH, BOTH)
        alice.expect(ours, "CONNECTED")
        bob.expect(theirs, "CONNECTED")
        assert alice.ask("proven", connection=ours) and bob.ask("proven", connection=theirs)
        say_hello(alice, ours, bob, theirs)


@UNPROVEN
def test_whichever_of_two_crossing_connections_is_kept_it_is_refused_without_proof(
    post: Post, authority: Authority, other: type
) -> None:
    alice, bob = certified(post, ALICE, authority), other(post, BOB)
    for port in range(10):
        alice.ask("listen", port=port, options=BOTH)
        bob.ask("listen", port=port, options=SYMMETRIC)
        ours, theirs = cross(alice, bob, port, BOTH, SYMMETRIC)
        bob.ask("send", connection=theirs, data="believe me", flags=8)
        assert alice.expect(ours, "PROBLEM_DETECTED_LOCALLY").reason == EndReason.UNPROVEN
        assert bob.expect(theirs, "CLOSED_BY_PEER").reason == EndReason.UNPROVEN
    assert alice.messages == [] and "CONNECTED" not in {told.state for told in alice.told}


def test_a_connection_that_may_become_what_comes_in_is_held_to_what_is_demanded_there(
    post: Post, authority: Authority
) -> None:
    alice, bob = certified(post, ALICE, authority), unsigned(post, BOB)
    for port in range(6):
        alice.ask("listen", port=port, options=BOTH)
        bob.ask("listen", port=port, options=SYMMETRIC)
        ours, theirs = cross(alice, bob, port, SYMMETRIC, SYMMETRIC)
        bob.ask("send", connection=theirs, data="believe me", flags=8)
        assert alice.expect(ours, "PROBLEM_DETECTED_LOCALLY").reason == EndReason.UNPROVEN
    assert alice.messages == []


def test_who_waits_where_proofs_are_demanded_is_not_let_in_by_connecting_to_them(
    post: Post, authority: Authority
) -> None:
    alice, bob = certified(post, ALICE, authority), unsigned(post, BOB)
    alice.ask("listen", port=0, options=BOTH)
    alice.ask("hear", told=False)
    theirs = bob.ask("connect", to=ALICE, port=0, options=SYMMETRIC)
    until(lambda: [signal for signal in post.seen if signal.to == ALICE], "bob's request")
    alice.ask("state", connection=0)  # the request was handed in before this
    ours = alice.ask("connect", to=BOB, port=0, options=SYMMETRIC)
    bob.ask("send", connection=theirs, data="believe me", flags=8)
    bob.expect(theirs, "CONNECTED") if alice.ask("state", connection=ours) == "CONNECTED" else None
    alice.ask("hear", told=True)
    assert bob.expect(theirs, "CLOSED_BY_PEER").reason == EndReason.UNPROVEN
    assert alice.messages == [] and "CONNECTED" not in {told.state for told in alice.told}
