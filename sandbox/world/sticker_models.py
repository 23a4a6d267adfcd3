"""Sticker sets. https://core.telegram.org/bots/api#stickerset"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Sticker:
    """A file that bots know as a sticker."""

    file: str
    """The file's unique id."""
    set_name: str = ""
    kind: str = "regular"
    """regular, mask or custom_emoji."""
    format: str = "static"
    """static, animated or video."""
    emojis: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    mask_position: dict[str, str | float] | None = None
    custom_emoji_id: str = ""
    repainted: bool = False


@dataclass(slots=True, kw_only=True)
class StickerSet:
    name: str
    title: str
    bot_id: int
    """Who made it and may change it."""
    owner_id: int
    kind: str = "regular"
    stickers: list[str] = field(default_factory=list)
    """Unique ids of files."""
    thumbnail: str = ""
