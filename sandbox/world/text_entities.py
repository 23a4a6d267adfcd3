"""Texts as Telegram measures them (UTF-16 code units) and entities it detects in them."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.world.content_models import Entity

_DETECTED = re.compile(
    r"""
    (?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,24}(?![\w@]))
  | (?P<url>(?<![\w@/.])(?:(?:https?|ftp|tg|ton)://[^\s<>"'«»]+
      |(?:[A-Za-z0-9-]+\.)+(?:com|org|net|io|me|dev|app|ru|ir|info|co|ai|gg|xyz)
       (?![\w.@-])(?:/[^\s<>"'«»]*)?))
  | (?P<mention>(?<![\w@/])@[A-Za-z]\w{3,31}(?!\w))
  | (?P<bot_command>(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/@]))
  | (?P<hashtag>(?<![\w#])\#(?!\d+\b)\w{1,255})
  | (?P<cashtag>(?<![\w$])\$[A-Z]{1,8}(?!\w))
  | (?P<phone_number>(?<![\w+])\+\d[\d\- ()]{7,18}\d(?!\w))
    """,
    re.VERBOSE,
)
_TRAILING = ".,:;!?)]}…'\""
_SOLID = ("code", "pre", "text_link", "text_mention", "url", "email", "mention", "custom_emoji")
"""Inside these nothing is detected."""


def utf16(text: str) -> int:
    """A text's length in UTF-16 code units."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def utf16_cut(text: str, offset: int, length: int) -> str:
    """The text of an entity."""
    data = text.encode("utf-16-le", "surrogatepass")
    return data[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def trimmed(text: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    """A text without white space around it, its entities shifted and cut to it."""
    kept = text.strip()
    if kept == text:
        return text, entities
    skipped = utf16(text[: len(text) - len(text.lstrip())])
    whole = utf16(kept)
    moved = []
    for one in entities:
        start = max(one.offset - skipped, 0)
        end = min(one.offset + one.length - skipped, whole)
        if start < end:
            moved.append(replace(one, offset=start, length=end - start))
    return kept, tuple(moved)


def detect(text: str, given: tuple[Entity, ...] = ()) -> tuple[Entity, ...]:
    """The given entities and those Telegram detects: commands, links, mentions …

    https://core.telegram.org/api/entities
    """
    if not any(sign in text for sign in "/@.#$+:"):
        return tuple(sorted(given, key=_order))
    found = list(given)
    solid = [(one.offset, one.offset + one.length) for one in given if one.type in _SOLID]
    offset, position = 0, 0
    for match in _DETECTED.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        words = match.group().rstrip(_TRAILING) if kind in ("url", "email") else match.group()
        offset += utf16(text[position : match.start()])
        position = match.start()
        length = utf16(words)
        if length and not any(start < offset + length and offset < end for start, end in solid):
            found.append(Entity(type=kind, offset=offset, length=length))
    return tuple(sorted(found, key=_order))


def _order(entity: Entity) -> tuple[int, int]:
    return entity.offset, -entity.length


def command_of(text: str, entities: tuple[Entity, ...]) -> tuple[str, str] | None:
    """The command a text begins with, as (command, addressed username)."""
    for entity in entities:
        if entity.type == "bot_command" and entity.offset == 0:
            command, _, username = text[1 : entity.length].partition("@")
            return command, username
    return None
