"""Sphinx with MyST: every page is Markdown. `./dev docs` builds it, and a warning is an error."""

from __future__ import annotations

import gamenet

project = "gamenet"
author = "the gamenet contributors"
copyright = f"2026, {author}"
version = release = gamenet.__version__

extensions = ["myst_parser", "sphinxcontrib.mermaid"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_fence_as_directive = ["mermaid"]  # pictures of states, drawn from the tables; the browser renders them
myst_heading_anchors = 3  # page.md#a-heading links down to ###

nitpicky = True
html_theme = "alabaster"
html_theme_options = {"description": "Multiplayer for pygame and arcade", "page_width": "1080px"}
