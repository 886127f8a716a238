"""A peer, as a game sees it."""

from __future__ import annotations

from gamenet.peer import Peer


def test_a_peer_shows_who_it_is() -> None:
    assert repr(Peer(0, "Ada", me=True, host=True)) == "<Peer 0 'Ada' me host>"
    assert repr(Peer(3, "Bob")) == "<Peer 3 'Bob'>"


def test_peers_of_one_name_and_number_are_still_two_keys() -> None:
    one, other = Peer(1, "Ada"), Peer(1, "Ada")
    assert one != other
    assert len({one, other}) == 2


def test_nothing_is_claimed_about_a_connection_before_it_was_measured() -> None:
    peer = Peer(1, "Ada")
    assert peer.ping == 0.0
    assert peer.loss == 0.0
    assert peer.route == ""
