"""Parses secrets that users type."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from aiogram.enums import MessageEntityType
from aiogram.types import Message, MessageEntity

from mtproto.client.server_address import ApiCredentials
from mtproto.login.phone_numbers import own_contact
from mtproto.login.state import digits_of
from tenants.domain.model import Secret

SHORTEST_CODE: Final = 5
"""Fewest digits of a login code when Telegram does not give its length."""

MARKS: Final = {
    MessageEntityType.BOLD: "**",
    MessageEntityType.ITALIC: "__",
    MessageEntityType.STRIKETHROUGH: "~~",
    MessageEntityType.SPOILER: "||",
    MessageEntityType.CODE: "`",
    MessageEntityType.PRE: "```",
}
"""Characters that apps remove from typed text and send as formatting."""

_HASH: Final = re.compile(r"(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])")
_ID: Final = re.compile(r"(?<![0-9a-z+])[1-9][0-9]{3,9}(?![0-9a-z])")


def phone_in(message: Message) -> str:
    """The phone number of a message: its contact's, or its text."""
    contact = message.contact
    if contact is None:
        return message.text or message.caption or ""
    own = message.from_user is not None and contact.user_id == message.from_user.id
    return own_contact(contact.phone_number) if own else contact.phone_number


def holds_code(text: str, length: int) -> bool:
    """Whether ``text`` may contain a login code, with anything between its digits.

    Args:
        text: the message's text or caption.
        length: how many digits the code has; 0 if unknown.
    """
    return len(digits_of(text)) >= (length or SHORTEST_CODE)


def passwords_in(message: Message) -> list[Secret]:
    """The possible passwords in a message, the likelier first; none without text.

    The first is unchanged: Telegram's proof takes the password's bytes without normalising them
    (https://core.telegram.org/api/srp). Apps turn ``**`` and the like into formatting before
    they send, so the second is the text with those characters put back.
    """
    text = message.text
    if not text:
        return []
    with_marks = _put_marks_back(text, message.entities or [])
    return [Secret(text)] if with_marks == text else [Secret(text), Secret(with_marks)]


def find_pair(text: str) -> ApiCredentials | None:
    """The api_id and api_hash in a text, in any order, with anything between: the whole page
    may have been copied, and keyboards may have capitalised the hash."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in plain
        if unicodedata.category(char) != "Cf"
    )
    api_hash = _HASH.search(plain)
    if api_hash is None:
        return None
    api_id = _ID.search(plain[: api_hash.start()] + " " + plain[api_hash.end() :])
    if api_id is None:
        return None
    return ApiCredentials(api_id=int(api_id[0]), api_hash=Secret(api_hash[0]))


def _put_marks_back(text: str, entities: list[MessageEntity]) -> str:
    """Offsets and lengths count UTF-16 units (https://core.telegram.org/api/entities)."""
    units = text.encode("utf-16-le")
    inserts: list[tuple[int, str]] = []
    for entity in entities:
        mark = MARKS.get(MessageEntityType(entity.type)) if entity.type in MARKS else None
        if mark is not None:
            inserts += [(entity.offset, mark), (entity.offset + entity.length, mark)]
    for place, mark in sorted(inserts, key=lambda it: it[0], reverse=True):
        cut = place * 2
        units = units[:cut] + mark.encode("utf-16-le") + units[cut:]
    return units.decode("utf-16-le", errors="replace")
