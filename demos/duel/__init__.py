"""A duel with discs: the rules (`rules`), the shared world (`world`), its bots, its words and its picture."""
