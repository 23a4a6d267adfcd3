"""The store: tables, repositories and the unit of work. The only place that knows SQL."""

from tenants.store.engine import Database
from tenants.store.uow import Effect, UnitOfWork

__all__ = ["Database", "Effect", "UnitOfWork"]
