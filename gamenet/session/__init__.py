"""Peers, rooms, links and bytes. Entities are unknown here; time is handed in; what happened is handed up."""
