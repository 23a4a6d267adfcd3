"""Words to one person, in their language, outside any window."""

from __future__ import annotations

import structlog
from aiogram.exceptions import TelegramAPIError

from controlbot.scene import Platform
from tenants.model import UserId

log = structlog.get_logger(__name__)


async def tell(platform: Platform, user_id: UserId, msgid: str, /, **params: object) -> bool:
    """Send a text by its msgid. False when it did not arrive (they may have blocked the bot)."""
    tr = await platform.translator_of(user_id)
    try:
        await platform.bot.send_message(user_id, tr(msgid, **params))
    except TelegramAPIError as error:
        log.info("person not told", user_id=user_id, kind=type(error).__name__)
        return False
    return True
