"""Which of the sources the master key comes from, by the settings."""

from __future__ import annotations

from controlbot.settings import Settings
from tenants.keys import CommandKeyProvider, EnvKeyProvider, FileKeyProvider
from tenants.transit import TransitKeyProvider

KeyProvider = FileKeyProvider | CommandKeyProvider | EnvKeyProvider


def key_provider(settings: Settings) -> KeyProvider:
    """A command, the environment or Vault when set, else the key file."""
    if settings.master_key_command is not None:
        return CommandKeyProvider(settings.master_key_command)
    if settings.master_key is not None:
        return EnvKeyProvider(settings.master_key.get_secret_value())
    if settings.master_key_vault is not None:
        return TransitKeyProvider(settings.data_dir / "master.key.vault", settings.master_key_vault)
    return FileKeyProvider(settings.key_file)
