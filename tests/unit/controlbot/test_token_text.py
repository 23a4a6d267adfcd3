"""Tokens and commands as people send them (fault K4)."""

from __future__ import annotations

import pytest

from controlbot.bot.commands import command_name
from controlbot.dialogs.newbot.token_text import find_token, may_hold_token

TOKEN = "123456789:" + "Ab-_9" * 7
BOTFATHER = f"""Done! Congratulations on your new bot. You will find it at t.me/ada_bot.

Use this token to access the HTTP API:
{TOKEN}
Keep your token secure and store it safely, it can be used by anyone to control your bot."""


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f'"{TOKEN}"',
        f"'{TOKEN}'",
        f"«{TOKEN}»",
        f"“{TOKEN}”",
        f"`{TOKEN}`",
        f"```\n{TOKEN}\n```",
        f"{TOKEN}.",
        f"Here it is: {TOKEN}!",
        f"token={TOKEN}",
        f"BOT_TOKEN='{TOKEN}'",
        f"token:{TOKEN},",
        f"({TOKEN})",
        f"<{TOKEN}>",
        f"/token {TOKEN}",
        f"**{TOKEN}**",
        BOTFATHER,
        f"\u200e {TOKEN} \u200f",
    ],
)
def test_a_token_is_found(text: str) -> None:
    assert find_token(text).reveal() == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        f"{TOKEN[:20]}\u200b{TOKEN[20:]}",
        f"x{TOKEN}/y",
    ],
)
def test_what_may_be_a_token_is_deleted_also_where_it_is_not_taken(text: str) -> None:
    assert may_hold_token(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/status", "status"),
        ("/Status", "status"),
        ("/STATUS@The_Bot", "status"),
        ("/help\nmore\nlines", "help"),
        ("/start payload", "start"),
        ("\u200f/status", "status"),
        ("／status", "status"),
        ("/status@other_bot", ""),
        ("/сtatus", ""),
        ("/", ""),
        ("/status!", ""),
    ],
)
def test_a_command_is_read_as_it_is_meant(text: str, name: str) -> None:
    assert command_name(text, "the_bot") == name
