"""Small tools without knowledge of tenants: clock, tasks, rate limits, metrics."""
