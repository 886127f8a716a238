"""Signals that wait to be carried."""

from __future__ import annotations

from gamenet.session.transports.post import AGAIN_AFTER, MOST_WAITING, Post


def test_what_was_put_is_taken_once_in_order() -> None:
    post = Post()
    post.put(1.0, "str:a/0", b"1", twice=False)
    post.put(1.0, "str:b/0", b"2", twice=False)
    post.tend(9.0)
    assert post.take() == [("str:a/0", b"1"), ("str:b/0", b"2")]
    assert post.take() == []


def test_an_early_one_comes_again_after_fifty_milliseconds_and_no_more() -> None:
    post = Post()
    post.put(1.0, "str:a/0", b"1", twice=True)
    post.tend(1.0 + AGAIN_AFTER / 2)
    assert post.take() == [("str:a/0", b"1")]
    post.tend(1.0 + AGAIN_AFTER)
    assert post.take() == [("str:a/0", b"1")]
    post.tend(9.0)
    assert post.take() == []


def test_what_nobody_takes_does_not_grow_for_ever_and_the_newest_stay() -> None:
    post = Post()
    for number in range(MOST_WAITING + 5):
        post.put(1.0, "str:a/0", str(number).encode(), twice=False)
    taken = post.take()
    assert len(taken) == MOST_WAITING and taken[-1] == ("str:a/0", str(MOST_WAITING + 4).encode())
