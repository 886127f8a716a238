from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gamenet.errors import BadDeclaration
from gamenet.replication.model import fields


def test_a_field_function_notes_what_was_said() -> None:
    said: Any = fields.number(1, low=0, high=2, step=0.5, authority="host")
    assert said == fields.FieldDeclaration(
        "number", 1, low=0, high=2, step=0.5, smooth=False, authority="host", to="everyone"
    )


def test_coordinates_and_angles_are_smoothed_numbers_and_integers_are_not() -> None:
    said: list[Any] = [fields.coord(), fields.angle(), fields.number(), fields.integer()]
    assert [one.smooth for one in said] == [True, True, False, False]


def test_a_coordinate_takes_20_bits_unless_told_otherwise() -> None:
    said: Any = fields.coord()
    assert (said.high - said.low) / said.step == 2**20 - 1


@pytest.mark.parametrize(
    ("make", "word", "advice"),
    [
        (fields.coord, "hihg", "did you mean 'high'"),
        (fields.integer, "step", "it takes low, high"),
        (fields.number, "rate", "not built yet"),
        (fields.text, "each", "it takes longest"),
        (fields.items, "low", "it takes longest, each"),
        (fields.local, "to", "it takes factory"),
    ],
)
def test_an_unknown_keyword_is_refused_in_its_line(make: Callable[..., Any], word: str, advice: str) -> None:
    with pytest.raises(BadDeclaration, match=rf"{make.__name__}\(\) has no keyword '{word}': .*{advice}"):
        make(**{word: 1})


def test_a_method_may_watch_several_fields() -> None:
    @fields.changed("x")
    @fields.changed("y")
    def moved(self: Any, old: float, new: float) -> None: ...

    assert set(moved.__gamenet_changed__) == {"x", "y"}  # type: ignore[attr-defined]


def test_changed_without_a_name_is_refused() -> None:
    with pytest.raises(BadDeclaration, match=r'@gn.changed\("hp"\)'):
        fields.changed(lambda self, old, new: None)  # type: ignore[arg-type]
