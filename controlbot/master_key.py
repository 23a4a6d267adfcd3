"""Which of the three sources the master key comes from, by the settings."""

from __future__ import annotations

from controlbot.settings import Settings
from tenants.keys import CommandKeyProvider, EnvKeyProvider, FileKeyProvider

KeyProvider = FileKeyProvider | CommandKeyProvider | EnvKeyProvider


def key_provider(settings: Settings) -> KeyProvider:
    """A command or the environment when set, else the key file."""
    if settings.master_key_command is not None:
        return CommandKeyProvider(settings.master_key_command)
    if settings.master_key is not None:
        return EnvKeyProvider(settings.master_key.get_secret_value())
    return FileKeyProvider(settings.key_file)
