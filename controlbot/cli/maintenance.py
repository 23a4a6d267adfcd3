"""The operator's commands: prepare, migrate, rotate keys, verify the audit log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from controlbot.master_key import KeyProvider, key_provider
from controlbot.settings import Settings, sqlite_file
from tenants.domain.errors import PlatformError
from tenants.runner.process.lease import LEASE, ProcessLease
from tenants.security.audit_chain import Audit, Head
from tenants.security.key_rotation import KeyRotation
from tenants.security.vault import Vault
from tenants.services import open_database
from tenants.store import Database, migrations
from tenants.support.clock import SystemClock

LEASE_TTL = 15.0
"""Seconds; used only where the lease has to be renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorContext:
    """The database, its keys and the vault, opened for one command."""

    db: Database
    keys: KeyProvider
    vault: Vault


class NoDataHere(PlatformError):
    """A command that needs data was called where there is none. Params: ``where``."""

    code = "no_data_here"


class SchemaOutdated(PlatformError):
    """The schema has another version. Params: ``found``, ``wanted``."""

    code = "schema_outdated"


@contextlib.asynccontextmanager
async def operator_context(settings: Settings) -> AsyncIterator[OperatorContext]:
    """The database, created or migrated where needed, and unlocked, under the process lease.

    Raises:
        VaultError: the master key is missing or not the right one.
        AlreadyRunning: the platform runs.
    """
    keys, clock = key_provider(settings), SystemClock()
    await keys.require_usable()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        db = await open_database(settings.database, keys, clock, claim=_claim(stack))
        stack.push_async_callback(db.close)
        yield await _unlocked(db, keys)


@contextlib.asynccontextmanager
async def existing(settings: Settings) -> AsyncIterator[OperatorContext]:
    """The existing database, unlocked; the platform may be running. Creates nothing.

    Raises:
        NoDataHere, SchemaOutdated.
        VaultError: the master key is missing or not the right one.
    """
    await require_data(settings)
    db = await Database.open(settings.database)
    try:
        yield await _unlocked(db, key_provider(settings))
    finally:
        await db.close()


async def require_data(settings: Settings) -> None:
    """Check that there is data of this version. Creates nothing.

    Raises:
        NoDataHere, SchemaOutdated.
    """
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        raise NoDataHere(where=file.parent)
    found = await migrations.current(settings.database)
    if found is None:
        raise NoDataHere(where=file or "this database")
    if found != migrations.newest():
        raise SchemaOutdated(found=found, wanted=migrations.newest())


async def _unlocked(db: Database, keys: KeyProvider) -> OperatorContext:
    vault = Vault(keys, SystemClock())
    async with db.write() as uow:
        await vault.unlock(uow)
    return OperatorContext(db=db, keys=keys, vault=vault)


def _claim(stack: contextlib.AsyncExitStack) -> Callable[[Database], Awaitable[None]]:
    """Prevent the platform from starting while the schema changes."""

    async def claim(db: Database) -> None:
        lease = ProcessLease(db, SystemClock(), ttl=LEASE_TTL, margin=LEASE_TTL / 5)
        stack.push_async_callback(lease.release)
        await lease.claim(LEASE)

    return claim


def prepare(settings: Settings) -> None:
    """Create what a first start would create."""

    async def work() -> None:
        async with operator_context(settings) as kept:
            click.echo(f"The database is ready. The master key is in {kept.keys.where}.")
            click.echo("Back that key up, away from the database. `controlbot run` starts.")

    asyncio.run(work())


def migrate(settings: Settings) -> None:
    """Migrate the database to this version."""

    async def work() -> None:
        async with operator_context(settings):
            pass

    asyncio.run(work())
    click.echo(f"The database is at {migrations.newest()}.")


def rotate_keys(settings: Settings) -> None:
    """Re-encrypt every tenant's key with a new master key, with a progress bar."""

    async def work(show: Callable[[int, int], None]) -> None:
        async with existing(settings) as kept:
            done = await KeyRotation(kept.db, kept.keys, kept.vault).run(show)
            key_id, _ = await kept.keys.current()
        click.echo(f"{done} keys are under master key {key_id} now. Back it up.")

    _with_progress("Wrapping keys", work)


def verify_audit(settings: Settings, anchor: str | None = None) -> None:
    """Verify the audit log; with ``anchor``, a head kept elsewhere, check that it is part of it.

    Raises:
        AuditBroken: an entry was changed, removed or cut off.
        click.BadParameter: the anchor is malformed.
    """
    try:
        kept_head = Head.parse(anchor) if anchor else None
    except ValueError:
        raise click.BadParameter("expected what --head printed") from None

    async def work(show: Callable[[int, int], None]) -> None:
        async with existing(settings) as kept, kept.db.read() as uow:
            head = await Audit(kept.vault, SystemClock()).verify(
                uow, anchor=kept_head, progress=show
            )
        click.echo(f"The record is whole: {head.sequence} entries.")

    _with_progress("Reading the record", work)


def print_head(settings: Settings) -> None:
    """Print the audit log's head, to be kept elsewhere."""

    async def work() -> None:
        async with existing(settings) as kept, kept.db.read() as uow:
            click.echo(str(await Audit(kept.vault, SystemClock()).head(uow)))

    asyncio.run(work())


def backup(settings: Settings, target: Path) -> None:
    """Copy the current database into a new file, readable by its owner only.

    ``VACUUM INTO`` reads one state of a busy database; SQLite's online backup starts again
    after every write. https://www.sqlite.org/lang_vacuum.html#vacuuminto
    """
    file = sqlite_file(settings)
    if file is None:
        raise click.ClickException("The database is PostgreSQL: use pg_dump.")
    if target.exists():
        raise click.ClickException(f"{target} is there already; choose another name.")
    if not file.exists():
        raise NoDataHere(where=file.parent)
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(file)) as driver:
            driver.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise click.ClickException(f"The copy could not be made: {error}") from None
    click.echo(f"Copied to {target}. Keep it apart from the master key, which it needs.")


def _with_progress(
    title: str, work: Callable[[Callable[[int, int], None]], Coroutine[Any, Any, None]]
) -> None:
    """Run ``work`` with a progress bar, shown on a terminal only."""
    with Progress(transient=True, disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task(title, total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        asyncio.run(work(show))
