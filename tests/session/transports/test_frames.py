"""What transports say to each other themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.session.transports.frames import FRAMES, Call, Calling, Frame, Took, open_signal, wrap_signal


@pytest.mark.parametrize("frame", [Call(7), Calling("str:a/0", "str:b/2"), Took(2**40)])
def test_a_frame_survives_the_wire(frame: Frame) -> None:
    assert FRAMES.decode(FRAMES.encode(frame)) == frame


@given(st.binary())
def test_a_signal_of_the_librarys_is_carried_as_it_is(data: bytes) -> None:
    assert open_signal(wrap_signal(data)) == data


def test_only_call_me_is_a_signal_of_our_own() -> None:
    assert open_signal(FRAMES.encode(Call(3))) == Call(3)
    assert open_signal(FRAMES.encode(Took(3))) == "a frame that is no signal"


@given(st.binary())
def test_any_bytes_are_a_signal_or_what_is_wrong_with_them(data: bytes) -> None:
    assert isinstance(open_signal(data), bytes | Call | str)
    assert open_signal(b"") == "a frame that is not msgpack (ValueError)"
