"""The search for a way: how far it is, and why there was none."""

from __future__ import annotations

import pytest

from gamenet.session import sentences
from gamenet.session.transports.search import EARLY, LAN, PUBLIC, RELAY, RELAY_AFTER, Search, kinds

OWN = b"\x0a\x5fcandidate:77 0 udp 2122262784 10.0.0.4 40000 typ host\x12"
SEEN = b"candidate:5 0 udp 1677722111 203.0.113.9 4000 typ srflx generation 0"
LENT = b"candidate:6 0 udp 16777215 198.51.100.3 50000 typ relay"
V6 = b"candidate:7 0 udp 2122262784 2001:db8:0:0:0:0:0:9 4000 typ host"


@pytest.mark.parametrize(
    ("signal", "found"),
    [
        (OWN, [LAN]),
        (SEEN, [PUBLIC]),
        (LENT, [RELAY]),
        (V6, [PUBLIC]),
        (OWN + SEEN + LENT, [LAN, PUBLIC, RELAY]),
        (b"candidate:7 0 udp 2122262784 fe80:0:0:0:0:0:0:9 4000 typ host", [LAN]),
        (b"candidate:7 0 udp 1 8.8.8.8 4000 typ host", [PUBLIC]),
        (b"candidate:7 0 udp 1 999.8.8.8 4000 typ host", [LAN]),
        (b"candidate: typ host", []),
        (b"", []),
    ],
)
def test_addresses_are_found_in_signals(signal: bytes, found: list[str]) -> None:
    assert list(kinds(signal)) == found


def test_its_first_second_is_early() -> None:
    search = Search(5.0)
    assert search.early(5.0 + EARLY / 2) and not search.early(5.0 + EARLY)


def test_the_stage_is_how_far_it_came() -> None:
    search = Search(0.0)
    search.sent(OWN + LENT)
    assert search.stage(9.0) == "signals"
    search.came(b"\x01")
    assert search.stage(9.0) == "candidates"
    search.came(SEEN)
    assert search.stage(0.5) == "direct"
    assert search.stage(RELAY_AFTER + 0.1) == "relayed"


def problem(ours: bytes, theirs: bytes | None, *, stun: bool = True, turn: bool = False) -> str:
    search = Search(0.0)
    search.sent(ours)
    if theirs is not None:
        search.came(theirs)
    return search.problem(stun=stun, turn=turn)


def test_the_problem_is_that_of_the_stage_where_it_ended() -> None:
    assert problem(OWN + SEEN, None) == sentences.NO_SIGNALS
    assert problem(OWN, SEEN) == sentences.NO_CANDIDATES
    assert problem(OWN, SEEN, turn=True) == sentences.NO_CANDIDATES
    assert problem(OWN + SEEN, SEEN) == sentences.NO_DIRECT_WAY
    assert problem(OWN, OWN, stun=False) == sentences.NO_DIRECT_WAY
    assert problem(OWN + SEEN, SEEN, turn=True) == sentences.NO_RELAY
    assert problem(OWN + SEEN + LENT, SEEN, turn=True) == sentences.RELAY_FAILED
