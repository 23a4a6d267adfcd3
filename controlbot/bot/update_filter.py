"""Filters updates: groups, edited messages, and callback data hidden in text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot
from aiogram.dispatcher.middlewares.base import BaseMiddleware
from aiogram.enums import ChatType
from aiogram.types import Message, TelegramObject, Update
from aiogram_dialog.utils import REPLY_CALLBACK_SYMBOLS

from controlbot.bot.fsm_storage import WindowStorage
from controlbot.bot.message_deletion import try_delete
from controlbot.bot.secret_input import is_secret_state
from controlbot.dialogs.newbot.token_text import may_hold_token, text_of
from controlbot.notifications.sender import say
from tenants.domain.model import UserId
from tenants.i18n.translator import Catalogs
from tenants.i18n.translator import mark as _

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


def without_hidden_data(raw: dict[str, Any]) -> dict[str, Any]:
    """The update without invisible characters at the end of its text.

    The dialog library reads them as callback data, so that anybody could press hidden
    buttons by typing. The control bot's own reply keyboards send plain text.
    """
    message = raw.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        return raw
    bare = message["text"].rstrip(REPLY_CALLBACK_SYMBOLS)
    return {**raw, "message": {**message, "text": bare}}


class PrivateOnly(BaseMiddleware):
    """Passes private messages and button presses. A token in any other update is refused: its
    message is deleted if possible, and its sender is asked to revoke it. The same applies to
    messages edited while a window expects a secret."""

    def __init__(self, bot: Bot, catalogs: Catalogs, storage: WindowStorage) -> None:
        self._bot = bot
        self._catalogs = catalogs
        self._storage = storage

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        chat = data.get("event_chat")
        if isinstance(event, Update) and event.edited_message is not None:
            return await self._refuse(event.edited_message)
        if chat is None or chat.type == ChatType.PRIVATE:
            return await handler(event, data)
        if isinstance(event, Update) and event.message is not None:
            return await self._refuse(event.message)
        return None

    async def _refuse(self, message: Message) -> None:
        if not may_hold_token(text_of(message)):
            if await self._typed_in_secret_window(message):
                await try_delete(message)
            return
        deleted = await try_delete(message)
        sender = message.from_user
        tr = self._catalogs.negotiated(None, sender.language_code if sender else None)
        words = _WAS_DELETED if deleted else _STILL_THERE
        await say(self._bot, message.chat.id, tr(words))

    async def _typed_in_secret_window(self, message: Message) -> bool:
        if message.chat.type != ChatType.PRIVATE:
            return False
        user_id = UserId(message.chat.id)
        return is_secret_state(await self._storage.open_state(self._bot.id, user_id))


_WAS_DELETED = _(
    "⚠️ A token does not belong here, so I deleted that message and did not use the token. Get a "
    "new one from @BotFather (<code>/revoke</code>) and send it to me as a new message in our "
    "private chat."
)
_STILL_THERE = _(
    "⚠️ A token does not belong here and I could not delete that message. Please delete it, get a "
    "new token from @BotFather (<code>/revoke</code>) and send it as a new message in our "
    "private chat."
)
