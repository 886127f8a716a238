"""What arguments are seen to be before native code sees them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import pytest

from gamenet.errors import InvalidAddress
from gamenet.sockets.arguments import advising, cut, several, truth, utf8


def test_a_text_for_c_is_utf8() -> None:
    assert utf8("Größe", "name") == "Größe".encode()


@pytest.mark.parametrize(("text", "said"), [("a\ud800b", "half a character in it, at 1"), ("a\0b", "a zero in it")])
def test_what_c_cannot_have_is_named_in_the_error_that_is_wanted(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"name .*{said}"):
        utf8(text, "name")
    with pytest.raises(InvalidAddress, match=said):
        utf8(text, "identity", InvalidAddress)


def test_words_for_people_are_cut_between_characters_and_never_refused() -> None:
    assert cut("é" * 9, 5) == "éé".encode()
    assert cut("a\0b\ud800c", 9) == b"a b?c"


@pytest.mark.parametrize("values", [[1, 2], (1, 2), {1, 2}, iter([1, 2])])
def test_whatever_has_items_is_several(values: object) -> None:
    assert several(values, "connections") == [1, 2]  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [None, 5, "12", b"12", bytearray(b"12"), {1: 2}])
def test_one_is_not_several(values: object) -> None:
    with pytest.raises(TypeError, match=f"connections must be a list, not {type(values).__name__}"):
        several(values, "connections")  # type: ignore[arg-type]


def test_truth_is_true_or_false() -> None:
    assert [truth(value, "linger") for value in (True, False, 1, 0)] == [True, False, True, False]
    for value in ("no", None, 2, 1.0, []):
        with pytest.raises(TypeError, match="linger must be True or False"):
            truth(value, "linger")


@advising(KeyError)
@dataclass(frozen=True, kw_only=True, slots=True)
class Weather:
    loss: float = 0.0
    lag_ms: float = 0.0


@pytest.mark.parametrize(("wrong", "right"), [("los", "loss"), ("lag", "lag_ms"), ("LagMs", "lag_ms")])
def test_a_keyword_that_does_not_exist_is_answered_with_the_nearest_that_does(wrong: str, right: str) -> None:
    with pytest.raises(KeyError, match=f"Weather has no '{wrong}'; the nearest is '{right}'"):
        Weather(**{wrong: 1})


def test_what_gives_advice_is_a_dataclass_as_before() -> None:
    assert Weather(loss=1) == Weather(loss=1, lag_ms=0.0) != Weather()
    assert list(inspect.signature(Weather).parameters) == ["loss", "lag_ms"]
    with pytest.raises(TypeError, match="positional"):
        Weather(1)  # type: ignore[misc]
