"""Which markup a text is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.botapi.formatting.builder import checked_link
from sandbox.botapi.formatting.html import parse_html
from sandbox.botapi.formatting.markdown import parse_markdown_v2
from sandbox.botapi.formatting.old_markdown import parse_markdown
from sandbox.world.errors import bad_request
from sandbox.world.texts import utf16
from sandbox.world.values import Entity

LONGEST_BYTES = 1 << 15
_PARSERS = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}
_GIVEN = (
    "bold italic underline strikethrough spoiler blockquote expandable_blockquote code pre "
    "text_link text_mention custom_emoji date_time"
)
"""Types a bot may give; Telegram finds the others by itself."""
GIVEN_TYPES = frozenset(_GIVEN.split())


def formatted(
    text: str, parse_mode: str = "", entities: Sequence[Any] | None = None
) -> tuple[str, tuple[Entity, ...]]:
    """A text's plain form and its entities; with a ``parse_mode`` the entities are ignored.

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
    return text, tuple(_given(text, entities or ()))


def _given(text: str, entities: Sequence[Any]) -> list[Entity]:
    whole = utf16(text)
    found: list[Entity] = []
    for plain in entities:
        if not isinstance(plain, Mapping):
            raise bad_request("can't parse MessageEntity: expected an Object")
        kind = str(plain.get("type", ""))
        offset, length = int(plain.get("offset", 0)), int(plain.get("length", 0))
        if kind not in GIVEN_TYPES or length <= 0 or offset < 0 or offset >= whole:
            continue
        found.append(_entity(kind, offset, min(length, whole - offset), plain))
    return found


def _entity(kind: str, offset: int, length: int, plain: Mapping[str, Any]) -> Entity:
    user = plain.get("user") or {}
    return Entity(
        type=kind,
        offset=offset,
        length=length,
        url=checked_link(str(plain.get("url", ""))) if kind == "text_link" else "",
        user_id=int(user["id"]) if kind == "text_mention" and "id" in user else None,
        language=str(plain.get("language", "")) if kind == "pre" else "",
        custom_emoji_id=str(plain.get("custom_emoji_id", "")) if kind == "custom_emoji" else "",
        unix_time=plain.get("unix_time") if kind == "date_time" else None,
        date_time_format=str(plain.get("date_time_format", "")) if kind == "date_time" else "",
    )
