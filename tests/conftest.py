"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# No test needs a screen or a loudspeaker. Before anything imports an engine.
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

# Speed is measured in benchmarks, never asserted here. An example that failed once is kept and tried again.
settings.register_profile("gamenet", deadline=None, print_blob=True)
settings.load_profile("gamenet")
