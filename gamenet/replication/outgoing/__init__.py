"""From this peer to others: rows collected, structure written, messages made."""
