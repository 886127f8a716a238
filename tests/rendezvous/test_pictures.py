"""The pictures in docs/lobby.md are the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from gamenet.rendezvous.conversation import CONVERSATION
from gamenet.rendezvous.lobby import PART_AFTER
from gamenet.rendezvous.messages import MOST_DATA_BYTES, MOST_SEATS
from gamenet.rendezvous.rooms import HOST_PATIENCE, SEAT_PATIENCE
from gamenet.session.states import WAY, Stage, mermaid
from tests.pages import DOCS

PAGE = (DOCS / "lobby.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "table"), [("states.WAY", WAY), ("conversation.CONVERSATION", CONVERSATION)])
def test_a_picture_is_its_table(name: str, table: Mapping[tuple[Any, str], Any]) -> None:
    drawn = re.search(rf"<!-- drawn from \S+\.{re.escape(name)} -->\n```mermaid\n(.*?)\n```", PAGE, re.DOTALL)
    assert drawn is not None and drawn[1] == mermaid(table)


def test_every_stage_has_its_row_in_order() -> None:
    assert re.findall(r"^\| `(\w+)` \| \w", PAGE, re.MULTILINE) == [str(stage) for stage in Stage if stage]


def test_the_numbers_on_the_page_are_those_in_the_code() -> None:
    assert f"{MOST_DATA_BYTES:,} bytes" in PAGE and f"At most {MOST_SEATS:,}" in PAGE
    assert f"kept for {SEAT_PATIENCE:g} seconds" in PAGE and f"a room for {HOST_PATIENCE:g} after" in PAGE
    assert PART_AFTER == 2 and "two seconds after" in PAGE
