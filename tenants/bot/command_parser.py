"""Parses commands as people type them: in any case, with direction marks before them, with the
bot's @name, with more words or lines after them.

A command is what Telegram's clients recognise as one: "/usr/bin" is not.
https://core.telegram.org/bots/features#commands
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_SHAPE: Final = re.compile(
    r"/([a-z0-9_]{1,64})(?:@([a-z0-9_]{1,64}))?(?![a-z0-9_/<>@])(.*)", re.DOTALL
)
_SLASHES: Final = "/\uff0f"
_LONGEST: Final = 200
"""Longest command in characters; what follows is its argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCommand:
    """``/name@bot argument``; lower case except the argument."""

    name: str
    bot: str = ""
    """The username it is addressed to; empty if none is given."""
    argument: str = ""

    def is_for(self, username: str) -> bool:
        """Whether it is addressed to the bot of this username, or to none."""
        return not self.bot or self.bot == username.lower()

    def __str__(self) -> str:
        return f"/{self.name}@{self.bot}" if self.bot else f"/{self.name}"


def typed_command(text: str | None) -> TypedCommand | None:
    """The command that a text begins with; None if it begins with something else."""
    if not text or (text[0] != "/" and text[0].isascii() and not text[0].isspace()):
        return None
    start = _first_visible(text)
    if start < 0 or text[start] not in _SLASHES:
        return None
    head = unicodedata.normalize("NFKC", text[start : start + _LONGEST])
    found = _SHAPE.match(_without_formatting(head).lower())
    if found is None:
        return None
    words = text[start:].split(maxsplit=1)
    return TypedCommand(
        name=found[1], bot=found[2] or "", argument=words[1].strip() if len(words) > 1 else ""
    )


def _first_visible(text: str) -> int:
    for index, character in enumerate(text[:_LONGEST]):
        if not character.isspace() and unicodedata.category(character) != "Cf":
            return index
    return -1


def _without_formatting(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in text if unicodedata.category(c) != "Cf")
