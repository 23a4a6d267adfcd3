"""The doctor's checks of stored data: directory, key and database."""

from __future__ import annotations

import os

from controlbot.cli.doctor.system_checks import CheckResult, bad, good, note
from controlbot.cli.error_output import sentence
from controlbot.master_key import key_provider
from controlbot.settings import Settings, sqlite_file
from tenants.domain.errors import VaultError
from tenants.security.master_keys import FileKeyProvider
from tenants.security.vault import Vault
from tenants.store import Database, StoreError, migrations, normalise
from tenants.support.clock import SystemClock

OTHERS_BITS = 0o077
MADE_AT_START = "is made at the first start"


def directory(settings: Settings) -> CheckResult:
    path = settings.data_dir
    if not path.exists():
        return good("Data directory", f"{path} {MADE_AT_START}")
    if not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        remedy = "Give the user who runs the platform all rights on it, or set CONTROLBOT_DATA_DIR."
        return bad("Data directory", f"{path} cannot be written to", remedy)
    if os.name == "posix" and path.stat().st_mode & OTHERS_BITS:
        return note("Data directory", f"{path} is open to other users", f"chmod 700 {path}")
    return good("Data directory", str(path))


async def master_key(settings: Settings) -> CheckResult:
    """Whether there is a key, and whether it decrypts the stored data."""
    provider = key_provider(settings)
    try:
        needed = await _sealing_keys(settings)
    except (StoreError, OSError):
        needed = set()  # The database has its own result.
    if not needed and isinstance(provider, FileKeyProvider) and not provider.path.exists():
        return good("Master key", f"{provider.where} {MADE_AT_START}")
    try:
        await Vault(provider, SystemClock()).check(needed)
        key_id, _ = await provider.current()
    except VaultError as error:
        return bad("Master key", sentence(error), "docs/operating.md says more: The master key.")
    return good("Master key", f"{key_id} ({provider.where})")


async def database(settings: Settings) -> CheckResult:
    """Whether it answers and has this version's schema. Creates nothing."""
    where = _shown(settings)
    if not _exists(settings):
        return good("Database", f"{where} {MADE_AT_START}")
    try:
        found = await migrations.current(settings.database)
    except (StoreError, OSError, ValueError, ImportError) as error:
        remedy = "Is it running, and is CONTROLBOT_DATABASE_URL right?"
        return bad("Database", f"{where} does not answer ({type(error).__name__})", remedy)
    wanted = migrations.newest()
    if found != wanted:
        remedy = "`controlbot migrate` brings it up to date, and so does the next start."
        return note("Database", f"{where} is at {found or 'nothing'}, not {wanted}", remedy)
    return good("Database", f"{where}, up to date")


async def _sealing_keys(settings: Settings) -> set[str]:
    if not _exists(settings):
        return set()
    db = await Database.open(settings.database)
    try:
        if not await migrations.has_schema(db):
            return set()
        async with db.read() as uow:
            return await uow.keys.kek_ids()
    finally:
        await db.close()


def _exists(settings: Settings) -> bool:
    """False for a missing SQLite file; connecting would create it."""
    file = sqlite_file(settings)
    return file is None or file.exists()


def _shown(settings: Settings) -> str:
    url = normalise(settings.database)
    return str(sqlite_file(settings) or url.render_as_string(hide_password=True))
