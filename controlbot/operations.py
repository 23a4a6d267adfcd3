"""What the operator's commands do: prepare, migrate, rotate keys, verify the record."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import click
from rich.progress import Progress

from controlbot.master_key import KeyProvider, key_provider
from controlbot.settings import Settings
from tenants.audit import Audit, Head
from tenants.clock import SystemClock
from tenants.rotation import KeyRotation
from tenants.services import open_database
from tenants.store import Database
from tenants.store import migrate as migrations
from tenants.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The store, its keys and the vault, opened for one command."""

    db: Database
    keys: KeyProvider
    vault: Vault


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Kept]:
    """The store, migrated and unlocked.

    Raises:
        VaultError: the master key is missing or not the right one.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys, clock = key_provider(settings), SystemClock()
    db = await open_database(settings.database, keys, clock)
    try:
        vault = Vault(keys, clock)
        async with db.write() as uow:
            await vault.unlock(uow)
        yield Kept(db=db, keys=keys, vault=vault)
    finally:
        await db.close()


def prepare(settings: Settings) -> None:
    """Make what a first start would make."""

    async def work() -> None:
        async with opened(settings) as kept:
            click.echo(f"The database is ready. The master key is in {kept.keys.where}.")
            click.echo("Back that key up, away from the database. `controlbot run` starts.")

    asyncio.run(work())


def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    asyncio.run(migrations.upgrade(settings.database))
    click.echo(f"The database is at {migrations.newest()}.")


def rotate_keys(settings: Settings) -> None:
    """Wrap every tenant's key under a new master key, with a progress bar."""

    async def work(show: Callable[[int, int], None]) -> None:
        async with opened(settings) as kept:
            done = await KeyRotation(kept.db, kept.keys, kept.vault).run(show)
            key_id, _ = await kept.keys.current()
        click.echo(f"{done} keys are under master key {key_id} now. Back it up.")

    _with_progress("Wrapping keys", work)


def verify_audit(settings: Settings, anchor: str | None = None) -> None:
    """Walk the record; with ``anchor``, a head kept elsewhere, see that it is the same one.

    Raises:
        AuditBroken: an entry was changed, removed or cut off.
        click.BadParameter: the anchor is none.
    """
    try:
        kept_head = Head.parse(anchor) if anchor else None
    except ValueError:
        raise click.BadParameter("expected what --head printed") from None

    async def work(show: Callable[[int, int], None]) -> None:
        async with opened(settings) as kept, kept.db.read() as uow:
            head = await Audit(kept.vault, SystemClock()).verify(
                uow, anchor=kept_head, progress=show
            )
        click.echo(f"The record is whole: {head.sequence} entries.")

    _with_progress("Reading the record", work)


def print_head(settings: Settings) -> None:
    """Print the record's last link, to be kept elsewhere."""

    async def work() -> None:
        async with opened(settings) as kept, kept.db.read() as uow:
            click.echo(str(await Audit(kept.vault, SystemClock()).head(uow)))

    asyncio.run(work())


def _with_progress(
    title: str, work: Callable[[Callable[[int, int], None]], Coroutine[Any, Any, None]]
) -> None:
    """Run ``work`` with a bar on a terminal; elsewhere the bar stays away."""
    with Progress(transient=True, disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task(title, total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        asyncio.run(work(show))
