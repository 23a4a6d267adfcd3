"""Ingest of updates: polling, admission, deduplication, rate limits per person."""
