"""The ids that have a shape of their own."""

from __future__ import annotations

from gamenet.ids import COUNTER_BITS, HOST, MAX_PEER, NOBODY, ROOM_ENTITY, first_entity


def test_no_epoch_ever_gives_the_rooms_own_id() -> None:
    assert all(first_entity(epoch) != ROOM_ENTITY for epoch in range(512))


def test_each_epoch_counts_in_a_range_of_its_own() -> None:
    assert first_entity(0) == 1
    assert first_entity(3) == (3 << COUNTER_BITS) + 1
    assert first_entity(255) < 1 << 32


def test_nobody_is_no_peer_that_a_host_could_name() -> None:
    assert HOST <= MAX_PEER < NOBODY < 1 << 16
