"""Ingest of the control bot's updates, which are never written to disk."""
