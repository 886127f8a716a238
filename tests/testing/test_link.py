"""The weather: seeded, and as bad as it says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import BadArgument
from gamenet.testing.link import MOODS, QUEUE_SECONDS, Link, Weather, weather

links = st.builds(
    Link,
    lag_ms=st.floats(0, 300),
    jitter_ms=st.floats(0, 300),
    loss=st.floats(0, 100),
    burst=st.floats(1, 10),
    duplicate=st.floats(0, 100),
    reorder=st.floats(0, 100),
    reorder_ms=st.floats(0, 300),
    rate=st.one_of(st.just(0.0), st.floats(1000, 1e6)),
)


def packets(link: Link, count: int, every: float = 0.05, size: int = 100) -> list[list[float]]:
    """For each packet, how long each of its copies took."""
    path = Weather(link, seed=4)
    return [[arrival - i * every for arrival in path.packet(i * every, size)] for i in range(count)]


def share(flags: list[bool]) -> float:
    return 100 * sum(flags) / len(flags)


@given(links, st.integers(0, 5))
def test_the_same_seed_gives_the_same_weather_and_nothing_arrives_before_it_left(link: Link, seed: int) -> None:
    once, again = Weather(link, seed), Weather(link, seed)
    for index in range(30):
        moments = once.packet(index * 0.01, 200)
        assert moments == again.packet(index * 0.01, 200)
        assert all(moment >= index * 0.01 for moment in moments) and len(moments) <= 2


def test_another_seed_and_another_direction_are_other_weather() -> None:
    paths = weather("poor", seed=1)
    runs = [[tuple(path.packet(i / 20, 100)) for i in range(50)] for path in (paths("a", "b"), paths("b", "a"))]
    runs.append([tuple(weather("poor", seed=2)("a", "b").packet(i / 20, 100)) for i in range(1)])
    assert runs[0] != runs[1] and runs[0][0] != runs[2][0]


def test_a_perfect_link_takes_no_time_and_loses_nothing() -> None:
    assert packets(Link(), 100) == [[0.0]] * 100


def test_lag_is_one_way_and_jitter_is_around_it() -> None:
    delays = [delay for copies in packets(Link(lag_ms=100, jitter_ms=30), 2000) for delay in copies]
    assert sum(delays) / len(delays) == pytest.approx(0.1, abs=0.005)
    assert 0.07 <= min(delays) < 0.075 and 0.125 < max(delays) <= 0.13 + 1e-9


def test_jitter_alone_does_not_change_the_order() -> None:
    path = Weather(Link(lag_ms=50, jitter_ms=50), seed=1)
    arrivals = [path.packet(i * 0.002, 100)[0] for i in range(500)]
    assert arrivals == sorted(arrivals)


@pytest.mark.parametrize("burst", [1, 2, 4])
@pytest.mark.parametrize("loss", [5, 20])
def test_so_many_percent_are_lost_in_bursts_of_such_a_length(loss: float, burst: float) -> None:
    lost = [not copies for copies in packets(Link(loss=loss, burst=burst), 40_000)]
    bursts = sum(now and not before for before, now in pairwise(lost))
    assert share(lost) == pytest.approx(loss, rel=0.15)
    expected = burst if burst > 1 else 1 / (1 - loss / 100)
    assert sum(lost) / bursts == pytest.approx(expected, rel=0.1)


def test_at_a_hundred_percent_nothing_arrives() -> None:
    assert packets(Link(loss=100, burst=3), 50) == [[]] * 50


def test_so_many_percent_arrive_twice() -> None:
    assert share([len(copies) == 2 for copies in packets(Link(duplicate=10), 20_000)]) == pytest.approx(10, rel=0.1)


def test_so_many_percent_are_overtaken_by_so_long() -> None:
    delays = [copies[0] for copies in packets(Link(reorder=10, reorder_ms=70), 20_000)]
    assert {round(delay, 6) for delay in delays} == {0.0, 0.07}
    assert share([delay > 0.01 for delay in delays]) == pytest.approx(10, rel=0.1)


def test_a_slow_line_queues_and_then_drops() -> None:
    path = Weather(Link(rate=10_000), seed=1)
    arrivals = [path.packet(0.0, 1000) for _ in range(10)]
    assert [moments[0] for moments in arrivals if moments] == pytest.approx([0.1 * n for n in range(1, 7)])
    assert arrivals[6:] == [[]] * 4 and QUEUE_SECONDS == 0.5


def test_changing_one_percentage_leaves_the_fate_of_the_others() -> None:
    lost = [not copies for copies in packets(Link(loss=10), 500)]
    assert lost == [not copies for copies in packets(Link(loss=10, duplicate=50, reorder=20), 500)]


def test_the_moods_get_worse() -> None:
    links = [Link.of(mood) for mood in ("perfect", "good", "fair", "poor", "terrible")]
    assert list(MOODS.values()) == links
    for better, worse in pairwise(links):
        assert better.lag_ms < worse.lag_ms and better.jitter_ms < worse.jitter_ms and better.loss < worse.loss


def test_a_link_is_itself_or_the_mood_of_that_name() -> None:
    link = Link(lag_ms=1)
    assert Link.of(link) is link and Link.of("fair") is MOODS["fair"]
    with pytest.raises(BadArgument, match="there is no link 'awful'; there are perfect, good, fair, poor, terrible"):
        Link.of("awful")


@pytest.mark.parametrize("wrong", [{"loss": 101}, {"duplicate": -1}, {"lag_ms": -5}, {"burst": 0}, {"rate": -1}])
def test_what_no_link_can_be_is_refused(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(BadArgument, match=rf"Link\({name}="):
        Link(**wrong)


def test_lines_may_differ_by_who_is_at_their_ends() -> None:
    paths = weather(lambda source, target: "terrible" if "ada" in (source, target) else "perfect")
    assert paths("host", "ada").delay == 0.2 and paths("host", "bob").delay == 0.0
