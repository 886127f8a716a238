"""One thin module per engine; each imports its own engine, and gamenet itself imports none."""
