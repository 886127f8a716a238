"""Nodes on a network in memory, on virtual time."""

from __future__ import annotations

import pytest

from tests.session.world import World


@pytest.fixture
def world() -> World:
    """In perfect weather."""
    return World()
