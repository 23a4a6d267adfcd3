"""Sticker sets that bots make for people.

https://core.telegram.org/bots/api#createnewstickerset
"""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.world.content_models import StoredFile
from sandbox.world.errors import bad_request
from sandbox.world.lookups import Core
from sandbox.world.peers import SERVICE_ACCOUNT, Bot
from sandbox.world.sticker_models import Sticker, StickerSet

_NAME = re.compile(r"[a-z](?!.*__)[a-z0-9_]{0,63}", re.IGNORECASE)
MOST_STICKERS = {"regular": 120, "mask": 120, "custom_emoji": 200}
TITLE_LENGTH = 64
MOST_KEYWORDS_LENGTH = 64
TOPIC_ICONS = "Topics"
ICON_EMOJIS = ("📰", "💡", "⚡", "🎙", "🔝", "🗣", "🆒", "❗", "📝", "📆", "📁", "🔎")


class StickerSets:
    """Sets by name; a sticker's file is in one set at most."""

    def __init__(self, world: Core) -> None:
        self._world = world

    def find(self, name: str) -> StickerSet:
        """Raises ApiError: 400 STICKERSET_INVALID."""
        found = self._world.state.sticker_sets.get(name.strip().lower())
        if found is None:
            raise bad_request("STICKERSET_INVALID")
        return found

    def own(self, bot: Bot, name: str) -> StickerSet:
        """A set this bot may change. Raises ApiError: 400 STICKERSET_INVALID."""
        found = self.find(name)
        if found.bot_id != bot.id:
            raise bad_request("STICKERSET_INVALID")
        return found

    def create(self, bot: Bot, made: StickerSet, stickers: list[Sticker]) -> StickerSet:
        """Raises ApiError: 400, a bad or taken name or title, or no stickers."""
        name = made.name
        if not _NAME.fullmatch(name) or not name.lower().endswith(f"_by_{bot.username.lower()}"):
            raise bad_request("invalid sticker set name is specified")
        if name.lower() in self._world.state.sticker_sets:
            raise bad_request("sticker set name is already occupied")
        _check_title(made.title)
        if not stickers:
            raise bad_request("STICKERS_EMPTY")
        self._world.state.sticker_sets[name.lower()] = made
        for sticker in stickers:
            self.add(made, sticker)
        return made

    def add(self, into: StickerSet, sticker: Sticker, position: int | None = None) -> Sticker:
        """Raises ApiError: 400 STICKERS_TOO_MUCH."""
        if len(into.stickers) >= MOST_STICKERS[into.kind]:
            raise bad_request("STICKERS_TOO_MUCH")
        number = self._world.serial()
        file = self._world.files.files[sticker.file]
        own = self._world.files.put(
            self._world.files.data(file), f"{number}_{file.name}", file.mime
        )
        placed = replace(
            sticker,
            file=own.unique_id,
            set_name=into.name,
            kind=into.kind,
            custom_emoji_id=str(5_000_000_000_000_000_000 + number)
            if into.kind == "custom_emoji"
            else "",
        )
        self._world.state.stickers[placed.file] = placed
        into.stickers.insert(len(into.stickers) if position is None else position, placed.file)
        return placed

    def sticker(self, bot: Bot, file: StoredFile) -> tuple[StickerSet, Sticker]:
        """A sticker of one of the bot's sets.

        Raises:
            ApiError: 400, the file is no sticker, or of a set that is not the bot's.
        """
        sticker = self._world.state.stickers.get(file.unique_id)
        if sticker is None or not sticker.set_name:
            raise bad_request("STICKER_INVALID")
        return self.own(bot, sticker.set_name), sticker

    def remove(self, bot: Bot, file: StoredFile) -> int:
        """Remove a sticker; returns its position."""
        into, sticker = self.sticker(bot, file)
        position = into.stickers.index(sticker.file)
        into.stickers.remove(sticker.file)
        del self._world.state.stickers[sticker.file]
        return position

    def move(self, bot: Bot, file: StoredFile, position: int) -> None:
        into, sticker = self.sticker(bot, file)
        if not 0 <= position < len(into.stickers):
            raise bad_request("STICKER_POSITION_INVALID")
        into.stickers.remove(sticker.file)
        into.stickers.insert(position, sticker.file)

    def delete(self, bot: Bot, name: str) -> None:
        found = self.own(bot, name)
        for file in found.stickers:
            del self._world.state.stickers[file]
        del self._world.state.sticker_sets[found.name.lower()]

    def set_title(self, bot: Bot, name: str, title: str) -> None:
        found = self.own(bot, name)
        _check_title(title)
        found.title = title

    def set_mask_position(
        self, bot: Bot, file: StoredFile, position: dict[str, str | float] | None
    ) -> None:
        into, sticker = self.sticker(bot, file)
        if into.kind != "mask":
            raise bad_request("STICKER_MASK_COORDS_NOT_SUPPORTED")
        sticker.mask_position = position

    def topic_icons(self) -> list[Sticker]:
        """The emoji that can be a forum topic's icon; a set of Telegram's own."""
        found = self._world.state.sticker_sets.get(TOPIC_ICONS.lower())
        if found is None:
            found = StickerSet(
                name="Topics",
                title=TOPIC_ICONS,
                bot_id=SERVICE_ACCOUNT,
                owner_id=SERVICE_ACCOUNT,
                kind="custom_emoji",
            )
            self._world.state.sticker_sets[TOPIC_ICONS.lower()] = found
            for emoji in ICON_EMOJIS:
                data = f"topic icon {emoji}".encode()
                file = self._world.files.put(data, "icon.tgs", "application/x-tgsticker")
                self.add(found, Sticker(file=file.unique_id, format="animated", emojis=[emoji]))
        return [self._world.state.stickers[one] for one in found.stickers]

    def custom_emojis(self, ids: list[str]) -> list[Sticker]:
        """Those that exist, in the order asked for."""
        known = {one.custom_emoji_id: one for one in self._world.state.stickers.values()}
        return [known[one] for one in ids if one in known and one]


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > TITLE_LENGTH:
        raise bad_request("PACK_TITLE_INVALID")
