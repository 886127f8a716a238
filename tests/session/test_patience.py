"""The numbers of the session stand in a sensible relation to each other."""

from __future__ import annotations

from gamenet.session import patience as p
from gamenet.session.envelope import MAX_MESSAGE


def test_a_path_is_judged_by_several_probes() -> None:
    assert 3 * p.PROBE_EVERY < p.PATH_PATIENCE < p.RECONNECT_AFTER < p.LINK_PATIENCE


def test_a_stall_is_told_before_the_path_counts_as_lost() -> None:
    assert 2 * p.PROBE_EVERY <= p.GAME_PATIENCE < p.PATH_PATIENCE


def test_numbers_of_sixteen_bits_tell_all_that_is_in_flight_apart() -> None:
    assert p.MOST_IN_FLIGHT + p.MOST_EARLY < 2**15


def test_a_hello_fits_a_message() -> None:
    assert p.MOST_HELLO_BYTES < MAX_MESSAGE
