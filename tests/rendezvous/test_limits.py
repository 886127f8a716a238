"""Rates and what they are counted by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.rendezvous.limits import Bucket, Buckets, Rate, place


def test_a_burst_is_let_through_and_then_one_at_a_time() -> None:
    bucket, rate = Bucket(), Rate(3, 2.0)
    assert [bucket.take(rate, 100.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(rate, 101.9)
    assert bucket.take(rate, 102.0)
    assert not bucket.take(rate, 102.0)
    assert [bucket.take(rate, 110.0) for _ in range(4)] == [True, True, True, False]


def test_what_costs_more_takes_more() -> None:
    bucket, rate = Bucket(), Rate(10, 1.0)
    assert bucket.take(rate, 0.0, 8)
    assert not bucket.take(rate, 0.0, 3)
    assert bucket.take(rate, 0.0, 2)


def test_asking_takes_nothing() -> None:
    bucket, rate = Bucket(), Rate(1, 1.0)
    assert bucket.has(rate, 0.0) and bucket.has(rate, 0.0) and bucket.untouched
    assert bucket.take(rate, 0.0)
    assert not bucket.has(rate, 0.0) and not bucket.untouched


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5), st.floats(0.1, 2))
def test_no_more_is_ever_let_through_than_burst_and_rate(waits: list[float], burst: int, every: float) -> None:
    bucket, now, taken = Bucket(), 0.0, 0
    for wait in waits:
        now += wait
        taken += bucket.take(Rate(burst, every), now)
    assert taken <= burst + now / every + 1e-3


def test_each_has_its_own_bucket() -> None:
    buckets = Buckets(Rate(1, 10.0))
    assert buckets.take("a", 0.0) and buckets.take("b", 0.0)
    assert not buckets.take("a", 0.0)
    assert not buckets.has("b", 0.0) and buckets.has("c", 0.0)


def test_buckets_that_are_full_again_are_forgotten() -> None:
    buckets = Buckets(Rate(1, 1.0))
    for number in range(100):
        buckets.take(number, 0.0)
    for _ in range(60):
        buckets.take("late", 5.0)
    assert len(buckets) == 1


def test_strangers_fill_no_more_than_so_many_buckets() -> None:
    buckets = Buckets(Rate(1, 1e9))
    for number in range(Buckets.MOST + 100):
        buckets.take(number, 0.0)
    assert len(buckets) == Buckets.MOST


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1:4000", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:4000", "192.0.2.1"),
        ("[2001:db8:1:2:3:4:5:6]:4000", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:ffff::1]:4001", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("somewhere", "somewhere"),
    ],
)
def test_an_address_counts_without_its_port_and_an_ipv6_one_as_its_network(address: str, counted: str) -> None:
    assert place(address) == counted
