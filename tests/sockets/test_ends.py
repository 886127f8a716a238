"""End reasons in words."""

from __future__ import annotations

import pytest

from gamenet.sockets import EndReason, describe_end
from gamenet.sockets.ends import ENDS


def test_every_reason_has_a_sentence_and_advice() -> None:
    assert set(ENDS) == set(EndReason)
    for end in ENDS.values():
        assert end.means.endswith(".") and end.advice.endswith(".")
    assert len({end.means for end in ENDS.values()}) == len(ENDS)


def test_the_numbers_are_valves_and_gamenets() -> None:
    numbers = [0, 1000, 2000, 2401, 2402, 2999, *range(3001, 3007), 4001, 4002, 4003, 4006, 4007]
    numbers += [5001, 5002, 5003, 5005, 5006, 5008, 5009, 5010]
    assert [int(reason) for reason in EndReason] == numbers


def test_a_known_reason_is_described_whatever_its_type() -> None:
    assert describe_end(5003) == describe_end(EndReason.TIMEOUT) == ENDS[EndReason.TIMEOUT].means


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (1234, r"as usual, for a reason of its own \(1234\)"),
        (2345, r"for an unusual reason of its own \(2345\)"),
        (3999, r"wrong with this machine or its connection to the network \(3999\)"),
        (4999, r"wrong at the other side or on the way to it \(4999\)"),
        (5999, r"failed for another reason \(5999\)"),
        (7, r"for an unknown reason \(7\)"),
        (-1, r"for an unknown reason \(-1\)"),
        (10**20, r"for an unknown reason \(100000000000000000000\)"),
    ],
)
def test_a_number_without_a_name_is_described_by_its_range(reason: int, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(describe_end(reason))


@pytest.mark.parametrize("reason", [None, "1000", 1000.0])
def test_what_is_no_number_is_a_type_error(reason: object) -> None:
    with pytest.raises(TypeError, match="reason must be an int"):
        describe_end(reason)  # type: ignore[arg-type]
