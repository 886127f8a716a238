"""The store in memory is a store, and keeps nothing of rooms that ended."""

from __future__ import annotations

import pytest

from gamenet.rendezvous.store import Store
from gamenet.rendezvous.store.memory import Memory
from tests.rendezvous.store.conformance import StoreConformance, room


class TestMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> Store:
        return Memory()


def test_nothing_is_left_of_a_room_that_ended() -> None:
    store = Memory()
    store.take_code(room("AAAA2222"))
    store.end("AAAA2222")
    assert not store._rooms and not store._keys and not store._lists
