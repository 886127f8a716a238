"""Games that show what gamenet does; start with `hello_pygame.py`, go on with `python -m demos.arena --demo`."""
