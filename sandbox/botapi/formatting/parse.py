"""Selects the parser of a text by its markup."""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.formatting.builder import USER_LINK, checked_link
from sandbox.botapi.formatting.html import parse_html
from sandbox.botapi.formatting.markdown import parse_markdown_v2
from sandbox.botapi.formatting.markdown_v1 import parse_markdown
from sandbox.world.content_models import Entity
from sandbox.world.errors import bad_request

LONGEST_BYTES = 1 << 15
_PARSERS = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}
_GIVEN = (
    "bold italic underline strikethrough spoiler blockquote expandable_blockquote code pre "
    "text_link text_mention custom_emoji date_time"
)
"""Types a bot may give; Telegram detects the others."""
GIVEN_TYPES = frozenset(_GIVEN.split())
_FOUND = "mention hashtag cashtag bot_command url email phone_number bank_card_number"
FOUND_TYPES = frozenset(_FOUND.split())
WHAT = "can't parse MessageEntity"


def formatted(
    text: str, parse_mode: str = "", entities: Any = None
) -> tuple[str, tuple[Entity, ...]]:
    """A text's plain form and its entities; with a ``parse_mode`` the entities are ignored.

    Args:
        entities: as they were given; what is no Array counts as none.

    Raises:
        ApiError: 400, unsupported parse_mode, can't parse entities, text is too long.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        raise bad_request("text is too long")
    mode = parse_mode.lower()
    if text and mode not in ("", "none"):
        parser = _PARSERS.get(mode)
        if parser is None:
            raise bad_request("unsupported parse_mode")
        return parser(text)
    if not isinstance(entities, list):
        return text, ()
    found = (_entity(Fields(one, WHAT)) for one in entities)
    return text, tuple(one for one in found if one is not None)


def _entity(given: Fields) -> Entity | None:
    """https://github.com/tdlib/telegram-bot-api (``Client::get_text_entity``)

    None for invalid ones and for the types that Telegram detects.
    """
    offset = given.number("offset", required=True)
    length = given.number("length", required=True)
    kind = given.text("type", required=True)
    if kind in FOUND_TYPES:
        return None
    more: dict[str, Any] = {}
    match kind:
        case "text_link":
            return _link(given, offset, length)
        case "text_mention":
            more["user_id"] = given.object("user").number("id", required=True, limit=LONG)
        case "pre":
            more["language"] = given.text("language")
        case "custom_emoji":
            emoji = given.number("custom_emoji_id", required=True, limit=LONG)
            more["custom_emoji_id"] = str(emoji)
        case "date_time":
            more["unix_time"] = given.number("unix_time", required=True)
            more["date_time_format"] = _date_format(given)
        case other if other not in GIVEN_TYPES:
            raise given.complaint("Unsupported type specified")
    return Entity(type=kind, offset=offset, length=length, **more)


def _link(given: Fields, offset: int, length: int) -> Entity | None:
    url = given.text("url", required=True)
    person = USER_LINK.fullmatch(url)
    if person:
        return Entity(type="text_mention", offset=offset, length=length, user_id=int(person[1]))
    checked = checked_link(url)
    if not checked:
        return None
    return Entity(type="text_link", offset=offset, length=length, url=checked)


def _date_format(given: Fields) -> str:
    form = given.text("date_time_format")
    if form not in ("r", "R") and set(form) - set("tTdDwW"):
        raise given.complaint("Invalid date-time format specified")
    return form
