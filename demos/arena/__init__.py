"""Ships in an arena: the demo game. `python -m demos.arena --demo` shows it; rules.py holds the game, world.py the network."""
