"""The tables of states."""

from __future__ import annotations

import pytest

from gamenet.session.states import LINK, SESSION, WAY, LinkState, Stage, State, mermaid, step


def test_every_state_can_be_reached_and_left_except_the_last() -> None:
    for table, first, last in ((SESSION, State.OPENING, State.CLOSED), (LINK, LinkState.GREETING, LinkState.OVER)):
        everywhere = set(type(first))
        assert {state for state, _ in table} == everywhere - {last}
        assert {*table.values(), first} == everywhere


def test_every_stage_of_the_way_can_be_reached_from_the_first_and_leads_on() -> None:
    assert {stage for stage, _ in WAY} == set(Stage)
    assert {*WAY.values(), Stage.NAME} == set(Stage)


def test_the_stages_are_the_words_of_the_public_api_in_order() -> None:
    words = "name service identity room signals candidates direct relayed version"
    assert [str(stage) for stage in Stage] == [*words.split(), ""]


def test_a_step_that_is_not_in_the_table_cannot_happen() -> None:
    with pytest.raises(KeyError):
        step(SESSION, State.CLOSED, "welcomed")


def test_the_states_are_the_words_of_the_public_api() -> None:
    assert [str(state) for state in State] == ["opening", "connecting", "joined", "closing", "closed"]
    assert State.JOINED == "joined"


def test_a_picture_is_drawn_from_the_table() -> None:
    assert "    connecting --> joined: welcomed" in mermaid(SESSION).splitlines()


def test_where_nothing_is_left_to_find_a_picture_ends() -> None:
    assert "    version --> [*]: games fit" in mermaid(WAY).splitlines()
