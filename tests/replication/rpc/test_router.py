"""RPCs through whole sessions: who runs them, once, in which order, and what becomes of the answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gamenet as gn
from gamenet.replication import operations as op
from gamenet.replication.rpc import router
from tests.replication.arena import Arena, Rock, Ship, lab, peer, replica, smuggle, world

# ------------------------------------------------------------------------------------------------------------- who runs


def test_to_the_host_runs_there_and_answers_its_caller() -> None:
    with lab() as it:
        client = it.clients[0]
        call = client.room.say.call("hello")
        assert (call.done, call.error) == (False, "")
        with pytest.raises(gn.GamenetError, match="no answer has come yet"):
            _ = call.value
        it.until(lambda: call.done)
        assert (call.value, call.error, it.host.room.notes) == (5, "", [("client 1", "hello")])


def test_everyone_runs_it_once_the_caller_too_and_at_the_start_of_its_next_frame() -> None:
    with lab(2) as it:
        client = it.clients[0]
        client.room.count.send(7)
        assert client.room.notes == []
        it.step()
        assert client.room.notes == [("client 1", 7)]
        it.run(1)
        assert [net.room.notes for net in it.sessions] == [[("client 1", 7)]] * 3


@pytest.mark.parametrize("caller", [0, 1])
def test_others_are_all_but_the_caller(caller: int) -> None:
    with lab(2) as it:
        it.sessions[caller].room.nudge.send(1)
        it.run(1)
        assert [len(net.room.notes) for net in it.sessions] == [int(n != caller) for n in range(3)]


@pytest.mark.parametrize("caller", [0, 1])
@pytest.mark.parametrize("chosen", [(0,), (1,), (2,), (0, 2), (1, 2), ()])
def test_to_peers_runs_there_and_nowhere_else(caller: int, chosen: tuple[int, ...]) -> None:
    with lab(2) as it:
        net = it.sessions[caller]
        net.room.count.to([peer(net, it.sessions[n]) for n in chosen]).send(3)
        it.run(1)
        assert [len(net.room.notes) for net in it.sessions] == [int(n in chosen) for n in range(3)]


def test_a_dedicated_server_runs_what_is_for_everyone_although_it_is_no_player() -> None:
    with lab(2, dedicated=True) as it:
        it.clients[0].room.count.send(1)
        it.run(1)
        assert [len(net.room.notes) for net in it.sessions] == [1, 1, 1]


def test_a_call_to_an_owner_goes_by_way_of_the_host_and_its_answer_comes_back() -> None:
    with lab(2) as it:
        first, second = it.clients
        ship = first.spawn(Ship(name="Beagle"))
        it.until(lambda: second.all(Ship))
        calls = [net.get(ship).hail.call("hi") for net in it.sessions]  # type: ignore[union-attr]
        it.until(lambda: all(call.done for call in calls))
        assert [call.value for call in calls] == ["Beagle heard hi"] * 3
        assert not replica(it.host).router._passed_on


def test_a_call_to_one_chosen_peer_is_answered_by_it() -> None:
    with lab(2) as it:
        first = it.clients[0]
        calls = [first.room.whisper.to(peer(first, net)).call(n) for n, net in enumerate(it.sessions)]
        it.until(lambda: all(call.done for call in calls))
        assert [call.value for call in calls] == [0, 1, 2]
        assert [net.room.notes for net in it.sessions] == [[("client 1", n)] for n in range(3)]


def test_calls_made_before_joining_arrive_after_it() -> None:
    calls: dict[str, Any] = {}

    def setup(net: gn.Session[Arena]) -> None:
        calls[net.me.name] = net.room.say.call("early")
        ship = net.spawn(Ship(name="s"))
        calls[f"{net.me.name}'s ship"] = ship.hail.call("me")

    with lab(1, setup=setup, link="perfect") as it:
        it.until(lambda: all(call.done for call in calls.values()))
        assert {name: call.error or call.value for name, call in calls.items()} == {
            "host": 5,
            "host's ship": "s heard me",
            "client 1": 5,
            "client 1's ship": "s heard me",
        }
        assert it.clients[0].state == "joined"


# ----------------------------------------------------------------------------------------------- exactly once, in order


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1000), st.sampled_from(["fair", "poor", "terrible"]), st.integers(1, 3))
def test_every_call_arrives_exactly_once_and_each_caller_s_in_its_order(seed: int, link: str, clients: int) -> None:
    with lab(clients, seed=seed, link=link) as it:
        sent = dict.fromkeys(it.sessions, 0)

        def call(net: gn.Session[Arena]) -> None:
            if sent[net] < 20:
                net.room.count.send(sent[net])
                sent[net] += 1

        it.run(1, call)
        it.until(lambda: all(len(net.room.notes) >= 20 * len(it.sessions) for net in it.sessions), seconds=60)
        it.run(1)
        for net in it.sessions:
            for caller in net.peers:
                assert [number for name, number in net.room.notes if name == caller.name] == list(range(20))
        others = [[note for note in net.room.notes if note[0] != net.me.name] for net in it.sessions]
        for a in others:  # one order for all: the host's
            for b in others:
                common = {name for name, _ in a} & {name for name, _ in b}
                assert [note for note in a if note[0] in common] == [note for note in b if note[0] in common]


def test_what_a_call_names_exists_when_it_arrives() -> None:
    with lab(2, link="terrible", seed=3) as it:
        met = 0

        def host(net: gn.Session[Arena]) -> None:
            nonlocal met
            if net.is_host and met < 20:
                rock = net.spawn(Rock(label=f"rock {met}"))
                net.room.meet.send(rock, net.peers[met % 3])
                rock.label = "renamed"
                met += 1

        it.run(1, host)
        it.until(lambda: all(len(net.room.notes) == 20 for net in it.clients), seconds=60)
        names = [p.name for p in it.host.peers]
        for client in it.clients:
            assert [who for _, who in client.room.notes] == [names[n % 3] for n in range(20)]
            assert all(label.startswith("r") for label, _ in client.room.notes)


def test_an_answer_comes_after_the_structure_that_its_call_caused() -> None:
    with lab(link="poor", seed=2) as it:
        client = it.clients[0]
        for n in range(5):
            call = client.room.build.call(f"house {n}")
            it.until(lambda: call.done)  # noqa: B023
            assert call.error == ""
            assert isinstance(call.value, Rock)
            assert call.value is client.all(Rock)[-1]
            assert call.value.label == f"house {n}"


def test_a_call_on_what_has_no_name_yet_waits_for_it() -> None:
    with lab(2) as it:
        client = it.clients[0]
        ship = client.spawn(Ship(name="new"))
        ship.flash.send(3)
        it.until(lambda: all(("flash", "client 1", 3) in net.room.notes for net in it.sessions))
        it.run(1)
        assert [len(net.room.notes) for net in it.sessions] == [1, 1, 1]


# ------------------------------------------------------------------------------------------------------ errors and ends


def test_refusals_and_mistakes_are_sentences(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as it:
        room = it.clients[0].room
        refused, failed = room.say.call("  "), room.fail.call()
        it.until(lambda: refused.done and failed.done)
        assert (refused.error, failed.error) == ("say something", "failed")
        with pytest.raises(gn.Refused, match="say something"):
            _ = refused.value
        assert "a mistake of the game" in caplog.text


def test_then_is_called_inside_a_frame_in_every_case() -> None:
    heard: list[Any] = []
    with lab() as it:
        client = it.clients[0]
        for call in (client.room.say.call("hello"), client.room.say.call(" "), client.room.fail.call()):
            call.then(lambda done: heard.append((done.error, client._in_frame)))
        it.until(lambda: len(heard) == 3)
        assert sorted(heard) == [("", True), ("failed", True), ("say something", True)]


def test_without_an_answer_a_call_ends_after_its_time() -> None:
    with lab() as it:
        client = it.clients[0]
        usual, short = client.room.say.call("a"), client.room.say.within(0.5).call("b")
        it.cut(client)
        start = it.clock.now()
        it.until(lambda: short.done, seconds=1)
        assert 0.45 < it.clock.now() - start < 0.6
        it.until(lambda: usual.done, seconds=6)
        assert 4.9 < it.clock.now() - start < 5.1
        assert (short.error, usual.error) == ("no answer within 0.5 s", "no answer within 5 s")


def test_more_calls_than_the_rate_allows_are_refused_and_the_host_s_are_not_counted() -> None:
    with lab() as it:
        calls = [it.clients[0].room.say.call(str(n)) for n in range(8)]
        its = [it.host.room.say.call(str(n)) for n in range(40)]
        it.until(lambda: all(call.done for call in calls + its))
        assert [bool(call.error) for call in calls] == [False] * 5 + [True] * 3
        assert calls[-1].error == "say: more than 5 calls a second"
        assert not any(call.error for call in its)
        it.run(1)
        again = it.clients[0].room.say.call("later")
        it.until(lambda: again.done)
        assert again.error == ""


def test_what_was_sent_in_vain_is_said_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as it:
        for n in range(20):
            it.clients[0].room.say.send(str(n))
        it.run(1)
        assert len([r for r in caplog.records if "say: more than 5 calls a second" in r.message]) == 1


def test_a_receiver_that_leaves_ends_the_calls_that_wait_for_it() -> None:
    with lab(2) as it:
        first, second = it.clients
        ship = second.spawn(Ship())
        it.until(lambda: first.all(Ship))
        it.cut(second)
        mine, hosts = first.get(ship).hail.within(60).call("x"), it.host.get(ship).hail.within(60).call("x")  # type: ignore[union-attr]
        it.until(lambda: mine.done and hosts.done, seconds=40)
        assert (mine.error, hosts.error) == ("client 2 left", "client 2 left")


def test_a_call_on_what_goes_meanwhile_is_answered_with_that() -> None:
    with lab() as it:
        ship = it.clients[0].spawn(Ship())
        it.until(lambda: it.host.all(Ship))
        call = ship.scuttle.call()
        late = ship.scuttle.call()
        it.until(lambda: call.done and late.done)
        assert (call.error, late.error) == ("", "what it was called on is gone")
        brief = it.clients[0].spawn(Ship())
        waiting = brief.scuttle.call()
        it.clients[0].despawn(brief)
        it.until(lambda: waiting.done)
        assert waiting.error == "it was despawned"


def test_arguments_that_name_what_is_gone_are_an_error_and_no_attack() -> None:
    with lab() as it:
        client = it.clients[0]
        rock = it.host.spawn(Rock())
        it.until(lambda: client.all(Rock))
        call = client.room.touch.call(client.all(Rock)[0])
        it.host.despawn(rock)
        it.until(lambda: call.done)
        assert call.error.startswith("touch: ")
        assert client.state == "joined"


def test_a_room_that_begins_anew_ends_open_calls_with_moved() -> None:
    with lab(2) as it:
        first = it.clients[0]
        ship = it.clients[1].spawn(Ship())
        it.until(lambda: first.all(Ship))
        it.cut(it.clients[1])
        call = first.get(ship).hail.within(60).call("x")  # type: ignore[union-attr]
        it.run(0.5)
        it.host.room.reset()
        it.until(lambda: call.done)
        assert call.error == "moved"


def test_closing_ends_open_calls() -> None:
    with lab() as it:
        call = it.clients[0].room.say.within(60).call("x")
        it.host.close()
        it.until(lambda: it.clients[0].state == "closed")
        it.step()
        assert call.done
        assert call.error


# ---------------------------------------------------------------------------------------------------- the caller's line


def test_what_one_may_not_call_raises_in_that_line() -> None:
    with lab(2) as it:
        first, second = it.clients
        ship = first.spawn(Ship())
        it.until(lambda: second.all(Ship))
        with pytest.raises(gn.NotAuthoritative, match="only its owner may call"):
            second.get(ship).flash.send(1)  # type: ignore[union-attr]
        with pytest.raises(gn.NotAuthoritative, match="only the host may call"):
            second.room.meet.send(Rock(), second.me)
        with pytest.raises(gn.BadArgument, match="one receiver"):
            second.room.count.call(1)
        with pytest.raises(gn.BadArgument, match="send"):
            second.room.say("hi")  # type: ignore[operator]
        with pytest.raises(gn.BadArgument, match="characters"):
            second.room.say.send("x" * 21)


def test_more_arguments_than_a_message_holds_raise_in_the_caller_s_line() -> None:
    with lab() as it:
        with pytest.raises(gn.BadArgument, match="the arguments take"):
            it.clients[0].room.deep.send([[1 << 40] * 1000] * 100)
        call = it.clients[0].room.deep.call([[1] * 1000] * 50)
        it.until(lambda: call.done)
        assert call.value == 50_000


# ----------------------------------------------------------------------------------------------------------- cheats


def test_what_one_may_not_call_is_refused_by_the_host_too() -> None:
    with lab(2) as it:
        first, cheat = it.clients
        ship = first.spawn(Ship())
        it.until(lambda: cheat.all(Ship))
        number = Ship.__gamenet__.rpcs["flash"].number
        smuggle(cheat, op.Invoke(0, cheat.me.id, ship.id or 0, number, 0, 0.0, None, [1]))
        it.run(1)
        assert [net.room.notes for net in it.sessions] == [[], [], []]
        assert cheat.state == "joined"  # its ownership may just have ended


def test_an_answer_from_who_was_not_asked_is_ignored_and_counted() -> None:
    with lab(2) as it:
        first, cheat = it.clients
        ship = first.spawn(Ship(name="s"))
        it.until(lambda: cheat.all(Ship))
        call = it.host.get(ship).hail.call("x")  # type: ignore[union-attr]
        passed = cheat.get(ship).hail.call("y")  # type: ignore[union-attr]
        it.step()
        smuggle(cheat, *(op.Answer(n, True, "forged") for n in range(1, 5)))
        smuggle(cheat, *(op.Answer(router.PASSED_ON | n, True, "forged") for n in range(1, 5)))
        it.until(lambda: call.done and passed.done)
        assert (call.value, passed.value) == ("s heard x", "s heard y")
        assert it.host.stats.forged >= 1


def test_a_call_with_a_number_to_several_runs_nowhere() -> None:
    with lab(2) as it:
        cheat = it.clients[0]
        number = Arena.__gamenet__.rpcs["count"].number
        smuggle(cheat, op.Invoke(9, cheat.me.id, 0, number, 0, 0.0, None, [1]))
        it.run(1)
        assert [net.room.notes for net in it.sessions] == [[], [], []]
        assert not replica(it.host).router._passed_on


def test_who_never_answers_is_forgotten_by_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "FORGOTTEN_AFTER", 2.0)
    with lab(2) as it:
        first, silent = it.clients
        ship = silent.spawn(Ship())
        it.until(lambda: first.all(Ship))
        monkeypatch.setattr(replica(silent).router, "invoked", lambda *what: None)
        calls = [first.get(ship).hail.within(1).call("x") for _ in range(5)]  # type: ignore[union-attr]
        it.run(1)
        assert len(replica(it.host).router._passed_on) == 5
        it.run(3)
        assert not replica(it.host).router._passed_on
        assert {call.error for call in calls} == {"no answer within 1 s"}


def test_a_caller_s_tick_and_moment_travel_with_its_call() -> None:
    with lab() as it:
        client = it.clients[0]
        it.run(1)
        tick, seen = client.tick, world(client).seen
        call = client.room.when.call()
        it.until(lambda: call.done)
        assert call.value == [tick, seen]
        assert tick - 60 < seen < tick
