"""The tree at the top of errors.py is the tree in the code."""

from __future__ import annotations

import re

from gamenet import errors

CLASSES = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and kind.__module__ == errors.__name__
}


def drawn() -> dict[str, str]:
    """Class name to the line that draws it."""
    lines = (errors.__doc__ or "").splitlines()
    return {found[1]: line for line in lines if (found := re.match(r"    (?:[├└]── )?(\w+)  ", line))}


def test_every_error_is_drawn_and_nothing_else() -> None:
    assert set(drawn()) == set(CLASSES)


def test_the_drawing_names_the_built_in_parent() -> None:
    for name, line in drawn().items():
        told = re.search(r"\(also (\w+)\)", line)
        parents = [base.__name__ for base in CLASSES[name].__bases__ if base.__module__ == "builtins"]
        assert parents == ([told[1]] if told else ["Exception"] if name == "GamenetError" else [])


def test_catching_the_root_catches_them_all() -> None:
    assert all(issubclass(kind, errors.GamenetError) for kind in CLASSES.values())


def test_a_refusal_keeps_the_games_reason() -> None:
    refused = errors.Refused("say something")
    assert refused.reason == str(refused) == "say something"
