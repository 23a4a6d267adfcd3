"""Bot tokens in what people send: in their own words, in quotes, in @BotFather's message."""

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
"""A token on its own: what is part of an address or of something longer is not one."""


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
    """Whether a text should be deleted: also a token inside an address, or one with invisible
    characters in it, opens a bot to whoever reads it."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return BotToken.SHAPE.search(visible) is not None
