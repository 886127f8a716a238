from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.errors import BadArgument, BadDeclaration
from gamenet.replication.model.annotations import Names
from gamenet.replication.model.fields import text
from gamenet.replication.rpc.signature import LARGEST_CALL, Signature
from gamenet.replication.rpc.types import Unfit
from tests.replication.model.homes import FakeHome

HOME = FakeHome()


def fire(
    self: Any, caller: Any, aim: float, times: int = 1, *, note: Annotated[str, text(longest=5)] = ""
) -> list[int]:
    return [times]


def only(self: Any, caller: Any, a: int, /) -> None: ...


def late(self: Any, caller: Any, what: Later) -> None: ...


def big(self: Any, caller: Any, blocks: list[bytes]) -> list[bytes]:
    return blocks


FIRE = Signature(fire)


@pytest.mark.parametrize(
    ("args", "keywords"),
    [((0.5, 3), {"note": "hi"}), ((), {"aim": 0.5, "times": 3, "note": "hi"}), ((0.5,), {"note": "hi", "times": 3})],
)
def test_arguments_bind_as_they_do_in_python(args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    assert FIRE.encode(args, keywords, HOME) == [0.5, 3, "hi"]


def test_defaults_are_filled_in_the_caller_s_line() -> None:
    assert FIRE.encode((1,), {}, HOME) == [1.0, 1, ""]


@pytest.mark.parametrize(
    ("args", "keywords", "advice"),
    [
        ((), {}, "fire needs aim"),
        ((1, 2, "hi"), {}, "fire takes aim, times, not 3 arguments"),
        ((1,), {"aim": 2}, "aim is given twice"),
        ((1,), {"power": 2}, "power is no argument"),
        (("up",), {}, "fire: aim is 'up', not a number"),
        ((1,), {"note": "too long"}, "note has 8 characters, more than 5"),
    ],
)
def test_wrong_arguments_are_named(args: tuple[Any, ...], keywords: dict[str, Any], advice: str) -> None:
    with pytest.raises(BadArgument, match=advice):
        FIRE.encode(args, keywords, HOME)


def test_a_positional_only_argument_has_no_name() -> None:
    assert Signature(only).encode((3,), {}, HOME) == [3]
    with pytest.raises(BadArgument, match="a is no argument"):
        Signature(only).encode((), {"a": 3}, HOME)


def test_arguments_too_large_altogether_are_refused() -> None:
    with pytest.raises(BadArgument, match=f"more than {LARGEST_CALL}"):
        Signature(big).encode(([bytes(30_000)] * 3,), {}, HOME)
    with pytest.raises(Unfit, match=f"more than {LARGEST_CALL}"):
        Signature(big).encode_result([bytes(30_000)] * 3, HOME)


def test_the_function_runs_with_its_keyword_arguments_where_they_belong() -> None:
    values = FIRE.decode([0.5, 3, "hi"], HOME)
    heard: list[Any] = []

    def note_down(*args: Any, **keywords: Any) -> str:
        heard.extend((args, keywords))
        return "ran"

    assert FIRE.run(note_down, "self", "caller", values) == "ran"
    assert heard == [("self", "caller", 0.5, 3), {"note": "hi"}]


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (None, "takes 3 arguments"),
        ([], "takes 3 arguments"),
        ([0.5, 1, "", 1], "takes 3 arguments"),
        ({"aim": 1}, "takes 3 arguments"),
        ([0.5, "1", ""], "times is '1', not a whole number"),
    ],
)
def test_received_arguments_that_do_not_fit_are_a_reason(received: Any, reason: str) -> None:
    with pytest.raises(Unfit, match=reason) as unfit:
        FIRE.decode(received, HOME)
    assert unfit.value.broken


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1), st.text("ab", max_size=5))
def test_what_was_bound_arrives(aim: float, times: int, note: str) -> None:
    assert FIRE.decode(FIRE.encode((aim, times), {"note": note}, HOME), HOME) == [aim, times, note]


def test_answers_are_checked_on_both_sides() -> None:
    assert FIRE.decode_result(FIRE.encode_result([1, 2], HOME), HOME) == [1, 2]
    with pytest.raises(Unfit, match="not a list"):
        FIRE.encode_result(3, HOME)
    with pytest.raises(Unfit, match="the answer is 3, not a list"):
        FIRE.decode_result(3, HOME)


def test_a_function_that_says_nothing_about_its_answer_answers_none() -> None:
    def mute(self, caller): ...  # type: ignore[no-untyped-def]

    assert Signature(mute).words == "() -> None"


# ------------------------------------------------------------------------------------------------------------ declaring


def generator(self: Any, caller: Any) -> Any:
    yield 1


async def coroutine(self: Any, caller: Any) -> None: ...


def unannotated(self, caller, power): ...  # type: ignore[no-untyped-def]


def callerless(self: Any, power: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda self: None, r"begins with \(self, caller: gn.Caller"),
        (lambda self, caller, *rest: None, r"no \*args"),
        (lambda self, caller, **rest: None, r"no \*args"),
        (unannotated, "power has no annotation: write `power: int`"),
        (callerless, r"begins with \(self, caller: gn.Caller, …\); here power: int comes first"),
        (generator, "without yield, async or await"),
        (coroutine, "without yield, async or await"),
        (len, "for a method, written with def"),
    ],
)
def test_a_method_that_cannot_be_called_from_afar_is_refused(function: Callable[..., Any], advice: str) -> None:
    with pytest.raises(BadDeclaration, match=advice):
        Signature(function)


def test_an_annotation_may_name_what_is_defined_later() -> None:
    def early(self: Any, caller: Any, what: NotYet) -> None: ...  # type: ignore[name-defined] # noqa: F821

    signature = Signature(early)
    signature.look_up_in(Names({}, {}))
    with pytest.raises(BadDeclaration, match=r"early.*name 'NotYet' is not defined"):
        signature.resolve()
    assert [kind.words for kind in Signature(late).kinds] == ["float"]


def test_an_annotation_that_cannot_be_sent_is_refused_at_once() -> None:
    def wrong(self: Any, caller: Any, what: complex) -> None: ...

    def worse(self: Any, caller: Any) -> set[int]: ...  # type: ignore[empty-body]

    with pytest.raises(BadDeclaration, match=r"wrong\(what\): complex cannot be sent"):
        Signature(wrong).look_up_in(Names({}, {}))
    with pytest.raises(BadDeclaration, match=r"worse\(return\): set.* cannot be sent"):
        Signature(worse).look_up_in(Names({}, {}))


Later = float
