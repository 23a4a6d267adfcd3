"""Runs tenants' bots: supervisor, ingest, admission, inbox and lease."""
