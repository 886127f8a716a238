"""The table of channels is complete and says what its prose says."""

from __future__ import annotations

import pytest

from gamenet import channels
from gamenet.channels import CARRIAGE, LANES, RELIABLE, Channel

NO_NAGLE, NO_DELAY, RELIABLE_FLAG = 1, 4, 8  # Valve's k_nSteamNetworkingSend_ constants


def test_every_channel_fits_two_bits_and_has_a_carriage() -> None:
    assert set(CARRIAGE) == set(Channel)
    assert all(0 <= channel < 4 for channel in Channel)


@pytest.mark.parametrize("channel", Channel)
def test_flags_and_table_agree_on_reliability(channel: Channel) -> None:
    carriage = CARRIAGE[channel]
    assert carriage.reliable == bool(carriage.flags & RELIABLE_FLAG) == (channel in RELIABLE)


@pytest.mark.parametrize("channel", Channel)
def test_the_table_in_words_is_the_table_in_code(channel: Channel) -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in (channels.__doc__ or "").splitlines() if "|" in line]
    (row,) = [row for row in rows if row[1] == channel.name.lower()]
    flags = CARRIAGE[channel].flags
    assert ("unreliable" in row[2]) == (not flags & RELIABLE_FLAG)
    assert ("no delay" in row[2]) == bool(flags & NO_DELAY)
    assert ("no Nagle" in row[2] or "no delay" in row[2]) == bool(flags & NO_NAGLE)
    assert int(row[3]) == CARRIAGE[channel].lane < LANES


def test_values_are_alone_in_never_being_queued() -> None:
    assert [channel for channel in Channel if CARRIAGE[channel].flags & NO_DELAY] == [Channel.VALUES]
