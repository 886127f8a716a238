"""Valve's numbers."""

from __future__ import annotations

from gamenet.sockets import AuthenticationStatus, ConnectionState, Result, SendFlags


def test_send_flags_are_valves() -> None:
    names = "UNRELIABLE UNRELIABLE_NO_NAGLE UNRELIABLE_NO_DELAY RELIABLE RELIABLE_NO_NAGLE"
    assert [int(SendFlags[name]) for name in names.split()] == [0, 1, 5, 8, 9]


def test_a_number_that_valve_adds_later_is_no_crash() -> None:
    assert Result(9999) is Result.FAIL
    assert ConnectionState(77) is ConnectionState.NONE
    assert AuthenticationStatus(12345) is AuthenticationStatus.UNKNOWN


def test_authentication_statuses_are_those_of_the_reference() -> None:
    assert [int(status) for status in AuthenticationStatus] == [-102, -101, -100, -10, 0, 1, 2, 3, 100]
