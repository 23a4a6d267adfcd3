"""Finds bot tokens in messages: in a sentence, in quotes, in @BotFather's message."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from aiogram.types import Message

from tenants.domain.errors import MalformedToken
from tenants.domain.model import BotToken

_BEFORE: Final = r"(?<![^\s\"'`´«»‹›“”„‘’‚(\[{<>=:,;|*_])"
_AFTER: Final = r"(?=[.,;:!?…]*(?:[\s\"'`´«»‹›“”„‘’‚)\]}<>,;|*]|$))"
_TOKEN: Final = re.compile(_BEFORE + BotToken.SHAPE.pattern + _AFTER)
"""A separate token: not part of an address or of longer text."""


def find_token(text: str) -> BotToken:
    """The token in a text: bare, quoted, ``token=…``, at the end of a sentence.

    Raises:
        MalformedToken: there is none.
    """
    found = _TOKEN.search(text)
    if found is None:
        raise MalformedToken()
    return BotToken.parse(found.group())


def text_of(message: Message) -> str:
    return message.text or message.caption or ""


def may_hold_token(text: str) -> bool:
    """Whether a text should be deleted: a token inside an address, or with invisible
    characters in it, also gives control of the bot."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return BotToken.SHAPE.search(visible) is not None
