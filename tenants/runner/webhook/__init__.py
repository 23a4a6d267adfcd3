"""Webhook mode: endpoint, paths, registration, contexts on demand."""
