"""Ships in an arena, the demo game: `python -m demos.arena --demo`. rules.py is the game, world.py its network."""
