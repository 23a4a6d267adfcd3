"""Use cases of the ground floor. They know neither aiogram nor SQL."""

from tenants.services.factory import Services, build_services, open_database

__all__ = ["Services", "build_services", "open_database"]
