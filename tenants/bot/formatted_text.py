"""Text with its entities, as in Telegram's API: never converted to HTML.

Offsets and lengths are UTF-16 code units.
https://core.telegram.org/bots/api#messageentity, https://core.telegram.org/api/entities
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final, Self

from aiogram.enums import MessageEntityType
from aiogram.types import Message, MessageEntity, User

from tenants.i18n.translator import Markup

MESSAGE_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
ENTITY_LIMIT: Final = 100
"""Telegram ignores further entities. https://core.telegram.org/api/entities"""

_USER_LINK: Final = re.compile(r"tg://user\?id=(\d+)")
_TAGS: Final = {
    "b": MessageEntityType.BOLD,
    "i": MessageEntityType.ITALIC,
    "u": MessageEntityType.UNDERLINE,
    "s": MessageEntityType.STRIKETHROUGH,
    "code": MessageEntityType.CODE,
    "pre": MessageEntityType.PRE,
    "blockquote": MessageEntityType.BLOCKQUOTE,
    "a": MessageEntityType.TEXT_LINK,
}


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text and its entities; concatenated with ``+``."""

    text: str = ""
    entities: tuple[MessageEntity, ...] = ()

    @classmethod
    def of(cls, message: Message) -> Self:
        """A message's text, or its caption."""
        if message.text is not None:
            return cls(message.text, tuple(message.entities or ()))
        return cls(message.caption or "", tuple(message.caption_entities or ()))

    @classmethod
    def from_markup(cls, markup: Markup) -> Self:
        """A catalog text: HTML with the few tags that catalogs use."""
        parser = _MarkupParser()
        parser.feed(markup)
        parser.close()
        return cls("".join(parser.parts), tuple(parser.entities))

    @property
    def length(self) -> int:
        """In UTF-16 code units."""
        return utf16_length(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __add__(self, other: FormattedText) -> FormattedText:
        return FormattedText(
            self.text + other.text, self.entities + _shifted(other.entities, self.length)
        )

    def below(self, above: FormattedText) -> FormattedText:
        """``above``, then this on a new line; no empty line if this is empty."""
        return above + FormattedText("\n") + self if self else above

    def slice(self, start: int, end: int) -> FormattedText:
        """The part between two offsets, in UTF-16 code units; half a character is omitted."""
        units = self.text.encode("utf-16-le", "surrogatepass")
        start, end = max(0, start), min(end, len(units) // 2)
        if _splits_pair(units, start):
            start += 1
        if _splits_pair(units, end):
            end -= 1
        if start >= end:
            return FormattedText()
        text = units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
        return FormattedText(text, tuple(_within(self.entities, start, end)))

    def quoted(self) -> FormattedText:
        """All of it as a collapsed quotation."""
        if not self:
            return self
        quote = MessageEntity(
            type=MessageEntityType.EXPANDABLE_BLOCKQUOTE, offset=0, length=self.length
        )
        # Quotations can't be nested.
        inner = (entity for entity in self.entities if "blockquote" not in entity.type)
        return FormattedText(self.text, (quote, *inner))

    def fits(self, limit: int) -> bool:
        """Whether it may be one message's text (or caption) with all its entities."""
        return self.length <= limit and len(self.entities) <= ENTITY_LIMIT

    def as_text(self) -> dict[str, Any]:
        """Arguments of a method that takes ``text``."""
        return {"text": self.text, "entities": list(self.entities), "parse_mode": None}

    def as_caption(self) -> dict[str, Any]:
        """Arguments of a method that takes ``caption``."""
        return {
            "caption": self.text or None,
            "caption_entities": list(self.entities),
            "parse_mode": None,
        }


def _shifted(entities: Iterable[MessageEntity], by: int) -> tuple[MessageEntity, ...]:
    return tuple(
        entity.model_copy(update={"offset": entity.offset + by}) if by else entity
        for entity in entities
    )


def _within(entities: Iterable[MessageEntity], start: int, end: int) -> Iterable[MessageEntity]:
    for entity in entities:
        first, last = max(entity.offset, start), min(entity.offset + entity.length, end)
        if first < last:
            yield entity.model_copy(update={"offset": first - start, "length": last - first})


def _splits_pair(units: bytes, at: int) -> bool:
    """Whether the unit before ``at`` is a high surrogate and the one at it a low one."""
    if not 0 < at < len(units) // 2:
        return False
    return 0xD8 <= units[2 * at - 1] <= 0xDB and 0xDC <= units[2 * at + 1] <= 0xDF


class _MarkupParser(HTMLParser):
    """Reads the tags of catalog texts. Values in them were escaped by the translator."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.entities: list[MessageEntity] = []
        self._length = 0
        self._open: list[tuple[str, int, int, str]] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        self._length += utf16_length(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TAGS:
            link = dict(attrs).get("href") or ""
            self._open.append((tag, self._length, len(self.entities), link))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, offset, before, link = self._open.pop()
        if length := self._length - offset:
            # Outer entities come before those inside them.
            self.entities.insert(before, _entity(tag, offset, length, link))


def _entity(tag: str, offset: int, length: int, link: str) -> MessageEntity:
    if tag != "a":
        return MessageEntity(type=_TAGS[tag], offset=offset, length=length)
    person = _USER_LINK.fullmatch(link)
    if person is None:
        return MessageEntity(type=_TAGS[tag], offset=offset, length=length, url=link)
    user = User(id=int(person[1]), is_bot=False, first_name=person[1])
    return MessageEntity(
        type=MessageEntityType.TEXT_MENTION, offset=offset, length=length, user=user
    )
