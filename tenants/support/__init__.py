"""Utilities independent of tenants: clock, background tasks, rate limits, metrics."""
