"""The table of a client's conversation."""

from __future__ import annotations

from gamenet.rendezvous.conversation import CONVERSATION, STAGES, Talk


def test_every_state_can_be_reached_and_left_except_the_last() -> None:
    assert {talk for talk, _ in CONVERSATION} == set(Talk) - {Talk.OVER}
    assert set(CONVERSATION.values()) == set(Talk)


def test_every_state_with_a_connection_can_be_interrupted() -> None:
    for talk in set(Talk) - {Talk.AWAY, Talk.OVER}:
        assert CONVERSATION[talk, "interrupted"] is Talk.AWAY


def test_every_state_is_told_to_a_player_as_a_stage() -> None:
    assert set(STAGES) == set(Talk)
