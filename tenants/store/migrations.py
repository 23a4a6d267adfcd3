"""Migrates the schema, from source or from an installed package.

All pending revisions run in one transaction (both databases roll back DDL), in one process at
a time: the schema is either the old or the new one.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tenants.store.advisory_locks import Purpose, lock_key
from tenants.store.database import Database, make_folder, normalise, prepare_sqlite
from tenants.store.tables import metadata

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "migrations"
_VERSION: Final = "alembic_version"


async def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up to ``revision``; does nothing when the schema is already there."""
    async with _connected(url) as connection:
        await connection.run_sync(_run, lambda config: command.upgrade(config, revision))
        await _check_references(connection)


async def downgrade(url: str, revision: str) -> None:
    """Migrate down to ``revision`` (``base``: to an empty database)."""
    async with _connected(url) as connection:
        await connection.run_sync(_run, lambda config: command.downgrade(config, revision))
        await _check_references(connection)


async def current(url: str) -> str | None:
    """The database's revision."""
    async with _connected(url) as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


def newest() -> str | None:
    """The revision that this version of the program needs."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


async def differences(url: str) -> list[Any]:
    """Differences between the migrated schema and the tables; empty when they agree."""

    def compare(sync: Connection) -> list[Any]:
        context = MigrationContext.configure(sync, opts={"compare_server_default": False})
        return list(compare_metadata(context, metadata))

    async with _connected(url) as connection:
        return await connection.run_sync(compare)


async def new_revision(url: str, message: str) -> None:
    """Generate the next revision's file from the tables' differences. For developers."""
    async with _connected(url) as connection:
        await connection.run_sync(
            _run, lambda config: command.revision(config, message, autogenerate=True)
        )


async def has_schema(db: Database) -> bool:
    """Whether the database was ever migrated."""
    async with db.read() as uow:
        return await uow.connection.run_sync(lambda sync: inspect(sync).has_table(_VERSION))


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that excludes other migrations, committed at the end of the block."""
    parsed = normalise(url)
    engine = create_async_engine(parsed, poolclass=NullPool, hide_parameters=True)
    if parsed.get_backend_name() == "sqlite":
        make_folder(parsed)
        # Batch mode drops and renames whole tables, which must not cascade.
        prepare_sqlite(engine, begin="BEGIN IMMEDIATE", pragmas=("foreign_keys=OFF",))
    try:
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                key = lock_key(Purpose.MIGRATION)
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({key})"))
            yield connection
    finally:
        await engine.dispose()


def _run(sync: Connection, step: Callable[[Config], object]) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = sync
    step(config)


async def _check_references(connection: AsyncConnection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    if broken:
        raise RuntimeError(f"the migration left {len(broken)} references to missing rows")
