"""Tests of this folder need routers of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nat.laboratory import why_not

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what is here where there can be no laboratory, and says why."""
    ours = [item for item in items if HERE in item.path.parents]
    if ours and (reason := why_not()):
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=reason))
