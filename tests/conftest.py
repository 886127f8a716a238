"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# What tests host is announced on this machine alone; in network namespaces of their own tests say otherwise.
os.environ["GAMENET_LAN"] = "loopback"

# No test needs a screen or a loudspeaker. Before anything imports an engine.
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

# Speed is measured in benchmarks, never asserted here. The same examples each time, so that a red suite means a change;
# GAMENET_EXPLORE=1 looks for new ones, and keeps what failed.
EXPLORE = os.environ.get("GAMENET_EXPLORE", "") not in ("", "0")
settings.register_profile("gamenet", deadline=None, print_blob=True, derandomize=not EXPLORE)
settings.load_profile("gamenet")
