"""The shown moment: close behind, never back, never with a jump."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamenet.replication.incoming.interpolation import JUMP, PACE, Timeline

RATE, INTERVAL = 60, 3
FRAME = 1 / 60


class Stream:
    """Snapshots of a sender, and what a viewer at 60 frames a second shows of them."""

    def __init__(self, lag: float = 0.05, jitter: float = 0.0, loss: float = 0.0, seed: int = 0) -> None:
        self.line = Timeline(RATE, INTERVAL)
        self.lag, self.jitter, self.loss = lag, jitter, loss
        self.dice = random.Random(seed)
        self.now, self.tick, self.number = 0.0, 0, 0
        self.on_way: list[tuple[float, int, int]] = []
        self.silent = False
        self.newest = -1

    def run(self, seconds: float) -> Iterator[float]:
        """The shown moment of every frame."""
        for _ in range(round(seconds / FRAME)):
            self.now += FRAME
            self._send()
            arrived = sorted(one for one in self.on_way if one[0] <= self.now)
            self.on_way = [one for one in self.on_way if one[0] > self.now]
            for at, tick, number in arrived:
                self.line.heard(tick, at)
                self.line.snapshot(tick, number, at)
                self.newest = max(self.newest, tick)
            moment = self.line.moment(self.now)
            if moment is not None:
                yield moment

    def _send(self) -> None:
        while self.tick < int(self.now * RATE):
            self.tick += 1
            if self.tick % INTERVAL == 0 and not self.silent:
                self.number += 1
                if self.dice.random() >= self.loss:
                    at = self.tick / RATE + self.lag + self.dice.random() * self.jitter
                    self.on_way.append((at, self.tick, self.number))

    @property
    def behind(self) -> float:
        """Ticks behind the sender as it is seen here."""
        shown = self.line.shown
        assert shown is not None
        return self.line.sender_tick(self.now) - shown


def steps(moments: list[float]) -> list[float]:
    return [b - a for a, b in itertools.pairwise(moments)]


def test_before_anything_was_heard_there_is_no_moment() -> None:
    line = Timeline(RATE, INTERVAL)
    assert (line.known, line.shown, line.moment(5.0)) == (False, None, None)


def test_on_a_perfect_link_it_is_at_most_one_and_a_half_intervals_behind() -> None:
    stream = Stream(lag=0.0)
    moments = list(stream.run(10))
    assert stream.behind <= 1.5 * INTERVAL
    assert all(step == pytest.approx(1.0, abs=0.05) for step in steps(moments)[30:])


def test_the_sample_after_the_moment_is_there_when_it_is_shown_although_they_jitter() -> None:
    stream = Stream(jitter=0.08)
    for _ in stream.run(5):
        pass
    short = sum(moment > stream.newest for moment in stream.run(20))
    assert short <= 0.03 * 20 * 60


@pytest.mark.parametrize(("jitter", "loss"), [(0.1, 0.0), (0.0, 0.15)])
def test_the_delay_grows_with_jitter_and_with_loss_and_shrinks_again(jitter: float, loss: float) -> None:
    stream = Stream()
    list(stream.run(10))
    calm = stream.line.delay
    stream.jitter, stream.loss = jitter, loss
    list(stream.run(20))
    rough = stream.line.delay
    stream.jitter = stream.loss = 0.0
    list(stream.run(20))
    assert rough > calm + 2
    assert stream.line.delay < calm + 0.5
    assert stream.behind < calm + 1


@settings(max_examples=40)
@given(
    st.integers(0, 1000),
    st.lists(
        st.tuples(st.floats(0.0, 0.4), st.floats(0.0, 0.5), st.floats(0.0, 0.5), st.booleans(), st.floats(0.1, 4.0)),
        min_size=1,
        max_size=6,
    ),
)
def test_whatever_the_weather_it_never_runs_back_and_jumps_only_to_catch_up_with_what_came(
    seed: int, weather: list[tuple[float, float, float, bool, float]]
) -> None:
    stream = Stream(seed=seed)
    last = None
    for lag, jitter, loss, silent, seconds in [(0.05, 0.0, 0.0, False, 1.0), *weather]:
        stream.lag, stream.jitter, stream.loss, stream.silent = lag, jitter, loss, silent
        for moment in stream.run(seconds):
            if last is not None:
                assert moment >= last
                if moment - last > 1 + PACE + 1e-6:
                    assert moment <= stream.newest  # never past what has come
            last = moment


def test_a_delay_that_shrinks_at_once_is_caught_up_with_at_a_quicker_pace() -> None:
    stream = Stream()
    list(stream.run(3))
    stream.jitter = 0.9 * JUMP
    moments = list(stream.run(10))
    stream.jitter = 0.0
    moments += stream.run(30)
    assert max(steps(moments)) <= 1 + PACE + 1e-6
    assert stream.behind < 1.5 * INTERVAL


def test_after_five_seconds_of_silence_it_goes_on_where_the_sender_is() -> None:
    stream = Stream()
    list(stream.run(5))
    stream.silent = True
    stood = list(stream.run(5))
    assert stood[-1] == stood[60] <= stream.newest
    stream.silent = False
    list(stream.run(1))
    assert stream.behind < 2 * INTERVAL
    assert all(step == pytest.approx(1.0, abs=0.05) for step in steps(list(stream.run(3))))


def test_a_way_that_becomes_longer_for_good_is_followed() -> None:
    stream = Stream()
    list(stream.run(5))
    stream.lag = 0.9
    moments = list(stream.run(10))
    assert min(steps(moments)) >= 0
    assert 0 < stream.behind < 2 * INTERVAL
    assert stream.newest >= moments[-1]


def test_a_sender_whose_clock_slept_is_found_again() -> None:
    line = Timeline(RATE, INTERVAL)
    for n in range(40):
        line.heard(3 * n, n / 20)
        line.snapshot(3 * n, n, n / 20)
        line.moment(n / 20)
    for n in range(40, 80):  # an hour later it goes on with the next tick
        line.heard(3 * n, 3600 + n / 20)
        line.snapshot(3 * n, n, 3600 + n / 20)
        line.moment(3600 + n / 20)
    shown = line.shown
    assert shown is not None
    assert 0 < 3 * 79 - shown < 2 * INTERVAL


def test_numbers_that_begin_anew_do_not_make_the_delay_forget_the_jitter() -> None:
    stream = Stream(jitter=0.1)
    list(stream.run(20))
    before = stream.line.delay
    stream.number = 0
    list(stream.run(5))
    assert stream.line.delay > before - 1.5


def test_several_messages_of_one_tick_count_once_and_old_ones_not_at_all() -> None:
    once, twice = Timeline(RATE, INTERVAL), Timeline(RATE, INTERVAL)
    for n in range(50):
        once.heard(3 * n, n / 20)
        once.snapshot(3 * n, n, n / 20)
        for part in range(4):
            twice.heard(3 * n, n / 20)
            twice.snapshot(3 * n, 4 * n + part, n / 20)
        twice.snapshot(max(0, 3 * n - 9), 4 * n - 12, n / 20)
    assert once.delay == twice.delay


def test_the_age_is_that_of_the_newest_message_whatever_comes_late() -> None:
    line = Timeline(RATE, INTERVAL)
    assert line.age(5.0) == 0.0
    line.heard(6, 1.0)
    line.heard(3, 1.3)
    assert line.age(1.5) == 0.5
    line.heard(9, 1.4)
    assert round(line.age(1.5), 9) == 0.1


def test_how_far_the_moment_is_behind_is_told_in_seconds() -> None:
    stream = Stream(lag=0.05, jitter=0.03)
    assert stream.line.behind == 0.0
    for _ in stream.run(3):
        assert stream.line.behind == pytest.approx(max(0.0, stream.behind) / RATE)
    assert 0.05 < stream.line.behind < 0.15
