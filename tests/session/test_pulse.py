"""The path's clock: what proves that a path carries, and how long without proof is too long."""

from __future__ import annotations

from gamenet.session.patience import PATH_PATIENCE
from gamenet.session.pulse import Pulse


def test_a_path_is_lost_when_bytes_stay_unacknowledged() -> None:
    pulse = Pulse(10.0)
    pulse.gave(100)
    pulse.look(10.1, 100)
    pulse.look(10.7, 100)
    assert not pulse.path_lost(9.99 + PATH_PATIENCE)
    assert pulse.path_lost(10.01 + PATH_PATIENCE)


def test_progress_counts_even_when_as_much_is_sent_anew() -> None:
    pulse = Pulse(10.0)
    for step in range(30):
        pulse.gave(100)
        pulse.look(10.0 + step / 10, 100)
    assert not pulse.path_lost(13.0)


def test_a_message_from_the_other_end_proves_the_path() -> None:
    pulse = Pulse(10.0)
    pulse.gave(100)
    pulse.look(10.1, 100)
    pulse.heard_at = 12.0
    assert not pulse.path_lost(12.5)
