"""From others to this peer: rows applied, structure read, what is drawn between two snapshots."""
