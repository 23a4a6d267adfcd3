"""Alembic environment: uses the connection that tenants/store/migrations.py passes."""

from __future__ import annotations

from alembic import context

from tenants.store.tables import metadata


def run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
