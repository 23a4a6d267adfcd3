"""Validates a token at Telegram before the platform accepts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from tenants.domain.errors import PlatformError, TelegramUnavailable, TokenRejected
from tenants.domain.model import BotId, BotProfile, BotToken
from tenants.domain.ports import TokenProbe

log = structlog.get_logger(__name__)

_SECONDS: Final = 15


class BotProber:
    """Satisfies :class:`tenants.domain.ports.TokenProber`.

    ``make_bot`` gives a Bot over a shared session, as ``Telegram.bot`` does.
    """

    def __init__(self, make_bot: Callable[[BotToken], Bot]) -> None:
        self._make_bot = make_bot

    async def probe(self, token: BotToken) -> TokenProbe:
        """getMe and getWebhookInfo.

        https://core.telegram.org/bots/api#getme, https://core.telegram.org/bots/api#getwebhookinfo

        Raises:
            TokenRejected: 401, or 404 as for a malformed token.
            TelegramUnavailable: the network failed, or an answer was invalid; after a 429
                with its ``retry_after``. No error of ours contains one of aiogram's, whose
                text may contain the URL and with it the token.
        """
        bot = self._make_bot(token)
        failure: PlatformError
        try:
            me = await bot.get_me(request_timeout=_SECONDS)
            webhook = await bot.get_webhook_info(request_timeout=_SECONDS)
        except (TelegramUnauthorizedError, TelegramNotFound):
            failure = TokenRejected()
        except TelegramRetryAfter as error:
            failure = TelegramUnavailable(retry_after=error.retry_after)
        except (AiogramError, OSError, TimeoutError, ValueError) as error:
            log.warning("token probe failed", bot=token.bot_id, kind=type(error).__name__)
            failure = TelegramUnavailable(retry_after=None)
        else:
            if me.id == token.bot_id and me.is_bot:
                profile = BotProfile(
                    bot_id=BotId(me.id),
                    username=me.username or "",
                    name=me.full_name,
                    can_manage_bots=bool(me.can_manage_bots),
                )
                return TokenProbe(
                    profile=profile,
                    webhook_url=webhook.url,
                    pending_updates=webhook.pending_update_count,
                )
            log.warning("token probe returned another bot", bot=token.bot_id)
            failure = TelegramUnavailable(retry_after=None)
        # Raised outside of the except blocks, so that it has neither cause nor context.
        raise failure
