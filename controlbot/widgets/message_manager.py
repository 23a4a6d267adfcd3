"""Sends and edits windows. No error of Telegram is raised further: a handler's action is kept,
its window's state is stored, and the user can continue.

The library's own message manager raises most errors, which undoes the handler's state after
its contexts were deleted, so that the window no longer works.
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
    """The default callback: does nothing."""


class Messages(MessageManager):
    """Draws windows, also with generated images, and removes a reply keyboard without leaving
    a message."""

    def __init__(self) -> None:
        self.on_outage: Callable[[UserId], None] = _nothing
        """Called with the user whose window could not be drawn because of an outage."""
        self.on_drawn: Callable[[UserId], None] = _nothing

    async def get_media_source(self, media: MediaAttachment, bot: Bot) -> InputFile | str:
        if isinstance(media, GeneratedPhoto):
            return BufferedInputFile(media.data, media.filename)
        return await super().get_media_source(media, bot)

    async def answer_callback(self, bot: Bot, callback_query: CallbackQuery) -> None:
        """A failure is only logged: the button's spinner ends after a time."""
        try:
            await bot.answer_callback_query(callback_query_id=callback_query.id)
        except TelegramAPIError as error:
            log.debug("button not answered", kind=classify(error))

    async def show_message(
        self, bot: Bot, new_message: NewMessage, old_message: OldMessage | None
    ) -> OldMessage:
        """Draw the window; if Telegram refuses it, try simpler forms.

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
        """An edit that changes nothing is not an error, and returns True instead of a
        message (:func:`tenants.telegram.refusals.is_harmless`)."""
        drawn: object = await super().edit_message_safe(bot, new_message, old_message)
        if not isinstance(drawn, Message):
            raise MessageNotModified("as it was")
        return drawn

    async def remove_message_safe(
        self, bot: Bot, old_message: OldMessage, new_message: NewMessage | None
    ) -> None:
        """A failure is only logged: the buttons of an old window open the new one."""
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
        """A keyboard can only be removed with a message: send one, then delete it.

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
        """A refused edit is sent as a new message; a refused new message is sent without markup and
        image, which is logged as an error but keeps the buttons."""
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
            return None  # removed in _draw
        return await self.remove_inline_kbd(bot, old_message)


def _bare(message: NewMessage) -> NewMessage:
    text = cut(without_tags(message.text or ""), LONGEST) or "…"
    return replace(message, text=text, media=None, parse_mode=None)
