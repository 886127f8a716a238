"""The open library that the soaks of gamenet.sockets ask for."""

from __future__ import annotations

from tests.sockets.conftest import net

__all__ = ["net"]
