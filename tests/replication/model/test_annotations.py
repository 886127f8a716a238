from __future__ import annotations

import enum
from typing import Annotated, Any, Optional, get_args

import pytest

from gamenet.replication.model.annotations import Names, is_library, names_around, resolve, written
from gamenet.replication.model.entity import Entity
from gamenet.replication.model.fields import FieldDeclaration, text

HERE = Names(globals(), {})


class Plain:
    x: float
    y: Undefined  # type: ignore[name-defined] # noqa: F821


def test_a_name_that_is_unknown_harms_its_own_annotation_only() -> None:
    found = written(Plain)
    assert list(found) == ["x", "y"]
    assert resolve(found["x"], HERE) is float
    with pytest.raises(NameError):
        resolve(found["y"], HERE)


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (int, int),
        ("int", int),
        ("Optional[int]", Optional[int]),  # noqa: UP045
        ("int | None", int | None),
        (list["int"], list[int]),
        ("list[list['int']]", list[list[int]]),
    ],
)
def test_text_and_types_mean_the_same(annotation: Any, kind: Any) -> None:
    assert resolve(annotation, HERE) == kind


def test_what_annotated_says_is_kept() -> None:
    kind = resolve("Annotated[str, text(longest=3)]", Names({**globals(), "text": text}, {}))
    assert isinstance(get_args(kind)[1], FieldDeclaration)
    assert get_args(kind) == get_args(Annotated[str, text(longest=3)])


def test_an_annotation_sees_the_names_of_the_function_that_its_class_is_made_in() -> None:
    class Team(enum.Enum):
        RED = 1

    class Ship(Entity):
        team: Team = Team.RED

    assert Ship.__gamenet__.fields["team"].members == (Team.RED,)


def test_an_annotation_sees_its_own_class() -> None:
    assert resolve("Plain", names_around(Plain)) is Plain


def test_only_gamenet_is_the_library() -> None:
    assert is_library(Entity)
    assert not is_library(Plain)
