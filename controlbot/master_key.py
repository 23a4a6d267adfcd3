"""Selects the source of the master key by the settings."""

from __future__ import annotations

from pathlib import Path

import click

from controlbot.settings import Settings
from tenants.security.master_keys import CommandKeyProvider, EnvKeyProvider, FileKeyProvider
from tenants.security.vault_transit import TransitKeyProvider

NEW_KEY = """
  A new master key was made:  {path}
  Keep a copy of it somewhere safe, away from the database. Without it nobody can open
  the stored tokens and sessions again, you neither.
"""

KeyProvider = FileKeyProvider | CommandKeyProvider | EnvKeyProvider


def key_provider(settings: Settings) -> KeyProvider:
    """A command, the environment or Vault when set, else the key file."""
    if settings.master_key_command is not None:
        return CommandKeyProvider(settings.master_key_command)
    if settings.master_key is not None:
        return EnvKeyProvider(settings.master_key.get_secret_value())
    if settings.master_key_vault is not None:
        return TransitKeyProvider(settings.data_dir / "master.key.vault", settings.master_key_vault)
    # JSON logs get a log line, a terminal gets a sentence.
    made = _tell if settings.log_format == "console" else None
    return FileKeyProvider(settings.key_file, made)


def _tell(path: Path) -> None:
    click.echo(NEW_KEY.format(path=path.absolute()), err=True)
