"""When ticks are due: the host's by its clock, a follower's a little before the host needs them."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gamenet as gn
from gamenet.rhythm import MOST_TICKS, Follower, Rhythm
from gamenet.testing import Lab


@given(gaps=st.lists(st.floats(0, 0.08), max_size=200))
def test_short_frames_of_any_length_lose_and_double_no_tick(gaps: list[float]) -> None:
    rhythm, now = Rhythm(60, 5.0), 5.0
    ran: list[int] = []
    for gap in gaps:
        now += gap
        ran += rhythm.advance(now)
    assert ran == list(range(1, rhythm.tick + 1))
    assert rhythm.tick == pytest.approx((now - 5.0) * 60, abs=1)
    assert 0 <= rhythm.fraction <= 1


@given(gaps=st.lists(st.floats(0, 30), max_size=50))
def test_a_frame_runs_at_most_five_ticks_and_numbers_follow_the_clock_whatever_was_left_out(gaps: list[float]) -> None:
    rhythm, now, last = Rhythm(60, 0.0), 0.0, 0
    for gap in gaps:
        now += gap
        due = rhythm.advance(now)
        assert len(due) <= MOST_TICKS
        assert not due or (due[0] > last and due[-1] == rhythm.tick)
        last = rhythm.tick
    assert rhythm.tick == pytest.approx(now * 60, abs=1)


def test_a_clock_that_goes_back_stops_ticks_and_turns_none_back() -> None:
    rhythm = Rhythm(60, 10.0)
    rhythm.advance(11.0)
    assert rhythm.advance(9.0) == range(61, 61)
    assert rhythm.tick == 60


def test_a_pause_takes_no_number() -> None:
    rhythm = Rhythm(60, 0.0)
    rhythm.advance(1.0)
    assert not rhythm.advance(5.0, paused=True)
    assert list(rhythm.advance(5.0 + 2.5 / 60)) == [61, 62]


def test_a_follower_that_has_not_heard_of_the_host_has_no_ticks() -> None:
    follower = Follower(60, 0.0, 3)
    assert not follower.advance(9.0) and follower.tick == 0


def test_a_follower_starts_at_the_hosts_tick_and_runs_nothing_of_what_was_before_it_came() -> None:
    follower = Follower(60, 0.0, 3)
    follower.follow(10_000.0, 0.1)
    due = follower.advance(0.016)
    assert due[0] > 10_000 and len(due) <= MOST_TICKS


@given(seed=st.integers(0, 2**32), jitter=st.floats(0, 0.2), ping=st.floats(0, 0.4))
def test_a_followers_ticks_never_go_back_and_never_repeat_whatever_it_hears(
    seed: int, jitter: float, ping: float
) -> None:
    chance = random.Random(seed)
    follower, ran, now = Follower(60, 0.0, 3), [0], 0.0
    for _ in range(300):
        now += chance.uniform(0, 0.05)
        if chance.random() < 0.9:
            follower.follow(now * 60 + chance.uniform(-jitter, jitter) * 60 + chance.choice([0, 0, 0, 500, -40]), ping)
        if chance.random() < 0.3:
            follower.early(chance.randint(-127, 127))
        ran += follower.advance(now)
        assert follower.tick >= ran[-1]
    assert all(before < after for before, after in itertools.pairwise(ran))


class Tank(gn.Entity, authority="owner"):
    x: float = 0.0


@pytest.mark.parametrize("link", ["good", "fair", "poor"])
def test_what_a_client_sends_for_a_tick_comes_a_little_before_the_host_runs_it(link: str) -> None:
    """Early enough to be interpolated at its tick, and not so early that it is played late."""
    with Lab(clients=2, link=link, seed=5) as lab:
        for net in lab.clients:
            net.spawn(Tank())
        lab.run(10)
        early: list[int] = []
        conductor = lab.host._conductor
        note = conductor._note_early

        def noting(message: object) -> None:
            early.append(message.tick - conductor.rhythm.tick - 1)  # type: ignore[attr-defined,union-attr]
            note(message)  # type: ignore[arg-type]

        conductor._note_early = noting  # type: ignore[method-assign,assignment]

        def drive(net: gn.Session) -> None:
            for tank in net.all(Tank):
                if tank.mine:
                    tank.x += 1

        lab.run(20, drive)
        ordered = sorted(early)
        late = sum(1 for ticks in early if ticks < 0) / len(early)
        assert len(early) > 200
        assert late < 0.05, (late, ordered[:10])
        assert ordered[len(ordered) // 2] * 1000 / 60 < {"good": 120, "fair": 220, "poor": 300}[link]


@pytest.mark.parametrize("link", ["good", "fair", "poor", "terrible"])
def test_a_clients_ticks_run_on_time_in_any_weather(link: str) -> None:
    with Lab(clients=1, link=link, seed=9) as lab:
        lab.run(5)
        net, ran = lab.clients[0], list[int]()
        net.each_tick(lambda dt: ran.append(net._conductor.current.replica.world.tick))
        lab.run(20)
        assert all(before < after for before, after in itertools.pairwise(ran))
        assert 20 * 60 * 0.97 < len(ran) < 20 * 60 * 1.03
        assert ran[-1] > lab.host.tick - 5
