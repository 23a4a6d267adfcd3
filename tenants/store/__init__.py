"""The store: tables, repositories and the unit of work. The only package with SQL."""

from sqlalchemy.exc import SQLAlchemyError as StoreError

from tenants.store.database import Database, normalise
from tenants.store.unit_of_work import Effect, UnitOfWork

__all__ = ["Database", "Effect", "StoreError", "UnitOfWork", "normalise"]
