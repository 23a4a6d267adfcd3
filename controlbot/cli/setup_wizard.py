"""The first run on a terminal: asks for a token and an owner, writes them to ``.env``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from controlbot.cli.env_file import write_settings
from controlbot.cli.token_check import Answer, first_writer, get_me
from controlbot.settings import Settings
from tenants.domain.errors import MalformedToken, TelegramUnavailable, TokenRejected
from tenants.domain.model import BotToken

ENV_FILE = Path(".env")
WAIT_FOR_HELLO = 50
"""Seconds to wait for the owner's first message to the bot."""

WELCOME = """\
Welcome. The platform runs through a bot of yours: the control bot.

  1. In Telegram open @BotFather, send /newbot and follow it.
  2. Copy the token it gives you.
"""


def ask(settings: Settings) -> bool:
    """Ask for the required settings and store them. False: the user chose the demo."""
    click.echo(WELCOME)
    found = _ask_token(settings.bot_api_url)
    if found is None:
        return False
    token, bot = found
    click.echo(f"That is {bot.name}, @{bot.username}.\n")
    values = {"CONTROLBOT_TOKEN": token.reveal()}
    if not settings.owners:
        values["CONTROLBOT_OWNERS"] = str(_ask_owner(settings.bot_api_url, token, bot.username))
    write_settings(ENV_FILE, values)
    click.echo(f"\nWritten to {ENV_FILE} (only you can read it). Starting.\n")
    return True


def _ask_token(api_url: str) -> tuple[BotToken, Answer] | None:
    while True:
        text = click.prompt(
            "Paste the token (it stays invisible), or press Enter for the sandbox",
            default="",
            show_default=False,
            hide_input=True,
        )
        if not text.strip():
            return None
        try:
            token = BotToken.parse(text)
            return token, asyncio.run(get_me(api_url, token))
        except MalformedToken:
            click.echo("That is not a token. It looks like 123456789:AAE… – try again.\n")
        except TokenRejected:
            click.echo("Telegram does not know this token. Was it revoked? Try another.\n")
        except TelegramUnavailable:
            click.echo(f"{api_url} does not answer. Check the network and try again.\n")


def _ask_owner(api_url: str, token: BotToken, username: str) -> int:
    click.echo("Who owns this platform? Type your Telegram user id, or press Enter,")
    click.echo(f"then write anything to @{username} and you are recognised.")
    while True:
        text = click.prompt("Your user id", default="", show_default=False).strip()
        if text.isascii() and text.isdigit() and int(text) > 0:
            return int(text)
        if text:
            click.echo("A user id is a number, for example 123456789.")
        elif (owner := _recognise(api_url, token, username)) is not None:
            return owner


def _recognise(api_url: str, token: BotToken, username: str) -> int | None:
    click.echo(f"Waiting for your message to https://t.me/{username} ...")
    try:
        writer = asyncio.run(first_writer(api_url, token, seconds=WAIT_FOR_HELLO))
    except (TelegramUnavailable, TokenRejected):
        writer = None
    if writer is None:
        click.echo("Nothing came. Type the id, or press Enter to wait again.")
        return None
    if click.confirm(f"Are you {writer.name} ({writer.user_id})?", default=True):
        return writer.user_id
    return None
