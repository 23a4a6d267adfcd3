"""Feeds raw updates to the control bot's dispatcher and handles those that are skipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update
from pydantic import ValidationError

from controlbot.bot.fsm_storage import WindowStorage
from controlbot.bot.message_deletion import delete_all
from controlbot.bot.secret_input import is_secret_state
from controlbot.bot.update_filter import without_hidden_data
from controlbot.dialogs.newbot.token_text import may_hold_token
from controlbot.notifications.sender import say
from tenants.bot.update_header import UpdateHeader
from tenants.domain.model import UserId
from tenants.i18n.translator import Catalogs
from tenants.i18n.translator import mark as _

log = structlog.get_logger(__name__)


class _Chat(msgspec.Struct):
    id: int


class _Message(msgspec.Struct):
    message_id: int
    chat: _Chat
    text: str = ""
    caption: str = ""


class _Update(msgspec.Struct):
    message: _Message | None = None
    edited_message: _Message | None = None


_update: Final = msgspec.json.Decoder(_Update)


class ControlUpdates:
    """Satisfies :class:`tenants.runner.control_bot.chat_queues.ControlFeed`."""

    def __init__(
        self, dispatcher: Dispatcher, bot: Bot, catalogs: Catalogs, storage: WindowStorage
    ) -> None:
        self._dispatcher = dispatcher
        self._bot = bot
        self._catalogs = catalogs
        self._storage = storage

    async def __call__(self, raw: dict[str, Any]) -> None:
        try:
            update = Update.model_validate(without_hidden_data(raw), context={"bot": self._bot})
        except ValidationError as error:
            await self._unreadable(raw, error)
            return
        await self._dispatcher.feed_update(self._bot, update)

    async def flooded(self, user_id: int, language_code: str) -> None:
        """Notify a user that some of their messages were skipped. The user may be unknown."""
        tr = self._catalogs.negotiated(None, language_code or None)
        await say(self._bot, user_id, tr(_TOO_FAST))

    async def delete_secrets(self, updates: Sequence[UpdateHeader]) -> None:
        """Delete messages with a token, and all messages in a window that expects a secret."""
        by_chat: dict[int, list[_Message]] = defaultdict(list)
        for seen in updates:
            message = _message_of(seen.raw)
            if message is not None:
                by_chat[message.chat.id].append(message)
        for chat_id, messages in by_chat.items():
            state = await self._storage.open_state(self._bot.id, UserId(chat_id))
            everything = is_secret_state(state)
            ids = [m.message_id for m in messages if everything or _looks_secret(m)]
            await delete_all(self._bot, chat_id, ids)

    async def _unreadable(self, raw: dict[str, Any], error: ValidationError) -> None:
        """An update that the parser rejects. Its content is not logged."""
        places = sorted({str(one["loc"][0]) for one in error.errors(include_input=False)})
        log.warning("control bot update not parsed", update=raw.get("update_id"), at=places[:3])
        message = _message_of(msgspec.json.encode(raw))
        if message is None or message.chat.id <= 0:
            return
        state = await self._storage.open_state(self._bot.id, UserId(message.chat.id))
        if is_secret_state(state) or _looks_secret(message):
            await delete_all(self._bot, message.chat.id, [message.message_id])
        await self._say_unreadable(raw, message)

    async def _say_unreadable(self, raw: dict[str, Any], message: _Message) -> None:
        sender = raw.get("message", {}).get("from")
        code = sender.get("language_code") if isinstance(sender, dict) else None
        tr = self._catalogs.negotiated(None, code if isinstance(code, str) else None)
        await say(self._bot, message.chat.id, tr(_UNREADABLE))


def _message_of(raw: bytes) -> _Message | None:
    try:
        update = _update.decode(raw)
    except (msgspec.MsgspecError, ValueError):
        return None
    return update.message or update.edited_message


def _looks_secret(message: _Message) -> bool:
    return may_hold_token(message.text or message.caption)


_TOO_FAST = _(
    "🐢 That was a lot at once, so I skipped some of it. Wait a few seconds, then go on: /status"
)
_UNREADABLE = _("⚠️ I can't read this kind of message. Please send it as plain text.")
