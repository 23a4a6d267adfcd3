"""Alembic's way in: works on the connection that tenants/store/migrations.py hands over."""

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
