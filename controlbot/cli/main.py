"""The command line. Heavy packages are imported by the command that needs them, so that
``controlbot --help`` is fast."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from controlbot.settings import Settings

CONTEXT = {"help_option_names": ["-h", "--help"]}


def load_settings() -> Settings:
    """The settings from the environment and ``.env``, or a list of the invalid ones."""
    from pydantic import ValidationError

    from controlbot.settings import Settings, explain

    try:
        return Settings()
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in explain(error))
        raise click.UsageError(f"The settings need a look:\n{lines}") from None


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="controlbot")
def main() -> None:
    """A platform for Telegram bots, managed through Telegram.

    Start with "controlbot run". Without a bot of your own yet, "controlbot demo" shows
    everything in a Telegram on this machine.
    """


@main.command()
def run() -> None:
    """Run the platform.

    Without CONTROLBOT_TOKEN it asks for one on a terminal, where Enter opens the demo
    instead; elsewhere it ends with exit code 1.
    """
    from controlbot.cli import setup_wizard

    settings = load_settings()
    if settings.token is None and sys.stdin.isatty():
        if not setup_wizard.ask(settings):
            from controlbot.cli.demo import run_demo

            run_demo(settings)
            return
        settings = load_settings()
    if settings.token is None:
        raise click.ClickException(
            "CONTROLBOT_TOKEN is not set, and there is no terminal to ask for it. Set it, or run "
            '"controlbot init" on a terminal; "controlbot demo" needs no token.'
        )
    from controlbot.cli.error_output import expected_failures

    with expected_failures(settings.api_server):
        from controlbot import process

        process.run(settings)


@main.command()
@click.option("--listen", metavar="HOST:PORT", help="The sandbox's page and Bot API.")
@click.option("--mtproto", metavar="HOST:PORT", help="The sandbox's MTProto server.")
def demo(listen: str | None, mtproto: str | None) -> None:
    """Run the platform with the sandbox, a Telegram on this machine with test users."""
    from controlbot.cli.demo import run_demo

    run_demo(load_settings(), listen=listen, mtproto=mtproto)


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run only the sandbox (options: controlbot sandbox --help)."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *arguments])  # noqa: S606


@main.command()
def init() -> None:
    """Set up: ask for the token, create the master key and the database."""
    from controlbot.cli import maintenance, setup_wizard
    from controlbot.cli.error_output import expected_failures

    settings = load_settings()
    if settings.token is None and sys.stdin.isatty() and setup_wizard.ask(settings):
        settings = load_settings()
    with expected_failures():
        maintenance.prepare(settings)


@main.command()
def doctor() -> None:
    """Check the installation and explain how to solve problems."""
    from controlbot.cli.doctor.report import examine

    sys.exit(0 if examine(load_settings()) else 1)


@main.command()
def migrate() -> None:
    """Migrate the database to this version's schema."""
    from controlbot.cli import maintenance
    from controlbot.cli.error_output import expected_failures

    with expected_failures():
        maintenance.migrate(load_settings())


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE while the platform runs (SQLite)."""
    from controlbot.cli import maintenance
    from controlbot.cli.error_output import expected_failures

    with expected_failures():
        maintenance.backup(load_settings(), file)


@main.group()
def keys() -> None:
    """The master key that encrypts all secrets."""


@keys.command("rotate")
def keys_rotate() -> None:
    """Encrypt everything with a new master key, while the platform runs. Resumable."""
    from controlbot.cli import maintenance
    from controlbot.cli.error_output import expected_failures

    with expected_failures():
        maintenance.rotate_keys(load_settings())


@main.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@click.option("--head", is_flag=True, help="Print only the head, to keep elsewhere.")
@click.option("--anchor", metavar="HEAD", help="A head kept elsewhere; the log must contain it.")
def audit_verify(*, head: bool, anchor: str | None) -> None:
    """Check that no entry was changed, removed or truncated."""
    from controlbot.cli import maintenance
    from controlbot.cli.error_output import expected_failures

    with expected_failures():
        if head:
            maintenance.print_head(load_settings())
        else:
            maintenance.verify_audit(load_settings(), anchor)
