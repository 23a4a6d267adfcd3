"""Taking updates in: polling, admission, deduplication, floods."""
