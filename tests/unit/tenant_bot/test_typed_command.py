"""Commands are known however they are typed (K4)."""

from __future__ import annotations

import pytest

from tenants.bot.command_parser import TypedCommand, typed_command


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/ban", "ban", ""),
        ("/Ban", "ban", ""),
        ("/START", "start", ""),
        ("/start ref_17", "start", "ref_17"),
        ("/help\nand more\nlines", "help", "and more\nlines"),
        ("  /help", "help", ""),
        ("\u200e/ban", "ban", ""),
        ("\u2067/ban\u2069", "ban", ""),
        ("／ban", "ban", ""),
        ("/ban!", "ban", ""),
        ("/ban, please", "ban", "please"),
    ],
)
def test_a_command_is_known_however_it_is_typed(text: str, name: str, argument: str) -> None:
    """K4."""
    command = typed_command(text)
    assert command is not None
    assert (command.name, command.argument) == (name, argument)


@pytest.mark.parametrize("text", [None, "", "ban", "/", "/usr/bin", "/ ban", "//ban", "a /ban"])
def test_other_texts_are_no_commands(text: str | None) -> None:
    assert typed_command(text) is None


def test_a_command_is_addressed_to_one_bot() -> None:
    """K4."""
    command = typed_command("/Ban@My_Bot now")
    assert command == TypedCommand(name="ban", bot="my_bot", argument="now")
    assert command.is_for("my_Bot")
    assert not command.is_for("other_bot")
    assert TypedCommand(name="ban").is_for("other_bot")
