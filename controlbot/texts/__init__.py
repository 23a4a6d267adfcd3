"""Catalog texts for codes, states and audit entries."""
