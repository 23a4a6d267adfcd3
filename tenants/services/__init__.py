"""Use cases of tenants/. They depend neither on aiogram nor on SQL."""

from tenants.services.factory import Services, build_services, open_database

__all__ = ["Services", "build_services", "open_database"]
