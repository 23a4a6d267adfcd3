"""Link previews. https://core.telegram.org/bots/api#linkpreviewoptions"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.world import Content, Entity


def link_preview(shown: Content) -> dict[str, Any]:
    """``link_preview_options`` of a text: as given, with the address of its preview.

    Telegram names the address also when nothing was given (python-telegram-bot's
    ``test_send_message_default_link_preview_options``). The sandbox takes it that every page of
    a public host has a preview.
    """
    given = shown.link_preview or {}
    if given.get("is_disabled") or given.get("url"):
        return given
    found = (_address(shown.text, entity) for entity in shown.entities)
    url = next((one for one in found if one is not None), None)
    return given if url is None else {**given, "url": url}


def _address(text: str, entity: Entity) -> str | None:
    """The page that an entity leads to; None for none."""
    if entity.type == "text_link":
        url = entity.url
    elif entity.type == "url":
        raw = text.encode("utf-16-le", "surrogatepass")
        part = raw[2 * entity.offset : 2 * (entity.offset + entity.length)]
        url = part.decode("utf-16-le", "replace")
        url = url if "://" in url else f"http://{url}"
    else:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    public = "." in host and host.rpartition(".")[2].isalpha()
    reserved = host.endswith((".invalid", ".example", ".test", ".localhost"))
    return url if parts.scheme in ("http", "https") and public and not reserved else None
