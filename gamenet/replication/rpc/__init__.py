"""Calls between peers: declared, typed, dispatched, answered."""
