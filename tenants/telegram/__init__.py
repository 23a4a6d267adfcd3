"""Bot API client: shared HTTP sessions, send limits, getUpdates, token probe."""
