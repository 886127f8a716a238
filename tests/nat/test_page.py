"""docs/nat.md says what the matrix shows, and what players read."""

from __future__ import annotations

from gamenet.session import sentences
from tests.nat.cells import KINDS, SERVERS, Cell
from tests.nat.coturn import PAGE


def rows() -> list[str]:
    """The page's table, as the matrix has it; each pair once."""
    pairs = [(one, other) for index, one in enumerate(KINDS) for other in KINDS[index:]]
    return [
        f"| {one} | {other} | " + " | ".join(Cell(one, other, servers).way for servers in SERVERS) + " |"
        for one, other in pairs
    ]


def test_the_table_on_the_page_is_the_matrix() -> None:
    after = PAGE.read_text(encoding="utf-8").partition("<!-- table -->\n")[2].splitlines()
    assert after[2 : 2 + len(rows())] == rows()


def test_the_sentences_on_the_page_are_those_that_players_read() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = (sentences.NO_DIRECT_WAY, sentences.NO_RELAY, sentences.RELAY_FAILED)
    assert [words for words in told if f"`{words}`" not in page] == []
