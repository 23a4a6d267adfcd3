"""Fixtures of the ground floor."""

from tests.support.services_env import database_url, ground, sqlite_ground

__all__ = ["database_url", "ground", "sqlite_ground"]
