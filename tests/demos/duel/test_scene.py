"""What one picture shows: words and things, without an engine."""

from __future__ import annotations

from demos.duel import scene
from demos.duel.effects import Effects
from demos.duel.rules import State
from demos.duel.scene import Scene, scene_of
from demos.duel.world import Duel, Duellist, Phase, setup
from gamenet.session.states import Stage
from gamenet.testing import Lab


def picture(lab: Lab[Duel], client: bool = False) -> Scene:
    return scene_of(lab.clients[0] if client else lab.host, Effects(), 0.0)


def test_the_lobby_shows_who_is_here_and_who_is_ready() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=1) as lab:
        lab.until(lambda: len(lab.clients[0].all(Duellist)) == 2)
        alone = picture(lab, client=True)
        assert alone.lobby and alone.hint == "Space: I am ready"
        assert [(row.name, row.seat, row.ready, row.mine, row.host) for row in alone.rows] == [
            ("host", 0, False, False, True),
            ("client 1", 1, False, True, False),
        ]
        mine = lab.clients[0].mine(Duellist)
        assert mine is not None
        mine.ready = True
        lab.until(lambda: picture(lab).rows[1].ready)
        assert picture(lab, client=True).hint == "waiting for the others"


def test_who_is_alone_reads_that_it_waits_and_what_others_need() -> None:
    with Lab(clients=0, room=Duel, setup=setup, seed=2) as lab:
        lab.until(lambda: lab.host.all(Duellist))
        shown = picture(lab)
        assert shown.hint == "waiting for somebody to duel with" and shown.code == "port 27015"


def test_who_is_not_in_yet_reads_that_it_connects() -> None:
    lab = Lab(clients=1, room=Duel, setup=setup, seed=3)
    shown = picture(lab, client=True)
    assert shown.banner == "CONNECTING" and not shown.lobby and not shown.rows


def test_whose_host_has_left_reads_why() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=4) as lab:
        lab.host.close()
        lab.until(lambda: lab.clients[0].state == "closed")
        shown = picture(lab, client=True)
        assert shown.hint == lab.clients[0].problem != "" and not shown.lobby and shown.banner == ""


def test_a_match_is_counted_fought_and_won_in_large_words() -> None:
    with Lab(clients=1, room=Duel, setup=setup, seed=5) as lab:
        lab.until(lambda: len(lab.clients[0].all(Duellist)) == 2)
        client, said = lab.clients[0], list[str]()
        lab.host.room.goal = 1
        for net in lab.sessions:
            mine = net.mine(Duellist)
            assert mine is not None
            mine.ready = True

        def note() -> bool:
            said.extend([scene.banner(client)] if scene.banner(client) not in said[-1:] else [])
            if lab.host.room.phase is Phase.FIGHT and lab.host.room.left < 30:
                lab.host.all(Duellist)[0].state = State.OUT
            return client.room.phase is Phase.WON

        lab.until(note, seconds=30)
        assert said == ["", "3", "2", "1", "FIGHT!", "", "client 1 wins the round", "client 1 wins the duel!"]
        shown = picture(lab, client=True)
        assert shown.seat == 1 and [row.score for row in shown.rows] == [0, 1] and len(shown.duellists) == 1


def test_a_round_that_nobody_won_says_so() -> None:
    with Lab(clients=0, room=Duel, setup=setup, seed=6) as lab:
        lab.host.room.phase = Phase.PAUSE
        assert scene.banner(lab.host) == "Nobody wins this round" and picture(lab).seat == -1


def test_there_are_words_for_every_stage_of_the_way() -> None:
    assert list(scene.ON_THE_WAY) == [str(stage) for stage in Stage if stage]
