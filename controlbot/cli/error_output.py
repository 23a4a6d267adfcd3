"""Turns expected failures of a command into one sentence and exit code 1, no traceback."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

import click

from tenants.domain.errors import PlatformError
from tenants.store import StoreError

SENTENCES = {
    "already_running": "Another process serves this data already ({holder}). Stop it first.",
    "already_under_way": "Another rotation of the keys is running. Wait until it has ended.",
    "audit_broken": "The record is broken at entry {sequence}: {why}.",
    "master_key_missing": (
        "The master key {key_id} is not there ({where}), but sealed data is. "
        "Bring the key back from your backup; without it the secrets cannot be opened."
    ),
    "master_key_wrong": (
        "This master key ({found}) is not the one that sealed the data ({expected}). "
        "Nothing was changed. Bring the right key back."
    ),
    "ownership_lost": (
        "Another process has taken this data over, or this one could not reach the database in "
        "time. It has stopped, so that no bot is served twice. Start it again if it is alone."
    ),
    "setting_refused": "{name}: {why}.",
    "no_data_here": (
        "There is no data of the platform in {where}, and nothing was made. Run this in the "
        "platform's folder, or set CONTROLBOT_DATA_DIR or CONTROLBOT_DATABASE_URL."
    ),
    "schema_outdated": (
        "The database has the tables of another version ({found}, not {wanted}). "
        "`controlbot migrate` brings it up to date, and so does the platform's next start."
    ),
    "telegram_unavailable": (
        "{server} does not answer. Check the network and CONTROLBOT_BOT_API_URL."
    ),
    "token_malformed": "CONTROLBOT_TOKEN is not a bot token (123456789:AA...).",
    "token_rejected": (
        "{server} does not know CONTROLBOT_TOKEN. Was it revoked? @BotFather has the new one."
    ),
}

WHY_NO_MASTER_KEY = {
    "permissions": (
        "Others may read the master key's file {where}. Think about who did, then: chmod 600"
    ),
    "empty": "There is no master key in {where}.",
    "malformed": "A line of {where} is not a master key (32 bytes in base64).",
    "command_failed": "The command for the master key failed with status {status}.",
    "timeout": "The command for the master key did not end in time.",
    "vault": "Vault did not hand out the master key ({where}: {kind}).",
    "hvac": "A master key in Vault needs the package hvac: run `make setup`.",
}
"""Causes for which restoring the key from the backup is the wrong advice."""


@contextlib.contextmanager
def expected_failures(server: str = "Telegram") -> Iterator[None]:
    """Turn failures outside the program into messages for the terminal.

    ``server``: name of the Bot API server.
    """
    try:
        yield
    except PlatformError as error:
        raise click.ClickException(sentence(error, server)) from None
    except StoreError as error:
        raise click.ClickException(f"The database can't be used: {_first_line(error)}") from None
    except OSError as error:
        if error.errno is None or error.errno not in OS_WORDS:
            raise
        raise click.ClickException(f"{OS_WORDS[error.errno]}: {_where(error)}") from None


OS_WORDS = {
    errno.EADDRINUSE: "Another program uses this address (CONTROLBOT_LISTEN)",
    errno.EADDRNOTAVAIL: "This machine has no such address (CONTROLBOT_LISTEN)",
    errno.EACCES: "Not allowed",
    errno.EPERM: "Not allowed",
    errno.EEXIST: "There is a file where a folder is needed (CONTROLBOT_DATA_DIR?)",
    errno.ENOTDIR: "There is a file where a folder is needed (CONTROLBOT_DATA_DIR?)",
    errno.EISDIR: "There is a folder where a file is needed",
    errno.ENOENT: "There is no such file or folder",
    errno.EROFS: "The disk is read-only",
    errno.ENOSPC: "The disk is full",
    errno.ECONNREFUSED: "The database does not answer (CONTROLBOT_DATABASE_URL?)",
}


def sentence(error: PlatformError, server: str = "Telegram") -> str:
    """The message for ``error``."""
    text = WHY_NO_MASTER_KEY.get(str(error.params.get("why"))) or SENTENCES.get(error.code)
    if text is None:
        return str(error)
    try:
        return text.format(server=server, **error.params)
    except KeyError:
        return f"{text} {error}"


def _first_line(error: StoreError) -> str:
    """The database's own message, without the statement that SQLAlchemy adds below it."""
    return str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]


def _where(error: OSError) -> str:
    return str(error.filename or error.strerror or error)
