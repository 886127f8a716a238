"""Events are values."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from gamenet.peer import Peer
from gamenet.session import events
from gamenet.session.rooms import Rooms


def test_every_event_is_frozen_and_compares_by_value() -> None:
    room, peer = Rooms().open("main"), Peer(1, "Ada")
    assert events.PeerJoined(peer, room) == events.PeerJoined(peer, room)
    for kind in get_args(events.Event):
        assert dataclasses.is_dataclass(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        events.Closed("over").reason = "not"  # type: ignore[misc]
