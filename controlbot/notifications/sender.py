"""Sends a text to one user, outside any window. For notices that must arrive use the outbox
(:mod:`tenants.services.notices`)."""

from __future__ import annotations

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from tenants.telegram.refusals import classify

log = structlog.get_logger(__name__)


async def say(bot: Bot, chat_id: int, text: str) -> bool:
    """Send a text. False when it was not delivered (they may have blocked the bot)."""
    try:
        await bot.send_message(chat_id, text)
    except TelegramAPIError as error:
        log.info("text not sent", user_id=chat_id, kind=classify(error))
        return False
    return True
