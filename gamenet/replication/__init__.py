"""Replication: entities, snapshots, RPCs. Links are unknown here: it knows entities, ticks and bytes."""
