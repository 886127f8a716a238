"""The duel over the network: complete peers in one process, virtual time, in a star and in a mesh."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from demos.duel import bots, rules
from demos.duel.rules import Controls, State
from demos.duel.world import Disc, Duel, Duellist, Phase, setup
from gamenet.testing import Lab

Net = gn.Session[Duel]
SHAPES: list[Any] = [{"clients": 1}, {"mesh": 2}]


def of(net: Net, owner: Net) -> Duellist:
    """That player's duellist as `net` knows it."""
    mine = owner.mine(Duellist)
    assert mine is not None
    found = net.get(mine)
    assert found is not None
    return found


def all_are_here(lab: Lab[Duel]) -> bool:
    return all(len(net.all(Duellist)) == len(lab.sessions) and net.mine(Duellist) for net in lab.sessions)


def get_ready(lab: Lab[Duel]) -> None:
    lab.until(lambda: all_are_here(lab))
    for net in lab.sessions:
        of(net, net).ready = True


def fight(lab: Lab[Duel]) -> None:
    """On until a round is on, for everybody."""
    get_ready(lab)
    lab.until(lambda: all(net.room.phase is Phase.FIGHT for net in lab.sessions))


def move(lab: Lab[Duel], owner: Net, x: float, y: float, angle: float = 0) -> None:
    """Puts a duellist somewhere, as its owner may, and waits until the host sees it there."""
    mine, hosts = of(owner, owner), of(lab.host, owner)
    rules.stand(mine, rules.Place(x, y, angle))
    lab.until(lambda: rules.distance(hosts, mine) < 1)


def act(lab: Lab[Duel], owner: Net, controls: Controls, seconds: float) -> None:
    def hands(net: Net) -> None:
        if net is owner:
            of(net, net).act(controls, 1 / 60)

    lab.run(seconds, each_frame=hands)


@pytest.mark.parametrize("shape", SHAPES)
def test_everybody_gets_a_duellist_with_name_and_seat_from_the_host(shape: Any) -> None:
    with Lab(room=Duel, setup=setup, seed=1, **shape) as lab:
        lab.until(lambda: all_are_here(lab))
        host = lab.host.all(Duellist)
        assert [who.name for who in host] == [peer.name for peer in lab.host.peers]
        assert [who.seat for who in host] == [0, 1]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_match_begins_when_all_are_ready_and_each_takes_its_corner(shape: Any) -> None:
    with Lab(room=Duel, setup=setup, seed=2, **shape) as lab:
        lab.until(lambda: all_are_here(lab))
        of(lab.host, lab.host).ready = True
        act(lab, lab.clients[0], Controls(0, 1), 1.0)  # in the lobby one may run
        assert lab.host.room.phase is Phase.LOBBY
        fight(lab)
        for net in lab.sessions:
            for owner in lab.sessions:
                who = of(net, owner)
                assert rules.distance(who, _corner(who)) < 1 and who.state is State.ARMED


def _corner(who: Duellist) -> Duellist:
    at = rules.corner(who.seat)
    return Duellist(x=at.x, y=at.y)


def test_nobody_runs_while_it_is_counted() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=3) as lab:
        get_ready(lab)
        client = lab.clients[0]
        lab.until(lambda: client.room.phase is Phase.COUNT)
        act(lab, client, Controls(0, 1), 0.5)
        assert (of(client, client).x, of(client, client).y) == rules.corner(1)[:2]


@pytest.mark.parametrize("shape", SHAPES)
def test_who_runs_is_seen_running_by_all(shape: Any) -> None:
    with Lab(room=Duel, setup=setup, link="fair", seed=4, **shape) as lab:
        fight(lab)
        client = lab.clients[0]
        seen, before = of(lab.host, client), of(lab.host, client).y
        act(lab, client, Controls(0, 1), 1.0)
        assert seen.y > before + 80


@pytest.mark.parametrize("shape", SHAPES)
def test_a_thrown_disc_is_the_hosts_takes_out_whom_it_meets_and_wins_the_round(shape: Any) -> None:
    with Lab(room=Duel, setup=setup, seed=5, **shape) as lab:
        fight(lab)
        host, client = lab.host, lab.clients[0]
        move(lab, client, 200, 60)
        move(lab, host, 500, 60)
        act(lab, client, Controls(throw=True), 0.1)
        lab.until(lambda: len(host.all(Disc)) == 1 and len(client.all(Disc)) == 1)
        lab.until(lambda: of(client, host).state is State.OUT and of(host, host).state is State.OUT)
        lab.until(lambda: client.room.phase is Phase.PAUSE)
        assert client.room.winner == of(client, client).seat
        assert (of(client, client).score, of(client, host).score) == (1, 0)


def test_one_throw_is_one_disc_however_long_the_key_is_held_and_it_comes_back() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=6) as lab:
        fight(lab)
        host, client = lab.host, lab.clients[0]
        move(lab, host, 800, 500)
        move(lab, client, 200, 60)
        discs: set[Any] = set()

        def throw(net: Net) -> None:
            if net is client:
                of(client, client).act(Controls(throw=True), 1 / 60)
            discs.update(disc.id for disc in host.all(Disc))

        lab.run(1.0, each_frame=throw)
        assert len(discs) == 1 and of(host, client).state is State.BARE
        lab.until(lambda: of(client, client).state is State.ARMED and not client.all(Disc))


def test_a_throw_from_somewhere_else_is_refused_in_words() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=7) as lab:
        fight(lab)
        call = of(lab.clients[0], lab.clients[0]).throw.call(100.0, 500.0, 0.0)
        lab.until(lambda: call.done)
        assert call.error == "you are somewhere else" and not lab.host.all(Disc)


def test_a_throw_in_the_lobby_comes_to_nothing() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=8) as lab:
        lab.until(lambda: all_are_here(lab))
        mine = of(lab.clients[0], lab.clients[0])
        call = mine.throw.call(mine.x, mine.y, mine.angle)
        lab.until(lambda: call.done)
        assert call.value is False and not lab.host.all(Disc)


def test_who_writes_what_the_host_decides_is_told_so() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=9) as lab:
        lab.until(lambda: all_are_here(lab))
        mine = of(lab.clients[0], lab.clients[0])
        with pytest.raises(gn.NotAuthoritative):
            mine.score = 100
        with pytest.raises(gn.NotAuthoritative):
            mine.state = State.ARMED


def test_a_round_that_nobody_wins_is_nobodys() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=10) as lab:
        fight(lab)
        lab.until(lambda: lab.clients[0].room.phase is Phase.PAUSE, seconds=rules.ROUND + 2)
        assert lab.clients[0].room.winner == -1
        assert [who.score for who in lab.clients[0].all(Duellist)] == [0, 0]


def test_who_comes_during_a_round_waits_for_the_next_one() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=11) as lab:
        fight(lab)
        late = lab.add_client()
        lab.until(lambda: late.state == "joined" and late.mine(Duellist) is not None)
        assert of(lab.host, late).state is State.OUT
        lab.host.room.left = 0.0
        lab.until(lambda: of(late, late).state is State.ARMED)
        assert of(late, late).seat == 2 and late.room.phase is Phase.COUNT


@pytest.mark.parametrize("shape", SHAPES)
def test_who_is_left_alone_is_back_in_the_lobby(shape: Any) -> None:
    with Lab(room=Duel, setup=setup, seed=12, **shape) as lab:
        fight(lab)
        lab.clients[0].close()
        lab.until(lambda: lab.host.room.phase is Phase.LOBBY)
        assert [who.ready for who in lab.host.all(Duellist)] == [False]


@pytest.mark.parametrize("shape", [{"clients": 3}, {"mesh": 4}])
def test_bots_play_a_match_to_its_end_and_all_agree_on_it(shape: Any) -> None:
    def pilots(net: Net) -> None:
        setup(net)
        bots.play(net, mine=True, seed=3)
        if net.is_host:
            net.room.players, net.room.goal = 4, 2

    with Lab(room=Duel, setup=pilots, link="fair", seed=13, **shape) as lab:
        lab.until(lambda: all(net.room.phase is Phase.WON for net in lab.sessions), seconds=300)
        scores = [[(who.name, who.score) for who in net.all(Duellist)] for net in lab.sessions]
        assert all(score == scores[0] for score in scores)
        assert max(score for _, score in scores[0]) == 2
        lab.until(lambda: lab.host.room.phase is Phase.COUNT, seconds=20)  # bots are always ready
        assert [who.score for who in lab.host.all(Duellist)] == [0] * 4


def test_a_bot_of_the_hosts_plays_against_who_is_there() -> None:
    def with_a_bot(net: Net) -> None:
        setup(net)
        bots.add(net, 1)
        bots.play(net, seed=1)

    with Lab(clients=1, room=Duel, setup=with_a_bot, seed=14) as lab:
        lab.until(lambda: all(len(net.all(Duellist)) == 3 for net in lab.sessions))
        for net in lab.sessions:
            of(net, net).ready = True
        client = lab.clients[0]
        lab.until(lambda: client.room.phase is Phase.PAUSE, seconds=60)  # the players stand, the bot throws
        assert next(who.name for who in client.all(Duellist) if who.seat == client.room.winner) == bots.NAMES[0]
