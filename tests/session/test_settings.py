"""What a participant brings, when nothing is said."""

from __future__ import annotations

import dataclasses

import pytest

from gamenet.session.settings import Settings


def test_without_a_word_everybody_fits() -> None:
    settings = Settings()
    assert settings.judge(b"anything") == "" and (settings.tick_rate, settings.send_rate) == (60, 20)
    assert settings.max_peers == 16 and not settings.dedicated


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().name = "Ada"  # type: ignore[misc]
