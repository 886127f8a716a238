"""What is told where nobody looks."""

from __future__ import annotations

import pytest

import gamenet as gn
from demos.duel import bots
from demos.duel.headless import Ending
from demos.duel.herald import Herald
from demos.duel.world import Duel, setup
from gamenet.testing import Lab

Net = gn.Session[Duel]


def told(
    capsys: pytest.CaptureFixture[str], *, goal: int = 1, seconds: float = 0
) -> tuple[list[str], dict[Net, Ending]]:
    """What host and client told of a match, one after the other's line, until both sessions were closed."""
    endings: dict[Net, Ending] = {}

    def begin(net: Net) -> None:
        setup(net)
        bots.play(net, mine=True, seed=1)
        if net.is_host:
            net.room.goal = goal
        Herald(net)
        endings[net] = Ending(net, seconds)

    with Lab(clients=1, room=Duel, setup=begin, seed=1) as lab:
        lab.until(lambda: all(net.state == "closed" for net in lab.sessions), seconds=200)
    return capsys.readouterr().out.splitlines(), endings


def test_a_match_is_told_to_its_end_and_then_all_leave_the_host_last(capsys: pytest.CaptureFixture[str]) -> None:
    lines, endings = told(capsys)
    assert lines[0] == "port 27015"
    assert lines.count("client 1 came") == 2 and lines.count("host came") == 2
    [winner] = {line.removeprefix("round 1: ") for line in lines if line.startswith("round 1: ")}
    loser = {"host": "client 1", "client 1": "host"}[winner]
    assert lines.count(f"the duel: {winner} 1, {loser} 0") == 2
    assert lines[-1] == "client 1 left the game"
    assert all(ending.done for ending in endings.values())


def test_after_so_many_seconds_it_is_told_how_the_duel_stands(capsys: pytest.CaptureFixture[str]) -> None:
    lines, endings = told(capsys, goal=100, seconds=2)
    assert "the duel so far: host 0, client 1 0" in lines
    assert all(ending.done for ending in endings.values())


def test_who_was_left_by_the_host_was_not_done(capsys: pytest.CaptureFixture[str]) -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=2) as lab:
        ending = Ending(lab.clients[0])
        lab.host.close()
        lab.until(lambda: lab.clients[0].state == "closed")
    assert not ending.done
