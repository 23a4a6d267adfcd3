"""Tokens of managed bots, fetched by the control bot."""

from __future__ import annotations

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter

from tenants.domain.errors import TelegramUnavailable
from tenants.domain.model import BotId, BotToken


async def managed_token(control_bot: Bot, bot_id: BotId) -> BotToken:
    """A managed bot's current token. https://core.telegram.org/bots/api#getmanagedbottoken

    Raises:
        TelegramUnavailable: Telegram did not answer, or the bot is not managed (any more).
        MalformedToken: the answer is not a token.
    """
    failure: TelegramUnavailable
    try:
        return BotToken.parse(await control_bot.get_managed_bot_token(user_id=bot_id))
    except TelegramRetryAfter as error:
        failure = TelegramUnavailable(retry_after=error.retry_after)
    except TelegramAPIError:
        failure = TelegramUnavailable(retry_after=None)
    raise failure
