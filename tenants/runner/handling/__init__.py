"""Handling queued updates: per chat in order, retries, dead letters."""
