"""The control bot's calls: each is made again when Telegram fails for a moment."""

from __future__ import annotations

import asyncio
from typing import Final, Self

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from tenants.telegram.refusals import Refusal, classify

PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds before each further attempt. A longer outage is the intake's to wait for."""


class RetryingBot(Bot):
    """Repeats a call that met an outage (a 5xx, a reset, a timeout).

    At least once: when only the answer was lost, a message is sent twice. That is better than
    a person who waits for an answer that never comes, or a token that stays in a chat.
    """

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """The same bot over the same session."""
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
