"""How a window becomes a message. No refusal of Telegram's gets past this: what a handler did
stands, its window's state is kept, and the person can go on.

The library's own message manager raises most refusals, which undoes the state that the handler
left while its contexts are gone already: the window is dead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InputFile,
    Message,
    ReplyKeyboardRemove,
)
from aiogram_dialog import ShowMode
from aiogram_dialog.api.entities import MediaAttachment, NewMessage, OldMessage
from aiogram_dialog.api.protocols import MessageNotModified
from aiogram_dialog.manager.message_manager import MessageManager

from controlbot.widgets.media import GeneratedPhoto
from controlbot.widgets.text import without_tags
from tenants.domain.model import UserId
from tenants.i18n.translator import cut
from tenants.telegram.refusals import Decision, classify, decide, is_about_person

log = structlog.get_logger(__name__)

LONGEST: Final = 4096
"""https://core.telegram.org/bots/api#sendmessage"""


def _nothing(_user_id: UserId) -> None:
    """Nobody is told."""


class Messages(MessageManager):
    """Draws windows, pictures from memory included, and takes a reply keyboard away without
    leaving a message."""

    def __init__(self) -> None:
        self.on_outage: Callable[[UserId], None] = _nothing
        """Told whose window could not be drawn because of an outage."""
        self.on_drawn: Callable[[UserId], None] = _nothing

    async def get_media_source(self, media: MediaAttachment, bot: Bot) -> InputFile | str:
        if isinstance(media, GeneratedPhoto):
            return BufferedInputFile(media.data, media.filename)
        return await super().get_media_source(media, bot)

    async def answer_callback(self, bot: Bot, callback_query: CallbackQuery) -> None:
        """The button's spinner ends by itself when this fails."""
        try:
            await bot.answer_callback_query(callback_query_id=callback_query.id)
        except TelegramAPIError as error:
            log.debug("button not answered", kind=classify(error))

    async def show_message(
        self, bot: Bot, new_message: NewMessage, old_message: OldMessage | None
    ) -> OldMessage:
        """Draw; what is refused is drawn in the next simpler way.

        Raises:
            MessageNotModified: nothing new was drawn. The library then keeps the window's state
                and the message it knows.
        """
        user_id = UserId(new_message.chat.id)
        try:
            drawn = await self._draw(bot, new_message, old_message)
        except TelegramAPIError as error:
            drawn = await self._draw_simpler(bot, new_message, old_message, error)
        self.on_drawn(user_id)
        return drawn

    async def edit_message_safe(
        self, bot: Bot, new_message: NewMessage, old_message: OldMessage
    ) -> Message:
        """An edit that changes nothing is no error of ours, and answers with True instead of a
        message (:func:`tenants.telegram.refusals.is_harmless`)."""
        drawn: object = await super().edit_message_safe(bot, new_message, old_message)
        if not isinstance(drawn, Message):
            raise MessageNotModified("as it was")
        return drawn

    async def remove_message_safe(
        self, bot: Bot, old_message: OldMessage, new_message: NewMessage | None
    ) -> None:
        """An old window that stays in the chat does no harm: its buttons lead to the new one."""
        try:
            await super().remove_message_safe(bot, old_message, new_message)
        except TelegramAPIError as error:
            log.debug("old window not deleted", kind=classify(error))

    async def remove_inline_kbd(self, bot: Bot, old_message: OldMessage | None) -> Message | None:
        try:
            return await super().remove_inline_kbd(bot, old_message)
        except TelegramAPIError as error:
            log.debug("old buttons not removed", kind=classify(error))
            return None

    async def remove_reply_kbd(self, bot: Bot, old_message: OldMessage | None) -> Message | None:
        """A keyboard goes only with a message: send one and delete it right after.

        https://core.telegram.org/bots/api#replykeyboardremove
        """
        if old_message is None:
            return None
        chat_id = old_message.chat.id
        try:
            sent = await bot.send_message(
                chat_id, "⌨️", reply_markup=ReplyKeyboardRemove(), disable_notification=True
            )
            await bot.delete_message(chat_id, sent.message_id)
        except TelegramAPIError as error:
            log.debug("reply keyboard not removed", kind=classify(error))
            return None
        return sent

    async def _draw(
        self, bot: Bot, new_message: NewMessage, old_message: OldMessage | None
    ) -> OldMessage:
        if self.had_reply_keyboard(old_message) and not self.need_reply_keyboard(new_message):
            await self.remove_reply_kbd(bot, old_message)
        return await super().show_message(bot, new_message, old_message)

    async def _draw_simpler(
        self,
        bot: Bot,
        new_message: NewMessage,
        old_message: OldMessage | None,
        error: TelegramAPIError,
    ) -> OldMessage:
        """An edit that was refused becomes a new message; a new message loses its markup and
        picture, which is a fault of ours but leaves the person their buttons."""
        self._stop_if_hopeless(new_message, error)
        edited = old_message is not None and new_message.show_mode is ShowMode.EDIT
        simpler = [new_message] if edited else []
        simpler.append(_bare(new_message))
        for message in simpler:
            try:
                return await super().show_message(
                    bot, replace(message, show_mode=ShowMode.SEND), old_message
                )
            except TelegramAPIError as again:
                self._stop_if_hopeless(new_message, again)
                error = again
        log.error("window can't be drawn", user_id=new_message.chat.id, kind=classify(error))
        raise MessageNotModified("refused")

    def _stop_if_hopeless(self, new_message: NewMessage, error: TelegramAPIError) -> None:
        user_id = UserId(new_message.chat.id)
        if is_about_person(error):
            log.info("person cannot be reached", user_id=user_id, kind=classify(error))
            raise MessageNotModified("unreachable") from error
        if decide(error) is not Decision.HANDLED:
            log.info("window not drawn yet", user_id=user_id, kind=classify(error))
            self.on_outage(user_id)
            raise MessageNotModified("outage") from error
        log.info("drawing refused", user_id=user_id, kind=classify(error))

    async def _remove_kbd(
        self,
        bot: Bot,
        old_message: OldMessage | None,
        new_message: NewMessage | None,  # noqa: ARG002
    ) -> Message | None:
        if self.had_reply_keyboard(old_message):
            return None  # _draw has seen to it
        return await self.remove_inline_kbd(bot, old_message)


def _bare(message: NewMessage) -> NewMessage:
    text = cut(without_tags(message.text or ""), LONGEST) or "…"
    return replace(message, text=text, media=None, parse_mode=None)
