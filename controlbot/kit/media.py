"""Pictures that are made in memory, and message handling around reply keyboards."""

from __future__ import annotations

import hashlib
from io import BytesIO

import segno
from aiogram import Bot
from aiogram.types import (
    BufferedInputFile,
    ContentType,
    InputFile,
    Message,
    ReplyKeyboardRemove,
)
from aiogram_dialog.api.entities import MediaAttachment, MediaId, NewMessage, OldMessage
from aiogram_dialog.api.protocols import MediaIdStorageProtocol
from aiogram_dialog.manager.message_manager import MessageManager

MADE = "made:"


class MadePhoto(MediaAttachment):
    """A PNG of this moment. It has no address, so it is never cached by Telegram's file id."""

    def __init__(self, data: bytes, filename: str) -> None:
        digest = hashlib.sha256(data).hexdigest()
        super().__init__(ContentType.PHOTO, url=MADE + digest)
        self.data = data
        self.filename = filename


def qr_photo(text: str) -> MadePhoto:
    """``text`` as a QR code, large and with a quiet zone, so that a phone reads it at once."""
    buffer = BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="png", scale=10, border=4)
    return MadePhoto(buffer.getvalue(), "qr.png")


class Messages(MessageManager):
    """Sends pictures from memory and takes a reply keyboard away without leaving a message."""

    async def get_media_source(self, media: MediaAttachment, bot: Bot) -> InputFile | str:
        if isinstance(media, MadePhoto):
            return BufferedInputFile(media.data, media.filename)
        return await super().get_media_source(media, bot)

    async def remove_reply_kbd(self, bot: Bot, old_message: OldMessage | None) -> Message | None:
        """A keyboard goes only with a message: send one and delete it right after.

        https://core.telegram.org/bots/api#replykeyboardremove
        """
        if old_message is None:
            return None
        sent = await bot.send_message(
            old_message.chat.id,
            "⌨️",
            reply_markup=ReplyKeyboardRemove(),
            disable_notification=True,
        )
        await bot.delete_message(sent.chat.id, sent.message_id)
        return sent

    async def show_message(
        self, bot: Bot, new_message: NewMessage, old_message: OldMessage | None
    ) -> OldMessage:
        if self.had_reply_keyboard(old_message) and not self.need_reply_keyboard(new_message):
            await self.remove_reply_kbd(bot, old_message)
        return await super().show_message(bot, new_message, old_message)

    async def _remove_kbd(
        self,
        bot: Bot,
        old_message: OldMessage | None,
        new_message: NewMessage | None,  # noqa: ARG002
    ) -> Message | None:
        if self.had_reply_keyboard(old_message):
            return None  # show_message has seen to it
        return await self.remove_inline_kbd(bot, old_message)


class MediaIds(MediaIdStorageProtocol):
    """File ids by bot: one bot's file id means nothing to another.

    The library's own storage leaves the bot out. The control bot is the only one that draws
    windows here and its pictures are made for the moment, so nothing is kept at all.
    """

    async def get_media_id(self, *_key: object, **_more: object) -> MediaId | None:
        return None

    async def save_media_id(self, *_key: object, **_more: object) -> None:
        return None
