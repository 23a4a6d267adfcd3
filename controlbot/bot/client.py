"""The control bot's Bot API calls, retried when Telegram fails briefly."""

from __future__ import annotations

import asyncio
from typing import Final, Self

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from tenants.telegram.refusals import Refusal, classify

PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds before each retry. Longer outages are retried by the ingest."""


class RetryingBot(Bot):
    """Repeats a call that failed with an outage (a 5xx, a reset, a timeout).

    At least once: when only the response was lost, a message is sent twice. That is better
    than no reply, or than a token that stays in a chat.
    """

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """The same bot with the same HTTP session."""
        return cls(bot.token, session=bot.session, default=bot.default)

    async def __call__(
        self, method: TelegramMethod[TelegramType], request_timeout: int | None = None
    ) -> TelegramType:
        for pause in PAUSES:
            try:
                return await super().__call__(method, request_timeout)
            except TelegramAPIError as error:
                if classify(error) is not Refusal.OUTAGE:
                    raise
            await asyncio.sleep(pause)
        return await super().__call__(method, request_timeout)
