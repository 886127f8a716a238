"""Replication: entities, snapshots, RPCs. Links and connections are unknown here: it knows entities, ticks and bytes."""
