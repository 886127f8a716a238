"""Replication on one recorded world, beside its peers: bytes, time, memory."""
