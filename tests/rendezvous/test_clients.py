"""Lines, clients and chairs."""

from __future__ import annotations

from gamenet.rendezvous.clients import Chair, Clients

TOKEN, OTHER = bytes(16), bytes(15) + b"x"
CHAIR = Chair("K7QX3MVP", 2)


def test_several_lines_are_one_client() -> None:
    clients = Clients()
    first, second = clients.open(1, "here"), clients.open(2, "here")
    assert clients.greet(first, "str:ada", TOKEN) is clients.greet(second, "str:ada", TOKEN)
    assert len(clients) == 1 and clients.at_place["here"] == 2


def test_another_token_is_another_client() -> None:
    clients = Clients()
    clients.greet(clients.open(1, "here"), "str:ada", TOKEN)
    stranger = clients.open(2, "there")
    assert clients.greet(stranger, "str:ada", OTHER) is None
    assert stranger.client is None


def test_an_identity_is_kept_for_a_chair_and_then_forgotten() -> None:
    clients = Clients()
    line = clients.open(1, "here")
    clients.greet(line, "str:ada", TOKEN)
    assert clients.sit(line, CHAIR) is None
    assert clients.line_at(CHAIR) is line
    clients.close(line)
    assert clients.line_at(CHAIR) is None and len(clients) == 1
    clients.free(CHAIR)
    assert len(clients) == 0 and not clients.lines and not clients.at_place


def test_who_sits_down_on_its_chair_again_takes_over_from_its_other_line() -> None:
    clients = Clients()
    first, second = clients.open(1, "here"), clients.open(2, "here")
    for line in (first, second):
        clients.greet(line, "str:ada", TOKEN)
    clients.sit(first, CHAIR)
    assert clients.sit(second, CHAIR) is first
    assert clients.sit(second, CHAIR) is None
    assert first.chair is None and second.chair == CHAIR
    clients.close(first)
    assert clients.line_at(CHAIR) is second


def test_a_chair_that_is_freed_leaves_its_line_connected() -> None:
    clients = Clients()
    line = clients.open(1, "here")
    clients.greet(line, "str:ada", TOKEN)
    clients.sit(line, CHAIR)
    clients.free(CHAIR)
    assert line.chair is None and clients.lines == {1: line} and len(clients) == 1
